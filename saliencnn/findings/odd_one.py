"""Which of several networks' maps is least like the others', and whether that network is wrong."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import join_words, say_range
from saliencnn.findings.map_places import Spot

FEWEST = 3
"""Maps, of fewer of which none can be less like the others than another one."""
NAMED = 3
"""Networks that a sentence names."""
SMALLER = 5 / 6
"""A map of so much of another's size, or of less, is clearly smaller."""


@dataclass(frozen=True, eq=False)
class Likeness:
    """How similar each of M networks' maps is to the others'.

    Attributes:
        names: of the networks.
        matrix: float (M, M), similarity of each two maps; NaN where a map is constant.
        label: of the measure.
        higher_is_alike: whether higher values mean more similar.
    """

    names: tuple[str, ...]
    matrix: np.ndarray
    label: str
    higher_is_alike: bool

    @property
    def means(self) -> np.ndarray:
        """Mean similarity to the other maps, (M,); NaN where a map is constant."""
        return self.means_among(range(len(self.names)))

    def means_among(self, places: Sequence[int]) -> np.ndarray:
        """Return the mean similarity to one another of some maps, one each; NaN without any."""
        known = self.matrix[np.ix_(places, places)].astype(float)
        np.fill_diagonal(known, np.nan)
        others = np.isfinite(known).sum(axis=1)
        return np.where(others, np.nansum(known, axis=1) / np.maximum(others, 1), np.nan)

    def find_odd(self) -> list[int]:
        """Return places of the least similar map, and of those that print the same number.

        None where fewer than ``FEWEST`` can be compared, more than half print the same, or one of
        the others is no more like the rest of them.
        """
        printed = np.round(self.means if self.higher_is_alike else -self.means, 2)
        known = np.isfinite(printed)
        if known.sum() < FEWEST:
            return []
        odd = np.flatnonzero(printed == printed[known].min()).tolist()
        rest = [n for n in np.flatnonzero(known).tolist() if n not in odd]
        if len(odd) > len(rest):
            return []
        apart, alike = self.means_between(odd, rest), self.means_among(rest)
        sign = 1 if self.higher_is_alike else -1
        return odd if np.nanmin(np.round(sign * alike, 2)) > max(np.round(sign * apart, 2)) else []

    def means_between(self, places: Sequence[int], others: Sequence[int]) -> np.ndarray:
        """Return the mean similarity of some maps, one each, to some others."""
        return np.asarray(np.nanmean(self.matrix[np.ix_(places, others)], axis=1))


def say_odd(
    likeness: Likeness,
    right: Sequence[bool],
    where: Sequence[str],
    sizes: np.ndarray,
    by: str = "",
    compare: Callable[[int, int], Spot | None] = lambda one, other: None,
) -> str:
    """Say whose map is the odd one out, how large it is, whether it is wrong, and where it looks.

    Args:
        likeness: of M maps.
        right: of the M networks.
        where: where each looks, as the end of a clause.
        sizes: float (M,), fraction of the image that each looks at.
        by: whose maps they are, as part of a sentence.
        compare: returns how far the places of two maps are one; None where that is not known.

    Returns:
        Up to a colon the answer, with the size where it is unlike those of all others; "" where no
        map is the odd one.
    """
    odd = likeness.find_odd()
    if not odd:
        return ""
    names = join_words([likeness.names[n] for n in odd], NAMED)
    map_is = f"{names}'s map is the odd one out"
    if len(odd) > 1:
        map_is = f"The maps of {names} are the odd ones out"
    others = [n for n in range(len(right)) if n not in odd]
    told = [f"{_say_likeness(likeness, odd, others)}{by}"]
    if len(odd) == 1:
        it = likeness.names[odd[0]]
        own, of_others = sizes[odd[0]], sizes[others]
        aside = [_say_elsewhere({compare(odd[0], other) for other in others})]
        if own <= SMALLER * of_others.min() or SMALLER * own >= of_others.max():
            of = say_range(of_others, ".0%")
            aside.append(f"{own:.0%} of the image, the others {of}")
        if known := ", ".join(filter(None, aside)):
            map_is += f" ({known})"
        told.append(f"{it} looks at {where[odd[0]]}")
    judged = _judge(likeness.names, odd, right)
    return f"{', '.join(filter(None, [map_is, judged]))}: {'; '.join(told)}"


def _say_elsewhere(spots: Collection[Spot | None]) -> str:
    """Say whether one map lies where all others do, where that is known; else nothing."""
    if {*spots} == {Spot.SAME}:
        return "at the same spot"
    return "elsewhere than the others" if {*spots} == {Spot.DIFFERENT} else ""


def _say_likeness(likeness: Likeness, odd: Sequence[int], others: Sequence[int]) -> str:
    """Say how similar the odd maps are to the others, pair by pair, and these to one another."""
    apart = likeness.matrix[np.ix_(odd, others)].ravel()
    rows, columns = np.triu_indices(len(others), 1)
    among = likeness.matrix[np.ix_(others, others)][rows, columns]
    between, mutual = (_say_pairs(pairs) for pairs in (apart, among))
    equal = "1 is equal" if likeness.higher_is_alike else "0 is equal"
    return (
        f"{likeness.label} is {between} with the others"
        f"{mutual and f', which have {mutual} with one another'} ({equal})"
    )


def _say_pairs(pairs: np.ndarray) -> str:
    """Say between which numbers pairs of maps lie, and their mean; "" where none is known."""
    known = pairs[np.isfinite(pairs)]
    if not len(known):
        return ""
    mean = f", on average {known.mean():.2f}," if len({*known.round(2).tolist()}) > 1 else ""
    return f"{say_range(known, '.2f')}{mean}"


def _judge(names: Sequence[str], odd: Sequence[int], right: Sequence[bool]) -> str:
    """Say whether those whose maps are the odd ones out are those who are wrong."""
    wrong = [n for n in range(len(right)) if not right[n]]
    of_odd = [n for n in odd if n in wrong]
    one = len(odd) == 1
    if not wrong:
        return "though all are right"
    if len(wrong) == len(right):
        return ""
    if not of_odd:
        return f"yet {'it is' if one else 'they are'} right"
    if len(of_odd) < len(odd):
        are = "is" if len(of_odd) == 1 else "are"
        return f"of which {join_words([names[n] for n in of_odd], NAMED)} {are} wrong"
    if len(wrong) == len(odd):
        return f"and {'it is the one that is' if one else 'they are the ones that are'} wrong"
    return f"and {'it is' if one else 'they are'} wrong"
