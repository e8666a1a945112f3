"""How maps of wrong images differ from those of right ones: of one network, or of several."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import say_all
from saliencnn.findings.telling import Means, Shifts, is_narrow, numbers_of
from saliencnn.measures.groups import Estimate, difference, estimate_together
from saliencnn.measures.pooled import pooled_difference

BARELY = 0.1
"""Of its width: an interval that ends no farther from 0 is barely beyond chance. For a normal
estimate the corrected p is then between 0.02 and 0.05."""


@dataclass(frozen=True)
class Contrast:
    """How maps of wrong images differ from those of right ones.

    Attributes:
        networks: whose maps: those with images on both sides, all where none has.
        images: how many images were explained.
        missed: how many of them some network misses.
        shifts: number of a map -> the difference, wrong images less right ones.
        means: number -> mean over wrong and over right images.
        left_out: networks that were asked, too, but miss none of the images, or all.
    """

    networks: tuple[str, ...]
    images: int
    missed: int
    shifts: Mapping[str, Estimate]
    means: Mapping[str, tuple[float, float]]
    left_out: int = 0

    @property
    def several(self) -> bool:
        """Whether more than one network is compared."""
        return len(self.networks) > 1

    @property
    def who(self) -> str:
        """Whose maps, as part of a sentence."""
        if not self.several:
            return self.networks[0]
        number = len(self.networks)
        if self.left_out:
            return f"the {number} networks that miss some"
        return f"{say_all(number)} networks"

    @property
    def who_looks(self) -> str:
        """Whose maps, and the verb behind it."""
        return f"{self.who} {'look' if self.several else 'looks'}"

    @property
    def enough(self) -> bool:
        """Whether the images are enough to say anything of others."""
        return any(one.enough for one in self.shifts.values())

    @property
    def apart(self) -> dict[str, Estimate]:
        """What differs by more than chance."""
        return {n: one for n, one in self.shifts.items() if one.enough and one.excludes(0)}

    @property
    def clear(self) -> bool:
        """Whether something differs by more than barely."""
        return any(not is_barely(one) for one in self.apart.values())

    @property
    def telling(self) -> bool:
        """Whether the images are enough to tell, see ``find_telling``."""
        return self.enough and (bool(self.apart) or is_narrow(self.shifts, self.means))


def contrast_each(
    numbers: Mapping[str, Mapping[str, np.ndarray]], correct: Mapping[str, np.ndarray]
) -> tuple[Shifts, Means]:
    """Return each network's differences, and its means over wrong and over right images.

    Args:
        numbers: network -> number of a map -> of each image, float (N,); NaN where unknown.
        correct: network -> bool (N,), on which images it is right.
    """
    measured = {
        (name, n): (v, correct[name]) for name, own in numbers.items() for n, v in own.items()
    }
    means = {key: (_mean(v[~right]), _mean(v[right])) for key, (v, right) in measured.items()}
    return estimate_together(difference, measured), means


def contrast_together(
    numbers: Mapping[str, Mapping[str, np.ndarray]],
    correct: Mapping[str, np.ndarray],
    each: tuple[Shifts, Means],
) -> Contrast:
    """Return how all networks' maps differ together; of a lone one what ``contrast_each`` says.

    Args:
        numbers: see ``contrast_each``, of the same images.
        correct: likewise.
        each: what it returns.
    """
    names, right = (*correct,), np.stack([*correct.values()])
    images, missed = right.shape[1], int((~right).any(axis=0).sum())
    if len(names) == 1:
        (alone,) = names
        return Contrast(
            names, images, missed, numbers_of(alone, each[0]), numbers_of(alone, each[1])
        )
    compared = tuple(name for name, own in correct.items() if own.any() and not own.all())
    told = list(dict.fromkeys(number for own in numbers.values() for number in own))
    unknown = np.full(images, np.nan)
    found = {
        number: pooled_difference(
            np.stack([numbers[name].get(number, unknown) for name in names]), right, len(told)
        )
        for number in told
    }
    shifts = {number: shift for number, (shift, _) in found.items()}
    means = {number: mean for number, (_, mean) in found.items()}
    left_out = len(names) - len(compared) if compared else 0
    return Contrast(compared or names, images, missed, shifts, means, left_out)


def find_clear(shifts: Shifts) -> list[str]:
    """Return the networks with a difference that is more than barely beyond chance."""
    apart = (
        name
        for (name, _), one in shifts.items()
        if one.enough and one.excludes(0) and not is_barely(one)
    )
    return list(dict.fromkeys(apart))


def is_barely(shift: Estimate, neutral: float = 0.0) -> bool:
    """Return whether a difference beyond chance is so barely, see ``BARELY``.

    Args:
        shift: the difference.
        neutral: its value where nothing differs.
    """
    nearest = min(abs(shift.low - neutral), abs(shift.high - neutral))
    return nearest <= BARELY * (shift.high - shift.low)


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is known, NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan
