"""Networks that score the same classes in another order, brought into one."""

from copy import deepcopy
from dataclasses import replace

import torch

from pipelines.evaluation.models import Candidate
from saliencnn.data.classset import ClassSet
from saliencnn.models.catalogue import digest_state
from saliencnn.models.outputs import read_logits

_TOLERANCE = 1e-4


def put_in_order(candidate: Candidate, wanted: ClassSet) -> Candidate | None:
    """Return a network whose scores stand in another order of its classes.

    The rows of its head are exchanged, so it is a network of other weights, which its evaluation
    keeps.

    Args:
        candidate: the network; it stays as it is.
        wanted: classes in the order that is wanted.

    Returns:
        None where it scores other classes, or its head is not what their order depends on.
    """
    own, spec = candidate.class_set, candidate.spec
    if not spec.head or sorted(own.classes) != sorted(wanted.classes):
        return None
    order = torch.tensor([own.classes.index(name) for name in wanted.classes])
    network = deepcopy(candidate.network)
    parameters = list(network.get_submodule(spec.head).parameters())
    if any(len(one) != len(own) for one in parameters):
        return None
    some = torch.randn(2, *candidate.preparation.shape, generator=torch.Generator().manual_seed(0))
    some = some.to(parameters[0].device)
    with torch.no_grad():
        for one in parameters:
            one.copy_(one[order])
        now, before = (read_logits(one(some), spec.logits) for one in (network, candidate.network))
    if not torch.allclose(now, before[:, order], atol=_TOLERANCE, rtol=_TOLERANCE):
        return None
    note = f"Its classes stand in the order of {wanted.name} here, for comparison."
    return replace(
        candidate,
        network=network,
        class_set=wanted,
        digest=digest_state(network.state_dict()),
        checkpoint="",
        notes=(*candidate.notes, note),
    )
