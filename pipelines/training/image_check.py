"""Whether the images of a run that is resumed are those that it began with."""

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import show
from saliencnn.data.digests import digest_of
from saliencnn.data.imageset import ImageSet
from saliencnn.data.training_images import TrainingImages
from saliencnn.store import runs
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.training_images import read_training_images


def require_same_images(
    store: Store, info: RunInfo, image_set: ImageSet, learned_from: TrainingImages
) -> None:
    """Check that an image set is the one that a run began with.

    Args:
        store: where the run is.
        info: the run.
        image_set: as it is now.
        learned_from: its training images.

    Raises:
        UserError: an image is gone, new, changed or of another class; the time at which a file
            was written does not matter.
    """
    facts = runs.read_facts(store, info.run_id)
    data = show(info.data, 40)
    if digest_of(image_set, info.preparation.geometry) != facts.get("digest"):
        raise UserError(
            f"The validation images of {data} are not those run {info.run_id} began with."
        )
    # Runs of earlier versions say nothing about their training images.
    if facts.get("training", learned_from.digest) != learned_from.digest:
        before = read_training_images(store, info.run_id)
        changes = f": {before.describe_changes(learned_from)}" if before else ""
        raise UserError(
            f"The training images of {data} are not those run {info.run_id} began with{changes}."
        )
