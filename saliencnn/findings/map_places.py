"""Whether networks, or methods, look at the same place of an image, whatever the regions' size."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import combinations

import numpy as np

from saliencnn.common.sentences import join_words, quote, say_all
from saliencnn.drawing.heat import rescale_one
from saliencnn.findings.image_parts import find_parts, name_area, say_where
from saliencnn.findings.map_location import HALF_MAXIMUM
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.measures.map_measures import region_size
from saliencnn.measures.overlap import region_centres, region_overlaps
from saliencnn.measures.resolution import at_common_size
from saliencnn.saliency.methods import SAME_MAP

SAME, APART = 0.75, 0.25
"""Of the smaller region inside the larger one: from which on both look at the same place, and up
to which at different ones."""
WIDEST = 0.5
"""Of the image: nearly every region lies inside one that is larger."""
LEAST_SHARED = 0.25
"""Of all that two regions take together: up to which what they share is no place of both, where
their middles lie in different parts of the image."""
NAMED = 3
NEARLY = 0.8
"""Of all pairs, or images, from which on nearly all maps lie at the same spot."""
OTHER_SIZE = 1.5
"""Times as large as the smaller region, from which on sizes differ."""


class Spot(Enum):
    """How far the places of several maps are one."""

    SAME, PARTLY, DIFFERENT = "same", "partly", "different"


PLACES = {
    Spot.SAME: "the same place",
    Spot.PARTLY: "partly the same place",
    Spot.DIFFERENT: "different places",
}
"""Where two networks look."""


@dataclass(frozen=True, eq=False)
class MapPlaces:
    """Where M maps of one image lie: of M networks, or by M methods.

    Attributes:
        names: of the networks or the methods.
        sizes: float (M,), fraction of the image that each region takes.
        inside: float (M, M), see ``saliencnn.measures.overlap.region_overlaps``; NaN where a map
            is empty.
        centres: float (M, 2), the middle of each region, down and across, 0 to 1; NaN likewise.
    """

    names: tuple[str, ...]
    sizes: np.ndarray
    inside: np.ndarray
    centres: np.ndarray

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs whose overlap says something: no region takes most of the image."""
        return [(a, b) for a, b in self._known if max(self.sizes[a], self.sizes[b]) <= WIDEST]

    @property
    def _known(self) -> list[tuple[int, int]]:
        pairs = combinations(range(len(self.names)), 2)
        return [pair for pair in pairs if np.isfinite(self.inside[pair])]

    def describe_where(self) -> str:
        """Say in which part of the image the regions lie; "" where no map has one.

        A region of most of the image lies in no part of it, though its middle does.
        """
        known = [n for n in range(len(self.names)) if self.has_region(n)]
        parts = {
            n: "most" if self.sizes[n] > WIDEST else name_area(find_parts(*self.centres[n]))
            for n in known
        }
        if not parts:
            return ""
        (most, count), *others = Counter(parts.values()).most_common()
        if not others:
            every = say_all(count).capitalize() if count > 1 else self.names[known[0]]
            looks = "look" if count > 1 else _look(every)
            return f"{every} {looks} at {most} of the image"
        told = [
            f"{join_words([self.names[n] for n in known if parts[n] == part], NAMED)} at {part}"
            + (" of it" if part == "most" else "")
            for part, _ in others
        ]
        first = next(self.names[n] for n in known if parts[n] == most)
        start = f"{count} of {len(known)} look" if count > 1 else f"{first} {_look(first)}"
        return f"{start} at {most} of the image, {join_words(told)}"

    def summarize(self) -> str:
        """Say in a few words whether the networks look at the same spot, and where it is."""
        other = self.sizes.max() >= OTHER_SIZE * self.sizes.min()
        return self._lead_with(
            {
                Spot.SAME: f"Same spot, {'other' if other else 'similar'} size",
                Spot.PARTLY: self._describe_partly(),
                Spot.DIFFERENT: "Different spots",
            }
        )

    def _describe_partly(self) -> str:
        """Say how many of several pairs look at the same spot, where any do."""
        same, pairs = sum(self.inside[pair] >= SAME for pair in self.pairs), len(self.pairs)
        if not same:
            return "Partly the same spot"
        how = "Nearly" if same >= NEARLY * pairs else "Partly"
        return f"{how} the same spot ({same} of {pairs} pairs)"

    def describe_least(self) -> str:
        """Say how much the two share that share least; of methods why that cannot be said."""
        if len(self.names) < 2:
            return ""
        if self.spot is None:
            why = self.say_unknown(range(len(self.names)))
            return f"Whether the methods agree cannot be said: {why}"
        return self.describe_pair(*min(self.pairs, key=lambda pair: self.inside[pair]))

    @cached_property
    def spot(self) -> Spot | None:
        """How far all places are one; None where that is not known of every two."""
        # Of a region of most of the image nothing is known, nor of all of them together then.
        every = len(self.names) * (len(self.names) - 1) // 2
        if not self.pairs or len(self.pairs) < every:
            return None
        found = {self.compare(*pair) for pair in self.pairs}
        return found.pop() if len(found) == 1 else Spot.PARTLY

    def compare(self, one: int, other: int) -> Spot | None:
        """Return how far the places of two maps are one; None where that is not known."""
        if (min(one, other), max(one, other)) not in self.pairs:
            return None
        inside = self.inside[one, other]
        if inside >= SAME:
            return Spot.SAME
        apart = not find_parts(*self.centres[one]) & find_parts(*self.centres[other])
        shared = inside * min(self.sizes[one], self.sizes[other])
        mere = shared <= LEAST_SHARED * (self.sizes[one] + self.sizes[other] - shared)
        return Spot.DIFFERENT if inside <= APART or (apart and mere) else Spot.PARTLY

    def _lead_with(self, words: dict[Spot, str]) -> str:
        """Say where the regions lie, and before it how far that is one place."""
        if self.spot is Spot.SAME:
            return ", ".join(filter(None, [words[Spot.SAME], self._name_shared_place()]))
        where = self.describe_where()
        if not where or self.spot is None:
            return where
        together = where.startswith(("Both ", "All "))
        return f"{words[self.spot]}: {where[0].lower() if together else where[0]}{where[1:]}"

    def _name_shared_place(self) -> str:
        """Say where regions that overlap lie, as exactly as that holds of each; "" of too many.

        Where each is at one of two places, of which one is exact, both are named: so it stands
        below each map.
        """
        parts = dict.fromkeys(find_parts(*centre) for centre in self.centres)
        places = [say_where(own) for own in parts]
        apart = len(places) == 2 and all(places) and min(map(len, parts)) == 1
        where = " or ".join(places) if apart else say_where({one for own in parts for one in own})
        return f"{where} of the image" if where else ""

    def describe(self) -> str:
        """Say whether the networks look at the same place; "" where no two have a map."""
        if not self._known:
            return ""
        if not self.pairs:
            return (
                "Whether the networks look at the same place cannot be said: of each two regions "
                f"one takes more than {WIDEST:.0%} of the image"
            )
        values = np.array([self.inside[pair] for pair in self.pairs])
        same, count = int((values >= SAME).sum()), len(values)
        least = self.pairs[int(values.argmin())]
        if len(self.names) == 2:
            spot = self.compare(*least)
            where = PLACES[spot] if spot else ""
            return f"Both networks look at {where}: {self.describe_pair(*least)}"
        if same == count == len(self.names) * (len(self.names) - 1) // 2:
            start = f"All {len(self.names)} networks look at the same place"
        else:
            start = f"{same} of {count} pairs of networks look at the same place"
        share = f"{SAME:.0%} or more of the smaller region lies inside the larger one"
        wide = len(self._known) - count
        left = f"; left out: {wide} with a region of more than {WIDEST:.0%} of the image"
        return f"{start} ({share}{left if wide else ''}); least so: {self.describe_pair(*least)}"

    def describe_pair(self, one: int, other: int) -> str:
        """Say of two networks how much of the smaller region lies inside the larger one."""
        small, large = sorted((one, other), key=lambda place: self.sizes[place])
        ratio = self.sizes[large] / self.sizes[small]
        times = f", {ratio:.1f} times as large" if ratio >= OTHER_SIZE else ""
        return (
            f"{self.inside[one, other]:.0%} of the region of {self.names[small]} lies inside that "
            f"of {self.names[large]}{times} (by chance {self.sizes[large]:.0%})"
        )

    def name_place(self, place: int) -> str:
        """Return where one region lies, as the end of a clause."""
        if not self.has_region(place):
            return "no place, for its map is empty"
        wide = self.sizes[place] > WIDEST
        return "most of the image" if wide else name_area(find_parts(*self.centres[place]))

    def has_region(self, place: int) -> bool:
        """Whether a map has a region at all; an empty one has none."""
        return bool(np.isfinite(self.centres[place]).all())

    def say_unknown(self, among: Collection[int]) -> str:
        """Say which of some maps have no place to compare, and why, as a clause; "" of none."""
        empty = [self.names[n] for n in among if not self.has_region(n)]
        wide = [self.names[n] for n in among if self.has_region(n) and self.sizes[n] > WIDEST]
        told = []
        if empty:
            maps = "map of {} is" if len(empty) == 1 else "maps of {} are"
            told.append(f"the {maps.format(join_words(empty, NAMED))} empty")
        if wide:
            takes = "region of {} takes" if len(wide) == 1 else "regions of {} take"
            whose = takes.format(join_words(wide, NAMED))
            told.append(f"the {whose} more than {WIDEST:.0%} of the image")
        return join_words(told) if told else ""

    def explain_dissimilarity(self, one: int, other: int) -> str:
        """Say that two maps are of the same place in other sizes; "" where they are not."""
        sizes = self.compare_sizes(one, other)
        if not sizes or self.compare(one, other) is not Spot.SAME:
            return ""
        return f"they lie at the same spot, but {sizes}"

    def compare_sizes(self, one: int, other: int) -> str:
        """Say how much larger one region is, as a clause; "" where both are about as large."""
        small, large = sorted((one, other), key=lambda place: self.sizes[place])
        if not self.sizes[small] or self.sizes[large] < OTHER_SIZE * self.sizes[small]:
            return ""
        times = self.sizes[large] / self.sizes[small]
        return f"the region of {self.names[large]} is {times:.1f} times as large"


def locate_maps(names: tuple[str, ...], maps: Sequence[np.ndarray], threshold: float) -> MapPlaces:
    """Return where maps' regions lie.

    Args:
        names: of the M networks or methods.
        maps: theirs of one image, raw, each float (h, w) of any size.
        threshold: fraction of a map's maximum from which on a cell is in its region, 0 to 1.
    """
    if not maps:
        return MapPlaces(names, np.empty(0), np.empty((0, 0)), np.empty((0, 2)))
    scaled = [rescale_one(saliency) for saliency in maps]
    sizes = np.array([region_size(map01, threshold) for map01 in scaled])
    stack = at_common_size(scaled)
    inside, centres = region_overlaps(stack, threshold), region_centres(stack, threshold)
    return MapPlaces(names, sizes, inside, centres)


def _look(name: str) -> str:
    """Return the verb of a network, of a method or of several that draw one map."""
    return "look" if name.endswith(SAME_MAP) else "looks"


def describe_agreement(
    names: tuple[str, ...], maps: np.ndarray, class_name: str, believed: str = ""
) -> str:
    """Say whether one of some methods is enough; "" where too few images tell.

    Args:
        names: of the M methods.
        maps: float (N, M, h, w), theirs of N images, raw.
        class_name: whose images they are.
        believed: the method to keep to; "" where the checks advise to believe none of them.
    """
    spots = [locate_maps(names, [*of_image], HALF_MAXIMUM).spot for of_image in maps]
    known = [spot for spot in spots if spot is not None]
    if len(known) < MIN_GROUP:
        return ""
    same, every = known.count(Spot.SAME), len(known)
    enough = same >= NEARLY * every
    one = f"{believed} alone is enough" if believed else "one of them tells as much as all"
    advice = one if enough else f"look at {say_all(len(names))}"
    return (
        f"{join_words(names)} look at the same place in {'' if enough else 'only '}{same} of "
        f"{every} images of {quote(class_name)}, so {advice}."
    )
