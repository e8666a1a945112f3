"""Sanity checks of a run's explanations on many images, for the trust table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelines.trust.results import Table, trust_table
from pipelines.trust.subjects import find_control_run, make_subject
from saliencnn.checks.table import CHECKS, find_check
from saliencnn.common.errors import UserError
from saliencnn.common.evenly import choose_evenly
from saliencnn.common.progress import Progress, silent
from saliencnn.data.planes import decode_planes
from saliencnn.saliency.methods import applicable, explaining_passes
from saliencnn.store.artifacts import require_writable
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index
from saliencnn.store.networks import keep_network, load_network
from saliencnn.store.runs import RunInfo, list_runs
from saliencnn.trust.audit import AUDITED_METHODS, Control, keep_audit

if TYPE_CHECKING:
    from saliencnn.checks.quantities import Quantities


def count_passes(run: RunInfo, control: bool, methods: Sequence[str]) -> int:
    """Return about how many forward passes all checks of a run's maps take for each image.

    Args:
        run: the run.
        control: whether there is a control network.
        methods: which; those that are not defined for the network are left out.
    """
    names = applicable(methods, run.spec)
    once = explaining_passes(names, run.spec)
    checks = (row.count_passes(once, len(names), control) for row in CHECKS.values())
    return once + sum(checks)


def audit(
    store: Store,
    run: RunInfo,
    epoch: int,
    images: int,
    methods: Sequence[str] = AUDITED_METHODS,
    report: Progress = silent,
    checks: Sequence[str] = (),
    compute: Callable[..., dict[str, Quantities]] | None = None,
) -> Table:
    """Check a run's explanations on validation images and keep what was found with the run.

    The images are taken evenly from all classes, and their true class is explained. Label
    randomization needs a run of the same image set and architecture that was trained on randomized
    labels; without one it is not judged.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        images: how many images.
        methods: which; those that are not defined for the network are left out.
        report: called with the progress.
        checks: keys of ``CHECKS``; by default all.
        compute: as for ``keep_audit``.

    Raises:
        UserError: no such checkpoint, too few or too many images, an unknown check, or an
            unknown stem.
    """
    require_writable(store)
    checks = checks or tuple(CHECKS)
    rows = [find_check(check) for check in checks]
    index = read_index(store, run.images_id)
    if not 2 <= images <= len(index):
        raise UserError(f"The number of images is {images}; it must be from 2 to {len(index)}.")
    chosen = choose_evenly(index.labels, images)
    pixels = decode_planes([read_image(store, run.images_id, index, int(i)) for i in chosen])
    keep_network(store, run, epoch)
    subject = make_subject(store, run, epoch, pixels, index.labels[chosen], methods)
    control = None
    if any(row.needs_control for row in rows):
        found = find_control_run(store, run, list_runs(store))
        if found:
            network = load_network(store, found, found.epoch).to(subject.images.device)
            control = Control(found.run_id, found.epoch, network)
    done = keep_audit(store, run.run_id, epoch, chosen, subject, checks, report, control, compute)
    table = trust_table([done], epoch)
    return {check: table.get(check, {}) for check in checks}
