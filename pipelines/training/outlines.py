"""Outlines of objects, from boxes and from other images, for what needs more than a box."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.progress import Progress, silent
from saliencnn.common.ranks import count_ranks, gather, own_rank, share
from saliencnn.common.sentences import count
from saliencnn.data.imageset import Sample
from saliencnn.data.regions import has_region

Work = Callable[[Sequence[Sample], Progress], tuple[Sample, ...]]


def outline_objects(
    samples: Sequence[Sample], hp: Hyperparameters, report: Progress = silent
) -> tuple[Sample, ...]:
    """Return the training images with the outlines that new backgrounds need.

    An object is cut out of its box. Where neither box nor mask is known, it is estimated from the
    images where one is: an image that kept its background would go on to teach it.

    Args:
        samples: the training images.
        hp: with ``new_background`` 0 they stay as they are.
        report: called with the fraction that is done of each part.

    Returns:
        The samples in order, the same in all processes that train together.
    """
    known = sum(map(has_region, samples))
    if not hp.new_background or not known:
        return tuple(samples)
    # Seconds to import, and few trainings need it.
    from saliencnn.data.cutting_out import cut_out_objects
    from saliencnn.data.locating import learn_objects, locate_objects

    outlined = _in_parts(cut_out_objects, samples, report)
    locator = learn_objects(outlined, report) if known < len(samples) else None
    if locator is None:
        return outlined
    return _in_parts(lambda part, told: locate_objects(locator, part, told), outlined, report)


def describe_estimates(before: Sequence[Sample], outlined: Sequence[Sample]) -> tuple[str, ...]:
    """Return a sentence about the images whose objects ``outline_objects`` has found, if any."""
    found = sum(map(has_region, outlined)) - sum(map(has_region, before))
    if not found:
        return ()
    images = count(found, "more training image", "more training images")
    return (
        f"Where the object is was estimated in {images}, from those in which it is known; what "
        "lies beside it came from other images, too.",
    )


def _in_parts(work: Work, samples: Sequence[Sample], report: Progress) -> tuple[Sample, ...]:
    """Return what some work makes of samples, of which each process does its part."""
    ranks = count_ranks()
    own = work(samples[own_rank() :: ranks], report)
    if ranks == 1:
        return own
    masks = share(gather([sample.object_mask for sample in own]))
    return tuple(
        replace(sample, object_mask=masks[n % ranks][n // ranks])
        for n, sample in enumerate(samples)
    )
