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
    told = [one for one, own in zip(counts, sure, strict=True) if own]
    if told:
        if sure[1:].all():
            told[-2:] = [f"{TOGETHER[ways[1], ways[2]]} ({join_words(told[-2:])})"]
        units = np.linalg.norm((apart.mean(axis=0) * STEPS)[sure])
        size = "a small but steady" if units <= SMALL else "a clear"
        said = (
            f"What the maps highlight has {size} difference in colour from the whole image, by "
            f"more than chance: it is {join_words(told)}; on average by "
            f"{f'{units:.0f}' if units >= 1 else 'less than 1'} where black to white is 100"
        )
        advice = "That is where the network looks; it need not be the colour that it goes by."
    else:
        said = (
            "The maps highlight no colours of their own: what they highlight is "
            f"{join_words(counts)}, compared with the whole image, which may be chance"
        )
        advice = ""
    return Finding("colours", Severity.NOTE, f"{said}.", advice, evidence)
