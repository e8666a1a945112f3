"""Networks from the checkpoints of stored runs."""

import logging
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.architecture import CannotBuild
from saliencnn.models.architectures import find_architecture
from saliencnn.models.own_networks import OPTION, VARIABLE
from saliencnn.models.weights import build_network
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

_log = logging.getLogger(__name__)


class NetworkMissing(UserError):
    """A run's network cannot be built here; the message says how to give it."""


def require_network(run: RunInfo) -> None:
    """Check that a run's network can be built here.

    Raises:
        NetworkMissing: it cannot.
    """
    try:
        find_architecture(run.arch)
    except CannotBuild as error:
        if not run.network:
            raise NetworkMissing(f"This needs the network itself. {error}") from error
        raise NetworkMissing(
            f"This needs the network itself, and {run.arch!r:.60} ({run.network:.120}) cannot be "
            "built here. Start saliencnn with a function of the number of classes that builds it: "
            f"{OPTION} {run.arch:.60}=FILE.py:FUNCTION, or {VARIABLE} with the same."
        ) from error


def describe_missing(run: RunInfo) -> str:
    """Return the sentence that a run's network cannot be built here; empty where it can."""
    try:
        require_network(run)
    except NetworkMissing as error:
        return str(error)
    return ""


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
    return restore_network(run, state)


def restore_network(run: RunInfo, state: Mapping[str, Tensor]) -> nn.Module:
    """Return a run's network with a checkpoint's weights, in evaluation.

    Its weights are laid out for images in ``channels_last``, which it explains faster.

    Raises:
        NetworkMissing: its architecture cannot be built here.
    """
    require_network(run)
    spec, package = run.spec, find_architecture(run.arch).package
    head = state.get(f"{spec.head}.weight")
    classes = spec.classes if head is None else len(head)
    model: nn.Module = build_network(run.arch, classes or 1, spec=spec).model.eval()
    change = "" if package == run.package else f": it was {run.package}, and here is {package}"
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise UserError(f"The weights of run {run.name} do not fit {run.arch}{change}.") from error
    if change and not run.watched:
        _log.warning("The network of run %s may differ%s.", run.name, change)
    return model.to(memory_format=torch.channels_last)
