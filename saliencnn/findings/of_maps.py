"""What a comparison task found, as sentences: who is right, how large regions are, who differs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from saliencnn.common.sentences import list_some
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.measures.groups import difference

NAMED = 3
"""Up to so many wrong predictions, each is named; of more, how many there are of each."""


@dataclass(frozen=True, eq=False)
class MapFacts:
    """N maps by one method, each with the prediction that it explains.

    Attributes:
        kind: ``image`` for N networks on one image, ``images`` for a network's images of a class,
            ``classes`` for a network's images of several.
        names: of the networks, or the one network's name alone.
        true: names of the images' classes, (N,).
        predicted: names of what was predicted, (N,).
        right: bool (N,).
        regions: float (N,), fraction of each map at or above the threshold; NaN where none is.
        focus: float (N,), fraction of each map's energy on the object; NaN where unknown.
        least_similar: the two networks whose maps are least similar, and by what number.
        method: whose maps they are, where a person sees several methods'.
    """

    kind: str
    names: tuple[str, ...]
    true: tuple[str, ...]
    predicted: tuple[str, ...]
    right: np.ndarray
    regions: np.ndarray
    focus: np.ndarray
    least_similar: tuple[str, str, str] | None = None
    method: str = ""

    @property
    def by(self) -> str:
        """The method as part of a sentence."""
        return f" by {self.method}" if self.method else ""

    @property
    def wrong(self) -> list[int]:
        """Places of the wrong predictions."""
        return [int(place) for place in np.flatnonzero(~self.right)]


def find_in_maps(facts: MapFacts) -> tuple[Finding, ...]:
    """Return what a task's maps and predictions say, the answer first."""
    return apply_rules(MAP_RULES, facts)


def _found(**numbers: object) -> Found:
    return Found(numbers, Evidence("compare"))


def _find_right(facts: MapFacts) -> Found:
    say = _say_networks if facts.kind == "image" else _say_images
    return _found(said=say(facts))


def _say_networks(facts: MapFacts) -> str:
    right, count = int(facts.right.sum()), len(facts.right)
    if count == 1:
        said = f"says {facts.predicted[0]}, not" if facts.wrong else "is right:"
        return f"{facts.names[0]} {said} {facts.true[0]}"
    if right == count:
        return f"{facts.true[0]}: all {count} networks are right"
    taken = Counter(facts.predicted[place] for place in facts.wrong)
    if len(facts.wrong) <= NAMED:
        by_class = {
            one: [facts.names[n] for n in facts.wrong if facts.predicted[n] == one] for one in taken
        }
        told = [
            f"{_list(names)} {'says' if len(names) == 1 else 'say'} {one}"
            for one, names in by_class.items()
        ]
    else:
        told = [f"{n} {'says' if n == 1 else 'say'} {one}" for one, n in taken.most_common()]
    of = f"{right} of {count} networks" if right else f"none of the {count} networks"
    is_right = f"{of} {'is' if right < 2 else 'are'} right"
    return f"{facts.true[0]}: {is_right}; {list_some(told, NAMED)}"


def _list(names: Sequence[str]) -> str:
    """Return names as part of a sentence: ``a, b and c``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _say_images(facts: MapFacts) -> str:
    count = len(facts.right)
    of = f" of {facts.true[0]}" if facts.kind == "images" else ", one of each class"
    start = f"{facts.names[0]} is right on {int(facts.right.sum())} of {count} images{of}"
    if facts.kind == "images":
        taken = Counter(facts.predicted[place] for place in facts.wrong).most_common()
        told = [f"{n} for {one}" for one, n in taken]
    else:
        told = [f"{facts.true[n]} for {facts.predicted[n]}" for n in facts.wrong]
    return f"{start}; it takes {list_some(told, NAMED)}" if told else start


def _find_range(values_of: Callable[[MapFacts], np.ndarray], facts: MapFacts) -> Found | None:
    """Find where a number of the maps lies for right and for wrong predictions."""
    values, right = values_of(facts), facts.right
    known = np.isfinite(values)
    sides = [values[known & ~right], values[known & right]]
    if not known.any():
        return None
    if not all(map(len, sides)):
        return _found(said=_say_range(values[known]), by=facts.by)
    wrong, correct = (_say_range(side) for side in sides)
    shift = difference(values, right)
    if not shift.enough:
        verdict = f"too few {'networks' if facts.kind == 'image' else 'images'} to say more"
    elif not shift.excludes(0):
        verdict = "no difference beyond chance"
    else:
        verdict = f"{'larger' if shift.value > 0 else 'smaller'} where wrong, by more than chance"
    return _found(said=f"{wrong} where wrong, {correct} where right; {verdict}", by=facts.by)


def _say_range(values: np.ndarray) -> str:
    low, high = f"{values.min():.0%}", f"{values.max():.0%}"
    return low if low == high else f"{low} to {high}"


def _find_least_similar(facts: MapFacts) -> Found | None:
    if facts.least_similar is None:
        return None
    first, second, number = facts.least_similar
    return _found(first=first, second=second, number=number, by=facts.by)


MAP_RULES: tuple[Rule[MapFacts], ...] = (
    Rule("right", Severity.NOTE, _find_right, "{said}."),
    Rule(
        "region size",
        Severity.NOTE,
        partial(_find_range, lambda facts: facts.regions),
        "Region size{by}: {said}.",
    ),
    Rule(
        "focus",
        Severity.NOTE,
        partial(_find_range, lambda facts: facts.focus),
        "Focus on the object{by}: {said}.",
    ),
    Rule(
        "least similar",
        Severity.NOTE,
        _find_least_similar,
        "Least similar maps{by}: {first} and {second} ({number}).",
    ),
)
"""Every sentence of a task's answer, in their order; a new one is one more row."""
