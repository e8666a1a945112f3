"""How what networks look at differs between missed and correct images, number by number."""

import numpy as np

from saliencnn.common.sentences import say_all, say_interval
from saliencnn.findings.errors_answer import PLACES, is_wide
from saliencnn.findings.map_errors import NUMBERS, PERHAPS_CHANCE, describe_difference
from saliencnn.findings.telling import Means, Shifts, find_telling
from saliencnn.measures.groups import MIN_GROUP, Estimate


def list_differences(shifts: Shifts, means: Means, images: int) -> list[dict[str, str]]:
    """Return how each number differs between missed and correct images, what tells first.

    Args:
        shifts: how missed images differ.
        means: over missed and over correct images.
        images: how many were explained: one may be missed by one network, right with another.

    Returns:
        A row a network and number: network, number, missed ones (how they differ), if missed and
        if correct (the mean, and of how many images), 95% interval (of the difference).
    """
    # What the sentence above them finds too wide to tell is no "no difference".
    telling = {*find_telling(shifts, means)}
    wide = {
        (name, number)
        for (name, number), shift in shifts.items()
        if shift.enough and (name not in telling or (number in PLACES and is_wide(shift)))
    }
    return [
        {
            "network": name,
            "number": number,
            "missed ones": "too few to tell"
            if (name, number) in wide
            else describe_difference(shift),
            "if missed": _write_mean(means[name, number][0], shift.failed, images),
            "if correct": _write_mean(means[name, number][1], shift.correct, images),
            "95% interval": (
                say_interval(shift.low, shift.high, 2, sign="+") if shift.enough else ""
            ),
        }
        for (name, number), shift in sorted(
            shifts.items(), key=lambda one: (one[0] in wide, _rank(one[1]))
        )
    ]


def explain_differences(shifts: Shifts) -> str:
    """Say how to read what ``list_differences`` returns."""
    told = sum(shift.enough for shift in shifts.values())
    shown = {number for _, number in shifts}
    meanings = " ".join(
        f"{name.capitalize()}: {words}." for name, words in NUMBERS.items() if name in shown
    )
    random = (
        f" {PERHAPS_CHANCE.capitalize()}: the interval leaves out 0, but groups that are drawn at "
        "random differ as much often enough."
        if PERHAPS_CHANCE in map(describe_difference, shifts.values())
        else ""
    )
    together = (
        f" The intervals are wide enough for {say_all(told)} comparisons "
        "at once: with 95% all of them hold."
        if told > 1
        else ""
    )
    both = (
        " Together networks have more images than each alone, and may tell where each cannot; an "
        "image that one misses and another gets right is on both sides."
        if len({name for name, _ in shifts}) > 1
        else ""
    )
    return (
        "Where missed images differ from correct ones; in brackets the images behind each mean."
        f"{both} "
        f"{meanings} An interval that contains 0 "
        f"means that the difference may be chance.{random}{together} "
        f"Nothing is said from fewer than {MIN_GROUP} images on either side."
    )


def _rank(shift: Estimate) -> tuple[bool, bool]:
    return not (shift.enough and shift.excludes(0)), not shift.enough


def _write_mean(mean: float, images: int, of: int) -> str:
    return f"{mean:.2f} ({images}/{of})" if np.isfinite(mean) else ""
