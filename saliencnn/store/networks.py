"""Networks from the checkpoints of stored runs."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.weights import build_network
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


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
        UserError: its architecture cannot be built here.
    """
    classes = run.spec.classes or len(state[f"{run.spec.head}.weight"])
    model: nn.Module = build_network(run.arch, classes).model.eval()
    model.load_state_dict(state)
    return model.to(memory_format=torch.channels_last)
