"""Outlines of objects, from boxes and from other images, for what needs more than a box."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.progress import Progress, silent
from saliencnn.common.ranks import count_ranks, gather, own_rank, share
from saliencnn.common.sentences import count
from saliencnn.data.imageset import Sample
from saliencnn.data.regions import has_region

if TYPE_CHECKING:
    from saliencnn.data.locating import Locator

Work = Callable[[Sequence[Sample], Progress], tuple[Sample, ...]]


@dataclass(frozen=True)
class Outlined:
    """Training images with the outlines that training needs.

    Attributes:
        samples: the images, in order.
        notes: sentences a person should know about estimated outlines.
    """

    samples: tuple[Sample, ...]
    notes: tuple[str, ...] = ()


def outline_objects(
    samples: Sequence[Sample], hp: Hyperparameters, report: Progress = silent
) -> Outlined:
    """Return the training images with the outlines that new backgrounds need.

    An object is cut out of its box. Where neither box nor mask is known, or can be used, it is
    estimated from the images where one is: an image that kept its background would go on to teach
    it.

    Args:
        samples: the training images.
        hp: with ``new_background`` 0 they stay as they are.
        report: called with the fraction that is done of each part.

    Returns:
        The same in all processes that train together, whichever of them can read which images.
    """
    if not hp.new_background or not any(map(has_region, samples)):
        return Outlined(tuple(samples))
    # Seconds to import, and few trainings need it.
    from saliencnn.data.cutting_out import cut_out_objects
    from saliencnn.data.locating import locate_objects

    cut = _in_parts(cut_out_objects, samples, report)
    locator = None if all(map(has_region, cut)) else _learn_objects(cut, report)
    if locator is None:
        return Outlined(cut)
    located = _in_parts(lambda part, told: locate_objects(locator, part, told), cut, report)
    found = sum(map(has_region, located)) - sum(map(has_region, cut))
    return Outlined(located, _describe_estimates(found, locator))


def _learn_objects(samples: Sequence[Sample], report: Progress) -> "Locator | None":
    """Return what the first process has learned, for it alone decides whether that is used."""
    from saliencnn.data.locating import learn_objects

    return share(learn_objects(samples, report) if own_rank() == 0 else None)


def _describe_estimates(found: int, locator: "Locator") -> tuple[str, ...]:
    """Return a sentence about the images whose objects were found, if any."""
    if not found:
        return ()
    images = count(found, "more training image", "more training images")
    return (
        f"Where the object is was estimated in {images}, from those in which it is known; what "
        f"lies beside it came from other images, too. Tried on {locator.judged} in which it is "
        f"known, estimates overlapped with that by {locator.agreement:.2f} (median; 1 is "
        "the same).",
    )


def _in_parts(work: Work, samples: Sequence[Sample], report: Progress) -> tuple[Sample, ...]:
    """Return what some work makes of samples' masks, of which each process does its part."""
    places = range(own_rank(), len(samples), count_ranks())
    own = work([samples[place] for place in places], report)
    changed = {
        place: sample.object_mask
        for place, sample in zip(places, own, strict=True)
        if sample is not samples[place]
    }
    masks = {place: mask for part in share(gather(changed)) for place, mask in part.items()}
    return tuple(
        replace(sample, object_mask=masks[place]) if place in masks else sample
        for place, sample in enumerate(samples)
    )
