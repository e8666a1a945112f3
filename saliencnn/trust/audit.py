"""An audit: all checks of a network's maps on some validation images, kept with its run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saliencnn.common.formats import CHECK_RESULT
from saliencnn.common.progress import Progress, silent
from saliencnn.store.check_results import write_result
from saliencnn.store.connection import Store
from saliencnn.trust.audit_record import FOLDER, Audit

if TYPE_CHECKING:
    from torch import nn

    from saliencnn.checks.quantities import Quantities
    from saliencnn.checks.subject import Subject

AUDITED_METHODS = (
    "cam", "gradcam", "gradcampp", "smoothgradcampp", "hirescam", "layercam", "xgradcam",
    "eigencam", "ablationcam", "scorecam_fast", "gradient", "gradxinput", "integrated_gradients",
    "smoothgrad",
)  # fmt: skip
"""Methods of the trust table: all but exact Score-CAM and BBMP, which take hundreds of passes."""


@dataclass(frozen=True)
class Control:
    """A network that was trained on randomized labels, to compare with: an epoch of a run."""

    run_id: str
    epoch: int
    model: nn.Module


def keep_audit(
    store: Store,
    run_id: str,
    epoch: int,
    chosen: np.ndarray,
    subject: Subject,
    checks: Sequence[str],
    report: Progress = silent,
    control: Control | None = None,
    compute: Callable[..., dict[str, Quantities]] | None = None,
) -> Audit:
    """Check a network's maps, and keep what was found with its run.

    Args:
        store: where the run is.
        run_id: the run.
        epoch: whose weights the network has.
        chosen: int64 (N,), positions of the images in the image set.
        subject: the network and these images.
        checks: keys of ``CHECKS``.
        report: called with the progress.
        control: for label randomization, which is not judged without.
        compute: does what ``run_checks`` does, which does it by default.
    """
    from saliencnn.checks.batches import run_checks

    question: dict[str, Any] = {
        "check": FOLDER, **CHECK_RESULT.stamp, "epoch": epoch, "images": len(chosen),
        "methods": [*subject.methods], "checks": [*checks],
    }  # fmt: skip
    if control:
        question |= {"other": control.run_id, "other_epoch": control.epoch}
    compared = control.model if control else None
    found = (compute or run_checks)(subject, checks, report, compared)
    done = Audit.of(epoch, chosen, found)
    write_result(store, run_id, question, done.to_arrays())
    return done
