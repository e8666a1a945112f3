"""What follows from whether maps explain the errors of several networks on many images."""

from collections.abc import Mapping, Sequence

import numpy as np

from saliencnn.common.sentences import quote
from saliencnn.findings.errors_answer import find_clear
from saliencnn.findings.focus_words import Place
from saliencnn.findings.looks import PERHAPS, Looks, judge_looks
from saliencnn.findings.map_errors import Means, Shifts, find_telling
from saliencnn.findings.usual_mistake import UsualMistake, find_usual_mistake

HELP = " More, or larger, training images of such classes may help."


def say_what_errors_mean(
    shifts: Shifts,
    means: Means,
    focus: Mapping[str, np.ndarray],
    correct: Mapping[str, np.ndarray],
    mistakes: Sequence[tuple[str, str]],
    place: Place,
) -> str:
    """Say what the mistakes are, in one sentence, where no clear difference may explain them.

    Args:
        shifts: how missed images differ, of all networks.
        means: likewise.
        focus: network -> float (N,), of each map; NaN where unknown.
        correct: network -> bool (N,).
        mistakes: the class and the prediction of each missed image of each network.
        place: where maps should lie.

    Returns:
        "" where a clear difference says what to do, too few images tell or nothing is missed.
    """
    usual = find_usual_mistake(mistakes)
    told = any(shift.enough for shift in shifts.values())
    if usual is None or not told or find_clear(shifts):
        return ""
    if usual.images == 1:
        return f"No two of the {usual.of} mistakes are the same." if usual.of > 1 else ""
    telling = find_telling(shifts, means)
    why, then = _say_why(usual, focus, correct, place) if telling else ("", "")
    return (
        f"Most often {quote(usual.true)} is taken for {quote(usual.predicted)} ({usual.images} of "
        f"{usual.of} mistakes){why}.{then}"
    )


def _say_why(
    usual: UsualMistake,
    focus: Mapping[str, np.ndarray],
    correct: Mapping[str, np.ndarray],
    place: Place,
) -> tuple[str, str]:
    """Say what a mistake most likely comes from, as a clause, and what may help, as a sentence."""
    unknown = {name: np.full(len(own), np.nan) for name, own in correct.items()}
    pooled = np.concatenate([focus.get(name, unknown[name]) for name in correct])
    looked = judge_looks(pooled, np.concatenate([*correct.values()]), place)
    if looked.where is Looks.UNKNOWN:
        return "", HELP
    if looked.where in (Looks.BESIDE, Looks.LESS):
        return f"; what surrounds the object may count for it, since {looked.compare()}", ""
    if not usual.prevails:
        return f"; {looked.compare()}", HELP
    sure = "perhaps" if looked.where in PERHAPS else "most likely"
    return f", {sure} because the two look alike: {looked.compare()}", HELP
