"""Whether what networks look at explains their errors, in sentences with their numbers."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from saliencnn.common.sentences import count, join_words, list_some, say_range
from saliencnn.common.terms import ON_OBJECT, say_on_object
from saliencnn.measures.groups import MIN_GROUP, Estimate, least_separability

FOCUS, BORDER, SIZE = "focus", "fraction near the border", "region size"
NUMBERS = {
    SIZE: "fraction of the map at or above the threshold",
    "total variation": "how much the map rises and falls: high for a noisy map",
    FOCUS: f"fraction of the map's energy {ON_OBJECT}",
    BORDER: "fraction of the map's energy that lies nearer to the image's border than to its "
    "middle",
}
"""Number of a map -> what it says."""
NAMED = 3
"""Networks that are named each, and differences likewise."""
LARGE, CERTAIN = 0.75, 0.99
"""Fractions of pairs of a missed and a correct image: from the first on a difference is large, and
from the second on there is hardly a larger one."""


def explain_errors(
    shifts: Mapping[tuple[str, str], Estimate],
    images: str,
    means: Mapping[tuple[str, str], tuple[float, float]],
) -> tuple[str, str]:
    """Say whether what networks look at explains their errors; "" where the images are too few.

    Args:
        shifts: (network, number of its maps) -> how missed images differ from correct ones.
        images: which images, in words.
        means: (network, number of its maps) -> mean over missed and over correct images.

    Returns:
        The answer, and what it rests on.
    """
    told = {key: shift for key, shift in shifts.items() if shift.enough}
    if not told:
        return "", ""
    apart = [
        f"{number} is {describe_difference(shift)} of {network} ({_measure(shift)})"
        for (network, number), shift in told.items()
        if shift.excludes(0)
    ]
    if apart:
        named = {number for (_, number), one in told.items() if one.excludes(0)}
        meanings = "".join(
            f" {one.capitalize()}: {NUMBERS[one]}." for one in NUMBERS if one in named
        )
        said = f"What is looked at may explain the errors on {images}: {list_some(apart, NAMED)}."
        return said, meanings.strip()
    numbers = dict.fromkeys(number for _, number in told)
    networks = list(dict.fromkeys(network for network, _ in told))
    few = len({network for network, _ in shifts}) - len(networks)
    of = join_words(networks) if len(networks) <= NAMED else f"any of {len(networks)} networks"
    others = f"; {count(few, 'other network misses', 'other networks miss')} too few" if few else ""
    sides = [(shift.failed, shift.correct) for shift in told.values()]
    missed, correct = (say_range(side) for side in zip(*sides, strict=True))
    return (
        f"No difference could be shown on {images}{_compare_sizes(told, means)}.",
        f"In {join_words([*numbers])}, "
        f"missed images ({missed}) differ from correct ones ({correct}) by no more than chance, "
        f"for {of}{others}. {_say_unplaced(numbers)}{_say_excluded(told)}",
    )


def _compare_sizes(
    told: Mapping[tuple[str, str], Estimate], means: Mapping[tuple[str, str], tuple[float, float]]
) -> str:
    """Say how large regions are where networks are wrong and where they are right, if known."""
    known = [means[key] for key in told if key[1] == SIZE and key in means]
    if not known:
        return ""
    missed, correct = (say_range(side, ".0%") for side in zip(*known, strict=True))
    return f": the region is {missed} of a missed image, {correct} of a correct one"


def _say_excluded(told: Mapping[tuple[str, str], Estimate]) -> str:
    """Say from which difference on one would have been seen, as the intervals have it."""
    number = next(iter(told))[1]
    form, of_what = (".0%", " of the image") if number == SIZE else (".2f", "")
    most = {
        f"{network} ({shift.failed} missed)": max(abs(shift.low), abs(shift.high))
        for (network, of), shift in told.items()
        if of == number
    }
    sure, unsure = min(most, key=lambda one: most[one]), max(most, key=lambda one: most[one])
    said = f"A difference in {number} would have been seen above {most[sure]:{form}}{of_what}"
    if most[sure] == most[unsure]:
        return f"{said}."
    return f"{said} for {sure}, for {unsure} only above {most[unsure]:{form}}."


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


def _say_unplaced(numbers: Collection[str]) -> str:
    """Say what was not compared where no object's place is known."""
    if FOCUS in numbers:
        return ""
    return "Whether maps lie on the object was not tested: no object's place is known. "


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


def describe_missed_focus(area: Estimate, focus: np.ndarray, correct: np.ndarray) -> str:
    """Say where missed and correct images are looked at; "" without one of both kinds.

    Args:
        area: how well focus separates them.
        focus: float (N,); NaN where unknown.
        correct: bool (N,).
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
    return (
        f"Mean focus is {np.nanmean(focus[~correct]):.2f} in missed images ({area.failed}), "
        f"{np.nanmean(focus[correct]):.2f} in correct ones ({area.correct}). {said}"
    )


def describe_difference(shift: Estimate) -> str:
    """Say whether missed images differ from correct ones by more than chance."""
    if not shift.enough:
        return describe_too_few(shift)
    if not shift.excludes(0):
        return "no difference beyond chance"
    return "higher in missed images" if shift.value > 0 else "lower in missed images"


def describe_too_few(found: Estimate) -> str:
    """Say on which side there are fewer images than a statement about others needs."""
    if found.failed < MIN_GROUP:
        return f"too few to say: {found.failed} missed"
    return f"too few to say: {found.correct} correct"


def _lies(named: Collection[str]) -> str:
    return "lies" if len(named) == 1 else "lie"


def _measure(shift: Estimate) -> str:
    return (
        f"{shift.value:+.2f}, 95% interval {shift.low:+.2f} to {shift.high:+.2f}; "
        f"{shift.failed} missed, {shift.correct} correct"
    )
