"""What is kept with a run about the images that it learns from."""

from saliencnn.data.leaks import LEAKS, Leaks, decode_rows
from saliencnn.data.training_images import TrainingImages
from saliencnn.store.artifacts import MissingArtifact, location_of, read_bytes, write_files
from saliencnn.store.connection import Store

_FOLDER, _LEAKS = LEAKS.split("/")
_TRAINING = "training.csv.gz"


def write_training_images(store: Store, run_id: str, images: TrainingImages) -> None:
    """Keep which images a run learns from."""
    write_files(store, location_of(store, run_id), {_TRAINING: images.encode()}, _FOLDER)


def read_training_images(store: Store, run_id: str) -> TrainingImages | None:
    """Return what ``write_training_images`` kept, or None where it is not there or not readable."""
    try:
        content = read_bytes(store, location_of(store, run_id), f"{_FOLDER}/{_TRAINING}")
        return TrainingImages.decode(content)
    except (MissingArtifact, ValueError):
        return None


def write_leaks(store: Store, run_id: str, leaks: Leaks) -> None:
    """Keep the images that are in both splits or two classes of a run's image set."""
    write_files(store, location_of(store, run_id), {_LEAKS: leaks.encode()}, _FOLDER)


def read_leaks(store: Store, run_id: str) -> list[tuple[str, ...]]:
    """Return the rows that ``write_leaks`` kept; none where there are no such images.

    Each has the columns ``COLUMNS`` of ``saliencnn.data.leaks``.
    """
    try:
        content = read_bytes(store, location_of(store, run_id), LEAKS)
    except MissingArtifact:
        return []
    return decode_rows(content)
