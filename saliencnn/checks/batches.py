"""Many images by several checks, a batch at a time."""

import logging
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial

import numpy as np
from torch import nn

from saliencnn.checks.check import Check
from saliencnn.checks.parallel import count_workers, run_side_by_side
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.checks.subject import BATCH, Subject, explain_subject
from saliencnn.checks.table import find_check
from saliencnn.common.errors import PluginError
from saliencnn.common.progress import Progress, part_of, split
from saliencnn.saliency.methods import explaining_passes

_log = logging.getLogger(__name__)


def run_checks(
    subject: Subject,
    checks: Sequence[str],
    report: Progress,
    control: nn.Module | None = None,
    batch_size: int = BATCH,
    workers: int | None = None,
) -> dict[str, Quantities]:
    """Compute the graded numbers of many images, and what explains them.

    A batch of images goes through all checks, which share its maps. On a CPU several batches do
    so at once, each with its own copy of the networks.

    Args:
        subject: what is checked.
        checks: keys of ``CHECKS``.
        report: called with the progress; what it raises cancels the check.
        control: network trained on randomized labels, which ``labels`` needs; without it that
            check's numbers are NaN.
        batch_size: the most images that go through the checks at once.
        workers: batches at once; by default as many as gain from it. But for rounding, neither
            changes what is found.

    Returns:
        Check -> its quantities of all images.

    Raises:
        NotApplicable: input variance is not defined for the network.
        UserError: a check is unknown.
    """
    rows = [find_check(name) for name in checks]
    total = len(subject.images)
    if workers is None:
        workers = count_workers(subject.images.device)
    size = min(batch_size, -(-total // workers))
    check = _check_batch if workers == 1 else _check_copy
    jobs = [
        partial(check, subject.batch(start, size), total, rows, control)
        for start in range(0, total, size)
    ]
    return concatenate(run_side_by_side(jobs, workers, report))


def _check_copy(
    batch: Subject, total: int, rows: Sequence[Check], control: nn.Module | None, report: Progress
) -> dict[str, Quantities]:
    """Check a batch beside others, which may not see this network while a check changes it."""
    copy = replace(batch, model=deepcopy(batch.model))
    return _check_batch(copy, total, rows, deepcopy(control), report)


def _check_batch(
    batch: Subject, total: int, rows: Sequence[Check], control: nn.Module | None, report: Progress
) -> dict[str, Quantities]:
    place = f"Images {batch.first + 1} to {batch.first + len(batch.images)} of {total}"
    report = part_of(report, 0.0, 1.0, place)
    once, methods = explaining_passes(batch.methods, batch.architecture), len(batch.methods)
    of_rows = [(row.label, row.count_passes(once, methods, control is not None)) for row in rows]
    of_maps, *of_checks = split(report, [("", once), *of_rows])
    own = explain_subject(batch, of_maps)
    found = {}
    for row, of_check in zip(rows, of_checks, strict=True):
        try:
            found[row.name] = row.load().measure(batch, own, control, of_check)
        except PluginError as error:
            _log.warning("%s It judges nothing.", error)
            unknown = np.full(len(batch.images), np.nan)
            found[row.name] = {NUMBER: dict.fromkeys(batch.methods, unknown)}
    report(1.0, "Checked")
    return found


def concatenate(parts: Sequence[dict[str, Quantities]]) -> dict[str, Quantities]:
    """Put the images of several batches together, whatever the quantities are."""
    return {
        check: {
            quantity: {
                method: np.concatenate([part[check][quantity][method] for part in parts])
                for method in by_method
            }
            for quantity, by_method in quantities.items()
        }
        for check, quantities in parts[0].items()
    }
