"""By which properties of the images a stored run's errors divide."""

import numpy as np

from saliencnn.common.errors import UserError
from saliencnn.data.error_groups import MIN_ERRORS, divide_errors
from saliencnn.data.imageset import ImageSet
from saliencnn.data.shortcuts import measure_properties
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.images import read_index
from saliencnn.store.runs import read_run


def describe_errors(store: Store, run_id: str, image_set: ImageSet) -> list[str]:
    """Return lines about the errors of a run's last epoch on its validation images.

    Args:
        store: where the run is.
        run_id: its id.
        image_set: that it is validated on, as files.

    Raises:
        UserError: the run has no complete epoch, or was validated on other images.
    """
    run = read_run(store, run_id)
    if not run.epoch:
        raise UserError(f"Run {run.name} has no complete epoch yet.")
    names = read_index(store, run.images_id).names
    rows = read_predictions(store, run_id, run.epoch)
    right = dict(zip(names, rows["true"] == rows["predicted"], strict=True))
    samples = [sample for sample in image_set.validation if sample.name in right]
    if not samples:
        raise UserError(f"Run {run.name} was validated on none of these images.")
    measured = measure_properties(image_set.classes, samples)
    known = np.array([right[samples[place].name] for place in measured.places], bool)
    errors = int((~known).sum())
    head = f"run {run.name}, epoch {run.epoch}: {errors:,} of {len(known):,} are wrong"
    if errors < MIN_ERRORS:
        return [f"{head}, too few to say by what they divide"]
    found = divide_errors(measured, known)
    return [f"{head}{'' if found else '; they divide by none of these properties'}", *found]
