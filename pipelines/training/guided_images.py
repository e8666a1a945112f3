"""Of how many training images guidance knows where the object is, and what cannot be guided."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pipelines.training.contradictions import refuse_contradictions
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import UNGUIDED, Hyperparameters
from saliencnn.common.sentences import count
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.regions import has_region, tells_place

MOST_SEEN = 500
"""Images that are opened to see whether their boxes and masks can be used."""
_READERS = 4


def describe_guidance(image_set: ImageSet, hp: Hyperparameters) -> tuple[str, ...]:
    """Return sentences about the images whose objects' places training uses, if it uses any.

    Raises:
        UserError: there are none that can be used, or the hyperparameters contradict each other.
    """
    refuse_contradictions(hp)
    if not hp.needs_regions:
        return ()
    guided, images = hp.guidance != UNGUIDED, len(image_set.train)
    known, told, unusable = _count_known(image_set.train)
    if not known and not hp.ignored:
        asked = f"guidance is {hp.guidance}" if guided else f"new_background is {hp.new_background}"
        raise UserError(
            f"{asked}, but none of the {images} training images has a box or a mask of its object"
            f"{' that can be used' if unusable else ''}; give some, or say with ignored which "
            "parts of the images must not count."
        )
    places = f"where the object is in {told} of {images} training images"
    found = []
    if guided:
        by = [f"by {places}"] * (known > 0) + ["away from the ignored parts"] * bool(hp.ignored)
        found.append(
            f"Training was guided {' and '.join(by)}. So focus alone does not tell whether this "
            "network looks at the object."
        )
    if hp.new_background:
        beside = f"what lies beside the object in {told} of {images} of them"
        parts = [beside] * (known > 0) + ["the ignored parts"] * bool(hp.ignored)
        found.append(
            f"Of training images, {' and '.join(parts)} came from other images of their batch, "
            f"each time with a probability of {hp.new_background:g}."
        )
    return (*found, *([unusable] if unusable else ()))


def _count_known(samples: Sequence[Sample]) -> tuple[int, str, str]:
    """Count the images of which it is known where the object is.

    Returns:
        How many, that in words, and a sentence about boxes and masks that cannot be used, ""
        where all can. Of many images some are opened, and the number is an estimate.
    """
    placed = [sample for sample in samples if has_region(sample)]
    # At random: images that stand in turns would alias with any even step.
    seen = np.random.default_rng(0).permutation(len(placed))[:MOST_SEEN]
    with ThreadPoolExecutor(_READERS) as pool:
        usable = sum(pool.map(tells_place, [placed[n] for n in seen]))
    if usable == len(seen):
        return len(placed), str(len(placed)), ""
    known, sampled = round(len(placed) * usable / len(seen)), len(seen) < len(placed)
    bad = count(len(seen) - usable, "box or mask", "boxes or masks")
    opened = f"{len(seen)} training images{' that were opened' if sampled else ''}"
    why = "nothing or all of the image lies inside, or the file cannot be read"
    told = f"about {known}" if sampled else str(known)
    return known, told, f"{bad} of {opened} cannot be used: {why}."
