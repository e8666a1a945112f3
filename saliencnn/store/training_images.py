"""What is kept with a run about the images that it learns from."""

from saliencnn.data.training_images import TrainingImages
from saliencnn.store.artifacts import MissingArtifact, location_of, read_bytes, write_files
from saliencnn.store.connection import Store

FOLDER = "image-set"
_TRAINING = "training.csv.gz"


def write_training_images(store: Store, run_id: str, images: TrainingImages) -> None:
    """Keep which images a run learns from."""
    write_files(store, location_of(store, run_id), {_TRAINING: images.encode()}, FOLDER)


def read_training_images(store: Store, run_id: str) -> TrainingImages | None:
    """Return what ``write_training_images`` kept, or None where it is not there or not readable."""
    try:
        content = read_bytes(store, location_of(store, run_id), f"{FOLDER}/{_TRAINING}")
        return TrainingImages.decode(content)
    except (MissingArtifact, ValueError):
        return None
