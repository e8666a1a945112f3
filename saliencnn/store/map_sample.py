"""The validation images whose maps a run logs, where these are not all: the same at every epoch."""

import numpy as np

from saliencnn.common.evenly import spread_evenly
from saliencnn.store.run_info import RunInfo


def sample_images(labels: np.ndarray, images: int) -> np.ndarray:
    """Return the positions of the images whose maps are logged, ascending.

    They follow from the classes alone, so a run that goes on finds the same ones.

    Args:
        labels: int (N,), of the validation images.
        images: how many, evenly from all classes; 0 for all.
    """
    if not 0 < images < len(labels):
        return np.arange(len(labels))
    return spread_evenly(labels, images)


def logged_images(run: RunInfo, labels: np.ndarray) -> np.ndarray | None:
    """Return the images whose maps a run logs, None where these are all."""
    return sample_images(labels, run.map_images) if run.map_images else None


def describe_sample(run: RunInfo) -> str:
    """Return whose maps a number is of where it is not of all images, as part of a sentence."""
    return f" of a sample of {run.map_images:,} images" if run.map_images else ""
