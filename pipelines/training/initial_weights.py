"""The network that a run starts from: random, published, a file's, or another run's checkpoint."""

import re

import torch
from torch import Tensor

from pipelines.training.request import Request
from saliencnn.common.errors import UserError
from saliencnn.data.loader import mix_seed
from saliencnn.models.spec import ModelSpec
from saliencnn.models.weights import Network, build_network
from saliencnn.store import checkpoints, runs
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.connection import Store

_CHECKPOINT = re.compile(r"run:([0-9a-f]{32}):([0-9]{1,4})")


def build_initial(store: Store, request: Request, classes: int, spec: ModelSpec) -> Network:
    """Build a request's network; what is random about its weights follows from the run's seed.

    Raises:
        UserError: unknown architecture or weights, or weights that do not fit.
    """
    hp = request.hyperparameters
    state = None
    if request.weights.startswith("run:"):
        state = _read_checkpoint(store, request.weights, request.arch)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mix_seed(hp.seed))
        return build_network(request.arch, classes, request.weights, hp.dropout, state, spec)


def _read_checkpoint(store: Store, weights: str, arch: str) -> dict[str, Tensor]:
    """Read the checkpoint that ``run:RUN_ID:EPOCH`` names."""
    named = _CHECKPOINT.fullmatch(weights)
    if not named:
        raise UserError(
            f"Weights {weights!r} must be run:RUN_ID:EPOCH, with the 32 hexadecimal digits of a "
            "run and the number of one of its epochs."
        )
    run_id, epoch = named[1], int(named[2])
    run = runs.read_run(store, run_id)
    if run.arch != arch:
        raise UserError(f"Weights {weights} are of {run.arch}; they do not fit {arch}.")
    kept = checkpoints.kept_epochs(store, run_id)
    try:
        return checkpoints.read_checkpoint(store, kept[epoch])
    except (KeyError, MissingArtifact) as error:
        listed = ", ".join(str(e) for e in kept if e != epoch) or "none"
        raise UserError(
            f"Run {run_id} keeps no checkpoint of epoch {epoch}; it keeps those of: {listed}."
        ) from error
