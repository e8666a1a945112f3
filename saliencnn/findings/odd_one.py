"""Which of several networks' maps is least like the others', and whether that network is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import join_words, quote, say_range

FEWEST = 3
"""Maps, of fewer of which none can be less like the others than another one."""
NAMED = 3


@dataclass(frozen=True, eq=False)
class Likeness:
    """How similar each of M networks' maps is to the others', on average.

    Attributes:
        names: of the networks.
        means: float (M,), mean similarity to the other maps; NaN where a map is constant.
        label: of the measure.
        higher_is_alike: whether higher values mean more similar.
    """

    names: tuple[str, ...]
    means: np.ndarray
    label: str
    higher_is_alike: bool

    def find_odd(self) -> list[int]:
        """Return places of the least similar map, and of those that print the same number.

        None where fewer than ``FEWEST`` can be compared, or all print the same.
        """
        printed = np.round(self.means if self.higher_is_alike else -self.means, 2)
        known = np.isfinite(printed)
        if known.sum() < FEWEST or np.ptp(printed[known]) == 0:
            return []
        return np.flatnonzero(printed == printed[known].min()).tolist()


def say_odd(
    likeness: Likeness,
    right: Sequence[bool],
    predicted: Sequence[str],
    where: Sequence[str],
    sizes: np.ndarray,
    by: str = "",
) -> str:
    """Say whose map is least like the others', whether that network is wrong, and where it looks.

    Args:
        likeness: of M maps.
        right: of the M networks.
        predicted: what each says.
        where: where each looks, as the end of a clause.
        sizes: float (M,), fraction of the image that each looks at.
        by: whose maps they are, as part of a sentence.

    Returns:
        Up to a colon the answer; "" where no map is less like the others.
    """
    odd = likeness.find_odd()
    if not odd:
        return ""
    names = join_words([likeness.names[n] for n in odd], NAMED)
    map_is = f"The map of {names} is" if len(odd) == 1 else f"The maps of {names} are"
    others = [n for n in range(len(right)) if n not in odd]
    known = [likeness.means[n] for n in others if np.isfinite(likeness.means[n])]
    least = say_range(likeness.means[odd], ".2f")
    told = [f"{likeness.label} {least} on average{by}, the others {say_range(known, '.2f')}"]
    if len(odd) == 1:
        it = likeness.names[odd[0]]
        size, of_others = f"{sizes[odd[0]]:.0%}", say_range(sizes[others], ".0%")
        told.append(f"{it} looks at {where[odd[0]]} ({size} of the image, the others {of_others})")
    judged = _judge(likeness.names, odd, right, predicted)
    return f"{map_is} least like the others', {judged}: {'; '.join(told)}"


def _judge(
    names: Sequence[str], odd: Sequence[int], right: Sequence[bool], predicted: Sequence[str]
) -> str:
    """Say whether those whose maps are least like the others' are those who are wrong."""
    wrong = [n for n in range(len(right)) if not right[n]]
    of_odd = [n for n in odd if n in wrong]
    if not wrong:
        return "though all are right"
    if len(wrong) == len(right):
        return "and all are wrong"
    if not of_odd:
        it = "it is right" if len(odd) == 1 else "they are right"
        named = join_words([names[n] for n in wrong], NAMED)
        return f"but {it}, and wrong {'is' if len(wrong) == 1 else 'are'} {named}"
    if len(of_odd) < len(odd):
        return f"of which {join_words([names[n] for n in of_odd], NAMED)} is wrong"
    says = f" (it says {quote(predicted[odd[0]])})" if len(odd) == 1 else ""
    if len(wrong) == len(odd):
        which = "it is the one that is" if len(odd) == 1 else "they are the ones that are"
    else:
        who = "it is one" if len(odd) == 1 else "they are"
        which = f"{who} of the {len(wrong)} that are"
    return f"and {which} wrong{says}"
