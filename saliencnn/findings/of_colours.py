"""Which colours a class's maps highlight, in a sentence with its counts."""

import numpy as np
from scipy.special import bdtr

from saliencnn.common.sentences import join_words
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.measures.rates import level_of_each

WAYS = (("darker", "lighter"), ("greener", "redder"), ("bluer", "yellower"))
"""What a region is of which each of Lab's channels is lower, or higher, than the whole image's."""
TOGETHER = {
    ("redder", "bluer"): "more purple",
    ("redder", "yellower"): "more orange",
    ("greener", "bluer"): "more turquoise",
    ("greener", "yellower"): "more lime green",
}
"""Both of Lab's colour channels -> what that looks like."""
STEPS = np.array([100, 255, 255])
"""Units of Lab that each channel spans."""
SMALL = 5
"""Units of Lab up to which a difference is hardly seen in a single image."""


def find_colours(region: np.ndarray, whole: np.ndarray, evidence: Evidence) -> Finding | None:
    """Say how the colours that maps highlight differ from their whole images'; None of a few.

    By the sign test (Arbuthnott 1710) over the images, at 5% for the channels together.

    Args:
        region: float (N, 3), mean Lab of what each map highlights; NaN where that is nothing.
        whole: likewise of the whole image.
        evidence: where it can be seen.
    """
    apart = (region - whole)[np.isfinite(region).all(axis=1)]
    images = len(apart)
    if images < MIN_GROUP:
        return None
    higher = (apart > 0).sum(axis=0)
    most = np.maximum(higher, images - higher)
    chance = 2 * bdtr(images - most, images, 0.5)
    ways = [WAYS[n][int(higher[n] > images / 2)] for n in range(3)]
    counts = [f"{way} in {int(n)} of {images} images" for way, n in zip(ways, most, strict=True)]
    sure = chance <= 1 - level_of_each(3)
    if not sure.any():
        said = "The maps highlight no colours of their own, as far as can be told"
        detail = f"Compared with the whole image, what they highlight is {join_words(counts)}."
        return Finding("colours", Severity.NOTE, f"{said}.", "", evidence, detail=detail)
    told = [way for way, own in zip(ways, sure, strict=True) if own]
    if sure[1:].all():
        told[-2:] = [TOGETHER[ways[1], ways[2]]]
    units = np.linalg.norm((apart.mean(axis=0) * STEPS)[sure])
    size = "a little " if units <= SMALL else "clearly "
    known = [count for count, own in zip(counts, sure, strict=True) if own]
    said = f"What the maps highlight is {size}{join_words(told)} than the whole image"
    detail = (
        f"By more than chance: {join_words(known)}; on average by "
        f"{f'{units:.0f}' if units >= 1 else 'less than 1'} where black to white is 100."
    )
    advice = "That is where the network looks; it need not be the colour that it goes by."
    return Finding("colours", Severity.NOTE, f"{said}.", advice, evidence, detail=detail)
