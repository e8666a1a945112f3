"""What a check needs of a run in the store: its network, images and classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.common.devices import choose_device
from saliencnn.common.errors import UserError
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import applicable
from saliencnn.store.checkpoints import kept_epochs
from saliencnn.store.connection import Store
from saliencnn.store.networks import load_network
from saliencnn.store.runs import RunInfo

if TYPE_CHECKING:
    from torch import Tensor

    from saliencnn.checks.subject import Subject


def make_subject(
    store: Store,
    run: RunInfo,
    epoch: int,
    images: Tensor,
    targets: np.ndarray,
    methods: Sequence[str],
) -> Subject:
    """Return what a check needs of a run.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        images: uint8 (N, 3, size, size), as the network sees them.
        targets: (N,), the class to explain of each image.
        methods: names; those that are not defined for the network are left out.

    Raises:
        UserError: an unknown method, or no such checkpoint.
    """
    import torch

    from saliencnn.checks.subject import Subject

    for name in methods:
        if name not in METHODS:
            raise UserError(f"Method {name!r} is unknown; choose from {', '.join(METHODS)}.")
    device = choose_device()
    return Subject(
        load_network(store, run, epoch).to(device),
        run.spec,
        run.preparation.normalise(images.to(device)).contiguous(memory_format=torch.channels_last),
        torch.from_numpy(np.asarray(targets, np.int64)),
        tuple(applicable(methods, run.spec)),
        run.seed,
    )


def find_control_run(store: Store, run: RunInfo, runs: Iterable[RunInfo]) -> RunInfo | None:
    """Return the first finished run on randomized labels that is like this one and another.

    Args:
        store: where they are.
        run: to compare with.
        runs: among which to look, the newest first.
    """
    like = (
        other
        for other in runs
        if other.run_id != run.run_id
        and other.is_comparable_with(run)
        and other.status == "finished"
        and other.labels_randomized
        and other.epoch in kept_epochs(store, other.run_id)
    )
    return next(like, None)
