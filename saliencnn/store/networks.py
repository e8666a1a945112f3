"""Networks from the checkpoints of stored runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from saliencnn.common.errors import UserError
from saliencnn.models.architecture import CannotBuild
from saliencnn.models.architectures import find_architecture, why_not_here
from saliencnn.models.own_networks import explain_missing, is_own, name_by
from saliencnn.models.served import NetworkFacts
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.checkpoints import keep_for_good, kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.retention import name_keep
from saliencnn.store.runs import RunInfo

if TYPE_CHECKING:
    from torch import Tensor, nn

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
        raise NetworkMissing(_say_missing(run, str(error))) from error


def describe_missing(run: RunInfo) -> str:
    """Return the sentence that a run's network cannot be built here; empty where it can.

    It is for pages: nothing is loaded, so what is wrong with a person's own code is said later.
    """
    reason = why_not_here(run.arch)
    return reason and _say_missing(run, reason)


def _say_missing(run: RunInfo, reason: str) -> str:
    if run.network:
        return f"This needs the network itself, and {explain_missing(run.arch, run.network)}"
    return f"This needs the network itself. {reason}"


def setting_for_code(run: RunInfo) -> str:
    """Return the setting that names a run's code wherever its network is loaded.

    Empty where whoever has this package, or timm, can build it without.
    """
    try:
        own = find_architecture(run.arch).own
    except CannotBuild:
        own = bool(run.network) or is_own(run.arch)
    return name_by(run.arch) if own else ""


def describe_network(run: RunInfo, classes: tuple[str, ...]) -> NetworkFacts:
    """Return what lies beside the weights of a run's checkpoints.

    Args:
        run: the run.
        classes: class names, in the order of the scores.
    """
    return NetworkFacts(
        run.arch, classes, run.preparation, run.window, run.stored_spec, run.network
    )


def keep_network(store: Store, run: RunInfo, epoch: int) -> None:
    """Keep a complete epoch's checkpoint for good, if it is there; something refers to it."""
    model_id = kept_epochs(store, run.run_id).get(epoch)
    if model_id and epoch in run.epochs:
        with suppress(MissingArtifact):
            keep_for_good(store, model_id)


def load_network(store: Store, run: RunInfo, epoch: int) -> nn.Module:
    """Return the network of an epoch's checkpoint, in evaluation.

    Raises:
        UserError: no checkpoint of that epoch is kept.
    """
    try:
        state = read_checkpoint(store, kept_epochs(store, run.run_id)[epoch])
    except (KeyError, MissingArtifact) as error:
        raise UserError(
            f"Run {run.run_id} keeps no checkpoint of epoch {epoch}{name_keep(run)}, so nothing "
            "can be checked."
        ) from error
    return restore_network(run, state)


def restore_network(run: RunInfo, state: Mapping[str, Tensor]) -> nn.Module:
    """Return a run's network with a checkpoint's weights, in evaluation.

    Its weights are laid out for images in ``channels_last``, which it explains faster.

    Raises:
        NetworkMissing: its architecture cannot be built here.
    """
    import torch

    from saliencnn.models.stored_weights import load_state
    from saliencnn.models.weights import build_network

    require_network(run)
    spec, package = run.spec, find_architecture(run.arch).package
    head = state.get(f"{spec.head}.weight")
    classes = spec.classes if head is None else len(head)
    model: nn.Module = build_network(run.arch, classes or 1, spec=spec).model.eval()
    change = "" if package == run.package else f": it was {run.package}, and here is {package}"
    try:
        load_state(model, state)
    except RuntimeError as error:
        raise UserError(f"The weights of run {run.name} do not fit {run.arch}{change}.") from error
    if change and not run.watched:
        _log.warning("The network of run %s may differ%s.", run.name, change)
    return model.to(memory_format=torch.channels_last)
