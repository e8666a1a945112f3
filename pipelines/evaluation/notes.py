"""What an evaluation says of its images: what is left out, and where labels seem wrong."""

from collections.abc import Iterable, Iterator

import pandas as pd

from pipelines.evaluation.images import HashedImages
from pipelines.evaluation.models import Candidate
from saliencnn.common.sentences import list_some
from saliencnn.data.loading import why_unreadable
from saliencnn.measures.classification import find_label_shift
from saliencnn.store.connection import Store
from saliencnn.store.images import read_index
from saliencnn.store.training_images import read_training_images


def describe_shift(predictions: pd.DataFrame, images: HashedImages) -> Iterator[str]:
    """Say where the labels, not the network, seem to be wrong."""
    true, said = (predictions[name].to_numpy() for name in ("true", "class_1"))
    shift = find_label_shift(true, said, len(images.class_set))
    if shift:
        now, then = ((said == true - by).mean() for by in (0, shift))
        lower, cause = ("lower", "count from 1") if shift > 0 else ("higher", "leave one class out")
        yield (
            f"Top-1 accuracy is {now:.1%}, but {then:.1%} if every label were one {lower}: "
            f"do the labels {cause}, where the network's classes count from 0?"
        )


def describe_learned(store: Store, candidate: Candidate, images: HashedImages) -> Iterator[str]:
    """Say how many of the images a network was trained on.

    Args:
        store: where the run is that trained it.
        candidate: the network; of one of others that is not known.
        images: that it is evaluated on.
    """
    run_id = candidate.trained_run
    learned_from = read_training_images(store, run_id) if run_id else None
    if learned_from is None:
        return
    known = {content for _name, _label, content in learned_from.rows}
    seen = sum(digest in known for digest in images.digests)
    if seen:
        yield (
            f"The network was trained on {seen} of these {len(images.digests)} images, "
            "so its accuracy here says too little about new ones."
        )


def describe_images(
    store: Store, pack: str, images: HashedImages, by_class: Iterable[int]
) -> Iterator[str]:
    """Say which images cannot be read, and which classes have none.

    Args:
        store: where the images are kept.
        pack: under which id.
        images: as they were named.
        by_class: how many images each class has.
    """
    skipped = read_index(store, pack).skipped
    if skipped:
        why = why_unreadable(images.labelled.samples, skipped)
        left_out = f"{len(skipped)} images cannot be read and were left out: {list_some(skipped)}."
        yield f"{left_out} {why}".strip()
    names = images.class_set.classes
    empty = [name for name, count in zip(names, by_class, strict=True) if not count]
    if empty:
        yield (
            f"{len(empty)} of {len(names)} classes have no image, so nothing is known about them: "
            f"{list_some(empty)}."
        )
