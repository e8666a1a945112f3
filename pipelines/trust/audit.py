"""Sanity checks of a run's explanations on many images, for the trust table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipelines.trust.results import Table, judged
from pipelines.trust.subjects import find_control_run, make_subject
from saliencnn.checks.statistics import NUMBER
from saliencnn.checks.table import find_check
from saliencnn.checks.verdicts import CHECKS, run_checks
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, silent
from saliencnn.data.fitted import decode_fitted
from saliencnn.store.check_results import write_result
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index
from saliencnn.store.networks import load_network
from saliencnn.store.runs import RunInfo, list_runs

AUDITED_METHODS = (
    "cam", "gradcam", "gradcampp", "smoothgradcampp", "hirescam", "layercam", "xgradcam",
    "eigencam", "ablationcam", "scorecam_fast", "gradient", "gradxinput", "integrated_gradients",
    "smoothgrad",
)  # fmt: skip
"""Methods of the trust table: all but exact Score-CAM and BBMP, which take hundreds of passes."""


def audit(
    store: Store,
    run: RunInfo,
    epoch: int,
    images: int,
    methods: Sequence[str] = AUDITED_METHODS,
    report: Progress = silent,
    checks: Sequence[str] = tuple(CHECKS),
) -> Table:
    """Check a run's explanations on validation images and keep what was found with the run.

    The images are taken evenly from all classes, and their true class is explained. Label
    randomisation needs a run of the same image set and architecture whose labels were dealt at
    random; without one it is not judged.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        images: how many images.
        methods: which; those that are not defined for the network are left out.
        report: called with the progress; what it raises cancels the work.
        checks: keys of ``CHECKS``.

    Raises:
        UserError: no such checkpoint, too few or too many images, an unknown check, or an
            unknown stem.
    """
    for check in checks:
        find_check(check)
    index = read_index(store, run.images_id)
    if not 2 <= images <= len(index):
        raise UserError(f"The number of images is {images}; it must be from 2 to {len(index)}.")
    chosen = choose_evenly(index.labels, images)
    pixels = decode_fitted([read_image(store, run.images_id, index, int(i)) for i in chosen])
    subject = make_subject(store, run, epoch, pixels, index.labels[chosen], methods)
    dealt = find_control_run(store, run, list_runs(store)) if "labels" in checks else None
    other = load_network(store, dealt, dealt.epoch) if dealt else None
    found = run_checks(subject, checks, report, other)
    arrays = {"images": chosen}
    for check, quantities in found.items():
        for quantity, by_method in quantities.items():
            kind = np.float64 if quantity == NUMBER else np.float32
            for method, values in by_method.items():
                arrays[f"{check}/{quantity}/{method}"] = values.astype(kind)
    question: dict[str, Any] = {
        "check": "trust",
        "epoch": epoch,
        "images": images,
        "methods": [*subject.methods],
    }
    if set(checks) != set(CHECKS):
        question["checks"] = [*checks]
    if dealt:
        question["other"], question["other_epoch"] = dealt.run_id, dealt.epoch
    write_result(store, run.run_id, question, arrays)
    return {check: {m: judged(check, m, arrays) for m in subject.methods} for check in found}


def choose_evenly(labels: np.ndarray, count: int) -> np.ndarray:
    """Return positions of ``count`` images, as evenly over the classes as can be, ascending."""
    turn = np.zeros(len(labels), int)  # an image's place within its class
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        turn[own] = np.arange(len(own))
    return np.sort(np.argsort(turn, kind="stable")[:count])
