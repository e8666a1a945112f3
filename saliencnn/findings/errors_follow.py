"""What follows from whether maps explain the errors of several networks on many images."""

from collections.abc import Mapping

import numpy as np

from saliencnn.common.sentences import quote
from saliencnn.findings.contrast import Contrast
from saliencnn.findings.focus_words import Place
from saliencnn.findings.judge_looks import judge_looks
from saliencnn.findings.looks import Looks
from saliencnn.findings.usual_mistake import UsualMistake
from saliencnn.measures.groups import MIN_GROUP

HELP = " More, or larger, training images of such classes may help."


def say_what_errors_mean(
    together: Contrast,
    focus: Mapping[str, np.ndarray],
    correct: Mapping[str, np.ndarray],
    usual: UsualMistake | None,
    place: Place,
) -> str:
    """Say what the mistakes are, in one sentence, where no clear difference may explain them.

    Args:
        together: how missed images differ, of all networks.
        focus: network -> float (N,), of each map; NaN where unknown.
        correct: network -> bool (N,), of the same images.
        usual: the mistake made most, of an image counted once; None where nothing is missed.
        place: where maps should lie.

    Returns:
        "" where a clear difference says what to do, too few images tell or nothing is missed.
    """
    if usual is None or usual.of < 2 or not together.enough or together.clear:
        return ""
    counted = f"{usual.images} {_count_wrong(correct)}"
    if not usual.stands_out:
        return f"No mix-up stands out: none is made in more than {counted}."
    why, then = _say_why(usual, focus, correct, place) if together.telling else ("", "")
    pair = f"{quote(usual.true)} is taken for {quote(usual.predicted)}"
    return f"Most often {pair} ({counted}){why}.{then}"


def _count_wrong(correct: Mapping[str, np.ndarray]) -> str:
    """Say how many images any network gets wrong, as the end of a phrase."""
    images = int((~np.stack([*correct.values()])).any(axis=0).sum())
    wrong = "on which at least one is wrong" if len(correct) > 1 else "that it gets wrong"
    return f"of the {images} images {wrong}" if images > 1 else f"of the one image {wrong}"


def _say_why(
    usual: UsualMistake,
    focus: Mapping[str, np.ndarray],
    correct: Mapping[str, np.ndarray],
    place: Place,
) -> tuple[str, str]:
    """Say what a mistake most likely comes from, as a clause, and what may help, as a sentence."""
    looked = judge_looks(*_average(focus, correct), place)
    if looked.where is Looks.UNKNOWN or looked.shift.failed < MIN_GROUP:
        return "", HELP
    if looked.where in (Looks.BESIDE, Looks.LESS):
        return f"; what surrounds the object may count for it, since {looked.compare()}", ""
    if looked.where is Looks.AS_LITTLE:
        return f"; {looked.compare()}: {looked.means}", HELP
    if not usual.prevails:
        return f"; {looked.compare()}", HELP
    return f", perhaps because the two look alike: {looked.compare()}", HELP


def _average(
    focus: Mapping[str, np.ndarray], correct: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return each image's mean focus over networks that miss it, then over those that do not.

    Maps of one image are no independent ones: of so many networks it is still one image.

    Returns:
        float (2 N,), NaN where no network does, and whether the networks are right, bool (2 N,).
    """
    right = np.stack([*correct.values()])
    unknown = np.full(right.shape[1], np.nan)
    maps = np.stack([focus.get(name, unknown) for name in correct])
    sides = [np.where(side & np.isfinite(maps), maps, np.nan) for side in (~right, right)]
    known = [np.isfinite(side).sum(axis=0) for side in sides]
    means = [
        np.divide(np.nansum(side, axis=0), images, out=unknown.copy(), where=images > 0)
        for side, images in zip(sides, known, strict=True)
    ]
    return np.concatenate(means), np.repeat([False, True], right.shape[1])
