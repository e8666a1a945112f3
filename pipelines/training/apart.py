"""What a network in training is measured on beside its validation images."""

from collections.abc import Sequence

from torch import nn

from saliencnn.common.progress import Progress
from saliencnn.common.sentences import count, list_names
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.loading import why_unreadable
from saliencnn.data.preparation import Preparation
from saliencnn.recording.held_out import (
    HeldOut,
    describe_test,
    measure_held_out,
    metrics_of_counterfactual,
    metrics_of_test,
)


def measure_apart(
    model: nn.Module,
    image_set: ImageSet,
    preparation: Preparation,
    logits: str | int | None,
    epoch: int,
    last: bool,
    report: Progress,
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Measure the counterfactual images, and once at the end the test images.

    Args:
        model: the network.
        image_set: with the images, where it has some.
        preparation: of each image.
        logits: where the logits are in what the network returns, see ``ModelSpec``.
        epoch: that it has learned.
        last: whether it learns no further.
        report: called with the progress.

    Returns:
        Their metrics, and sentences about the run.
    """
    found: dict[str, float] = {}
    news: tuple[str, ...] = ()
    counterfactual, test = image_set.counterfactual, image_set.test
    if counterfactual:
        measured = measure_held_out(model, counterfactual, preparation, report, logits)
        if measured:
            found |= metrics_of_counterfactual(measured)
        if epoch == 1:
            news += _tell_unreadable("counterfactual", measured, counterfactual)
    if last and test:
        measured = measure_held_out(model, test, preparation, report, logits)
        if measured:
            found |= metrics_of_test(measured)
            news += (describe_test(measured, epoch),)
        news += _tell_unreadable("test", measured, test)
    return found, news


def _tell_unreadable(
    split: str, measured: HeldOut | None, samples: Sequence[Sample]
) -> tuple[str, ...]:
    names = measured.unreadable if measured else tuple(sample.name for sample in samples)
    if not names:
        return ()
    why = why_unreadable(samples, names)
    what = count(len(names), f"{split} image", f"{split} images")
    return (f"{what} could not be read: {list_names(names)}. {why}".strip(),)
