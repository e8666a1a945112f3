"""Whether what several networks look at explains their errors, as one answer with its bound."""

from collections.abc import Sequence

from saliencnn.common.sentences import join_words, say_range
from saliencnn.findings.map_errors import (
    NAMED,
    SIZE,
    Means,
    Shifts,
    find_apart,
    find_telling,
)


def explain_errors(shifts: Shifts, images: str, means: Means) -> str:
    """Say whether what networks look at explains their errors; "" where the images are too few.

    Args:
        shifts: of all networks, which a person is shown together.
        images: which images, in words.
        means: likewise.
    """
    if not any(shift.enough for shift in shifts.values()):
        return ""
    networks = list(dict.fromkeys(name for name, _ in shifts))
    telling = find_telling(shifts, means)
    few = len(networks) - len(telling)
    of_few = f" For {few} of {len(networks)} networks too few images tell." if few else ""
    if apart := find_apart(shifts):
        of = f" ({len(apart)} of {len(networks)} networks)" if len(networks) > 1 else ""
        return (
            f"What is looked at may explain the errors of {join_words(apart, NAMED)} on "
            f"{images}{of}.{of_few}"
        )
    if not telling:
        return _say_too_few(shifts, images, means)
    if len(telling) > NAMED:
        named = f"any of {len(telling)} networks"
    else:
        named = join_words([_count_missed(shifts, name) for name in telling], NAMED)
    start = f"No difference could be shown on {images} in {named}"
    return f"{start}{_compare_sizes(shifts, telling, means)}.{of_few}"


def bound_sizes(shifts: Shifts, networks: Sequence[str]) -> float | None:
    """Return how much of the image some networks' regions may differ at most.

    Args:
        shifts: of all networks.
        networks: of whom it is asked.

    Returns:
        In points; None where no size is known.
    """
    ends = [shifts[name, SIZE].most for name in networks if _has_size(shifts, name)]
    return 100 * max(ends) if ends else None


def _say_too_few(shifts: Shifts, images: str, means: Means) -> str:
    """Say that the intervals of all networks are too wide, and what they would have shown."""
    told = {name: shift for (name, number), shift in shifts.items() if number == SIZE}
    told = {name: shift for name, shift in told.items() if shift.enough}
    missed, correct = zip(*((one.failed, one.correct) for one in told.values()), strict=True)
    fewer, which = min((missed, "missed"), (correct, "correct"), key=lambda side: min(side[0]))
    compared = say_range(one.failed + one.correct for one in told.values())
    each = " per network" if len(told) > 1 else ""
    most = say_range((100 * one.most for one in told.values()), ".0f")
    regions = say_range((means[name, SIZE][1] for name in told), ".0%")
    return (
        f"Too few {which} images to tell whether what is looked at differs on {images}: "
        f"{say_range(fewer)} of {compared}{each}. Only a difference above {most} points would "
        f"show, and the region of a correct image is {regions}."
    )


def _count_missed(shifts: Shifts, network: str) -> str:
    shift = next(one for (name, _), one in shifts.items() if name == network and one.enough)
    return f"{network} ({shift.failed} missed)"


def _compare_sizes(shifts: Shifts, telling: Sequence[str], means: Means) -> str:
    """Say how large regions are where networks are wrong and where they are right, if known."""
    known = [means[name, SIZE] for name in telling if (name, SIZE) in means]
    most = bound_sizes(shifts, telling)
    if not known or most is None:
        return ""
    missed, correct = (say_range(side, ".0%") for side in zip(*known, strict=True))
    return (
        f": the region is {missed} of a missed image, {correct} of a correct one, and in each no "
        f"more than {most:.0f} points apart"
    )


def _has_size(shifts: Shifts, network: str) -> bool:
    return (network, SIZE) in shifts and shifts[network, SIZE].enough
