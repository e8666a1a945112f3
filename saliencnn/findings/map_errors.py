"""Whether what networks look at explains their errors, in sentences with their numbers."""

from collections.abc import Collection, Mapping, Sequence
from math import ceil

import numpy as np

from saliencnn.common.sentences import MAX_MORE, count, join_words, say_range
from saliencnn.common.terms import ON_OBJECT, say_on_object
from saliencnn.findings.telling import (
    BORDER,
    FOCUS,
    PART,
    SIZE,
    TELLING,
    Means,
    Shifts,
    find_telling,
    numbers_of,
)
from saliencnn.measures.groups import MIN_GROUP, Estimate, least_separability

NUMBERS = {
    SIZE: "fraction of the map at or above the threshold",
    "total variation": "how much the map rises and falls: high for a noisy map",
    FOCUS: f"fraction of the map's energy {ON_OBJECT}",
    BORDER: "fraction of the map's energy that lies nearer to the image's border than to its "
    "middle",
}
"""Number of a map -> what it says."""
WAYS = {
    SIZE: ("smaller regions", "larger regions"),
    "total variation": ("smoother maps", "noisier maps"),
    FOCUS: ("less of the map on the object", "more of the map on the object"),
    BORDER: ("less of the map near the border", "more of the map near the border"),
}
"""Number of a map -> what images have of which it is lower, and of which it is higher."""
PLAINLY = {
    SIZE: "a {smaller} part of the image speaks for the right class",
    "total variation": "what speaks for the right class is {less} scattered",
    FOCUS: "{less} of what speaks for the right class lies on the object",
    BORDER: "{less} of what speaks for the right class lies near the image's border",
}
"""Number of a map -> what it says of images of which it is lower, in plain words."""
HIGHER = {"smaller": "larger", "less": "more"}
NAMED = 3
"""Networks that are named each."""
LARGE, CERTAIN = 0.75, 0.99
"""Fractions of pairs of a missed and a correct image: from the first on a difference is large, and
from the second on there is hardly a larger one."""
PERHAPS_CHANCE = "perhaps chance"
"""Said of an interval that leaves out 0, where groups drawn at random differ as much too often."""


def describe_network(network: str, missed: int, images: int, shifts: Shifts, means: Means) -> str:
    """Say of one network what differs between missed and correct images, or what would be seen.

    Args:
        network: its name.
        missed: how many images it misses.
        images: how many there are.
        shifts: of all networks.
        means: likewise.
    """
    own = numbers_of(network, shifts)
    told = {number: shift for number, shift in own.items() if shift.enough}
    apart = {n: one for n, one in told.items() if one.excludes(0)}
    if apart:
        differs = [_compare(n, one, means[network, n]) for n, one in apart.items()]
        said = f"these have {join_words(differs)}"
    elif told:
        said = _say_excluded(told, means.get((network, SIZE)))
        if network not in find_telling(shifts, means):
            said = _say_untold(told[SIZE], means[network, SIZE][1])
    else:
        said = next(map(describe_too_few, own.values()), "all maps are empty")
    compared = _say_compared(images, next(iter((apart or told).values()), None))
    return f"{network} misses {missed:,} of {images:,}{compared}: {said}."


def say_bounds(shift: Estimate) -> str:
    """Say between which sizes, in percent of the image, missed images' regions differ.

    Args:
        shift: of ``SIZE``, of images enough.
    """
    low, high = (f"{abs(100 * end):.0f}" for end in (shift.low, shift.high))
    if shift.low < 0 < shift.high:
        return f"at most {low}% of the image smaller or {high}% larger (95% interval)"
    way, ends = ("larger", (low, high)) if shift.low >= 0 else ("smaller", (high, low))
    return f"{' to '.join(f'{end}%' for end in ends)} of the image {way} (95% interval)"


def describe_basis(numbers: Collection[str]) -> str:
    """Say what was compared, and what could not be.

    Args:
        numbers: of the maps, of ``NUMBERS``.
    """
    told = [f"{one.capitalize()}: {NUMBERS[one]}." for one in NUMBERS if one in numbers]
    if FOCUS not in numbers:
        told.append("Whether maps lie on the object was not tested: no object's place is known.")
    return " ".join(told)


def _say_compared(images: int, shift: Estimate | None) -> str:
    """Say how many missed images were compared, of how many; "" where all images were."""
    compared = shift.failed + shift.correct if shift else images
    return (
        ""
        if shift is None or compared == images
        else f" ({shift.failed} of the {compared} compared)"
    )


def _compare(number: str, shift: Estimate, means: tuple[float, float]) -> str:
    """Say which way missed images differ in a number, with both means."""
    form = ".0%" if number == SIZE else ".2f"
    missed, correct = (f"{mean:{form}}" for mean in means)
    return f"{WAYS[number][int(shift.value > 0)]} ({missed}, correct ones {correct})"


def _say_untold(shift: Estimate, region: float) -> str:
    """Say that the interval of the region's size is too wide beside the region itself."""
    fewer, which = min((shift.failed, "missed"), (shift.correct, "correct"))
    most, whole = _say_beside(shift.most, region)
    return (
        f"{fewer} {which} are too few to tell: there may be a difference of up to "
        f"{most} of the image, more than {PART} of a region of {whole}"
    )


def _say_excluded(told: Mapping[str, Estimate], region: tuple[float, float] | None) -> str:
    """Say that nothing differs, and by how much it may, as the first interval has it."""
    number, shift = next(iter(told.items()))
    if number == SIZE:
        most, whole = _say_beside(shift.most, region[1] if region else np.inf)
        bound = f"its regions differ by at most {most} of the image"
        bound += f", less than {PART} of a region of {whole}" if region else ""
    else:
        bound = f"its maps' {number} differs by at most {shift.most:.2f}"
    return f"nothing differs beyond chance; {bound} (95% interval)"


def _say_beside(most: float, region: float) -> tuple[str, str]:
    """Return a bound and a region, with digits enough that one is within the part as told."""
    within = most <= TELLING * region
    for digits in range(MAX_MORE):
        bound, whole = say_bound(most, digits), f"{region:.{digits}%}"
        told = float(bound.rstrip("%")) <= TELLING * float(whole.rstrip("%"))
        if told == within:
            break
    return bound, whole


def say_bound(most: float, digits: int = 0) -> str:
    """Return a bound in percent, rounded up: what is at most 5.4% is not at most 5%.

    Args:
        most: a fraction.
        digits: behind the point.
    """
    scale = 10**digits
    return f"{ceil(round(100 * most * scale, 6)) / scale:.{digits}f}%"


def describe_power(sides: Sequence[tuple[int, int]], comparisons: int) -> str:
    """Say how large a difference must be to be seen, as a sentence without its full stop.

    Args:
        sides: missed and correct images of each network, each at least ``MIN_GROUP``.
        comparisons: see ``least_separability``.
    """
    least = min(least_separability(*own, comparisons) for own in sides)
    missed, correct = zip(*sides, strict=True)
    fewer = min((missed, "missed"), (correct, "correct"), key=lambda side: max(side[0]))
    start = f"With {say_range(fewer[0])} {fewer[1]} images"
    if least >= CERTAIN:
        return f"{start} hardly any difference could be seen"
    if least > LARGE:
        return f"{start} only a large difference could be seen"
    return f"{start} a large difference would have been seen, a small one perhaps not"


def describe_focus(focus: Mapping[str, np.ndarray], boxed: bool) -> str:
    """Say how much of the networks' maps lies on the object; "" where that is not known.

    Args:
        focus: network -> of each image, float (N,); NaN where unknown.
        boxed: whether of some object only the box is known.
    """
    means = {name: np.nanmean(own) for name, own in focus.items() if np.isfinite(own).any()}
    if not means:
        return ""
    images = max(int(np.isfinite(own).sum()) for own in focus.values())
    ranked = sorted(means, key=lambda name: means[name])
    named = ranked if len(ranked) <= NAMED else [ranked[0], ranked[-1]]
    told = join_words([f"{means[name]:.0%} of the map of {name}" for name in named])
    between = "" if len(ranked) <= NAMED else f"; the other {len(ranked) - 2} lie between"
    return (
        f"On average {told} {_lies(named)} {say_on_object(boxed)} "
        f"({count(images, 'image', 'images')}){between}."
    )


def describe_missed_focus(
    area: Estimate, focus: np.ndarray, correct: np.ndarray, method: str = ""
) -> str:
    """Say where missed and correct images are looked at; "" without one of both kinds.

    Args:
        area: how well focus separates them.
        focus: float (N,); NaN where unknown.
        correct: bool (N,).
        method: whose maps they are, as people call it.
    """
    if not min(area.failed, area.correct):
        return ""
    sides = {"missed": area.failed, "correct": area.correct}
    few = [name for name, images in sides.items() if images < MIN_GROUP]
    if few:
        said = f"Too few {join_words(few)} to say more."
    elif area.excludes(0.5):
        way = "higher" if area.value > 0.5 else "lower"
        said = f"Missed images' focus is {way} by more than chance."
    else:
        said = "Chance alone may explain the difference."
    by = f" of {method}" if method else ""
    missed = count(area.failed, "missed image", "missed images")
    right = count(area.correct, "correct one", "correct ones")
    return (
        f"Mean focus{by} is {np.nanmean(focus[~correct]):.2f} in {missed}, "
        f"{np.nanmean(focus[correct]):.2f} in {right}. {said}"
    )


def describe_difference(shift: Estimate) -> str:
    """Say in a word or two whether missed images differ from correct ones by more than chance."""
    if not shift.enough:
        return f"too few {_find_few(shift)[1]}"
    if shift.low <= 0 <= shift.high:
        return "no difference"
    if not shift.beyond_chance:
        return PERHAPS_CHANCE
    return "higher" if shift.value > 0 else "lower"


def describe_too_few(found: Estimate) -> str:
    """Say on which side there are fewer images than a statement about others needs."""
    few, which = _find_few(found)
    return f"too few {which} to say ({few})"


def _find_few(found: Estimate) -> tuple[int, str]:
    """Return how many images there are on the side that has too few, and which one it is."""
    if found.failed < MIN_GROUP:
        return found.failed, "missed"
    return found.correct, "correct"


def _lies(named: Collection[str]) -> str:
    return "lies" if len(named) == 1 else "lie"
