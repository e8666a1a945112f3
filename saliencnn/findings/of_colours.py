"""Which colours a class's maps highlight, in a sentence with its counts."""

import numpy as np
from scipy.special import bdtr

from saliencnn.common.sentences import join_words
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.measures.rates import level_of_each

WAYS = (("darker", "lighter"), ("greener", "redder"), ("bluer", "yellower"))
"""What a region is of which each of Lab's channels is lower, or higher, than the whole image's."""


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
    told = [one for one, p in zip(counts, chance, strict=True) if p <= 1 - level_of_each(3)]
    if told:
        said = (
            "What the maps highlight differs in colour from the whole image by more than chance: "
            f"it is {join_words(told)}"
        )
        advice = "That is where the network looks; it need not be the colour that it goes by."
    else:
        said = (
            "The maps highlight no colours of their own: what they highlight is "
            f"{join_words(counts)}, compared with the whole image, which may be chance"
        )
        advice = ""
    return Finding("colours", Severity.NOTE, f"{said}.", advice, evidence)
