"""What a check needs of a run in the store: its network, pictures and classes."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from pipelines.checks.subject import Subject
from pipelines.data.augment import normalise
from pipelines.errors import UserError
from pipelines.hyperparameters import Hyperparameters
from pipelines.models.architectures import find_architecture
from pipelines.models.weights import build_network
from pipelines.saliency import METHODS
from pipelines.saliency.explain import applicable
from pipelines.store.artifacts import MissingArtifact
from pipelines.store.checkpoints import kept_epochs, read_checkpoint
from pipelines.store.connection import Store
from pipelines.store.runs import RunInfo


def make_subject(
    store: Store,
    run: RunInfo,
    epoch: int,
    pictures: Tensor,
    targets: np.ndarray,
    methods: Sequence[str],
) -> Subject:
    """Return what a check needs of a run.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        pictures: uint8 (N, 3, size, size), as the network sees them.
        targets: (N,), the class to explain of each picture.
        methods: names; those that are not defined for the network are left out.

    Raises:
        UserError: an unknown method, or no such checkpoint.
    """
    architecture = find_architecture(run.arch)
    for name in methods:
        if name not in METHODS:
            raise UserError(f"Method {name!r} is unknown; choose from {', '.join(METHODS)}.")
    return Subject(
        load_network(store, run, epoch),
        architecture,
        normalise(pictures).contiguous(memory_format=torch.channels_last),
        torch.from_numpy(np.asarray(targets, np.int64)),
        tuple(applicable(methods, architecture)),
        Hyperparameters.from_mapping(run.hyperparameters).seed,
    )


def load_network(store: Store, run: RunInfo, epoch: int) -> nn.Module:
    """Return the network of an epoch's checkpoint, in evaluation.

    Raises:
        UserError: no checkpoint of that epoch is kept.
    """
    try:
        state = read_checkpoint(store, kept_epochs(store, run.run_id)[epoch])
    except (KeyError, MissingArtifact) as error:
        raise UserError(
            f"Run {run.run_id} keeps no checkpoint of epoch {epoch}, so nothing can be checked."
        ) from error
    return restore_network(run.arch, state)


def restore_network(arch: str, state: Mapping[str, Tensor]) -> nn.Module:
    """Return an architecture with a checkpoint's weights, in evaluation.

    Its weights are laid out for pictures in ``channels_last``, which it explains faster.
    """
    classes = len(state[f"{find_architecture(arch).head}.weight"])
    model: nn.Module = build_network(arch, classes).model.eval()
    model.load_state_dict(state)
    return model.to(memory_format=torch.channels_last)


def find_dealt(store: Store, run: RunInfo, runs: Iterable[RunInfo]) -> RunInfo | None:
    """Return the first finished run of dealt labels that is like this one and another.

    Args:
        store: where they are.
        run: to compare with.
        runs: among which to look, the newest first.
    """
    like = (
        other
        for other in runs
        if other.run_id != run.run_id
        and (other.pictures, other.arch) == (run.pictures, run.arch)
        and other.status == "finished"
        and other.labels_dealt
        and other.epoch in kept_epochs(store, other.run_id)
    )
    return next(like, None)
