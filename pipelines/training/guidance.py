"""Guidance: losses beside cross entropy that ask for the evidence to lie inside the object.

``inside`` lets the network classify from the target layer's cells inside the object alone.
``evidence`` punishes squared class evidence in the cells outside, as "right for the right reasons"
does with input gradients (Ross 2017), here at the target layer, so that the second derivative
goes through the head only. See also Schramowski 2020 and Anders 2022.

The evidence of a cell for class k is E_k = h w (d logit_k / d activations) . activations of the
cell, centred over the classes, because a vector added to all rows of the head changes no
probability: for a linear head on a global average it is what the logit would be if all cells were
alike. With random signs v, the expected square of sum_k v_k E_k is sum_k E_k^2 (Hutchinson 1989),
so one backward pass through the head serves any number of classes. A linear head has the evidence
of each class at the cost of its row, so there few classes are all taken, and of many as many signs.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.common.hyperparameters import BOTH, EVIDENCE, INSIDE, Hyperparameters
from saliencnn.models.outputs import read_logits
from saliencnn.models.spec import POOLED, ModelSpec
from saliencnn.saliency.layout import from_maps, to_maps


def guided_pass(
    model: nn.Module, spec: ModelSpec, images: Tensor, labels: Tensor, regions: Tensor,
    hp: Hyperparameters,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return the logits of images and what guidance makes of them.

    Args:
        model: the network, in training.
        spec: names its target layer.
        images: normalised float (N, 3, H, W).
        labels: int64 (N,).
        regions: bool (N, 1, H, W), where the evidence may lie. Images of which all or nothing may
            count are not guided.
        hp: its ``guidance``, other than ``none``, and ``label_smoothing``.

    Returns:
        Logits (N, classes), and the guidance loss, averaged over all N images.

    Raises:
        UserError: the target layer puts out no maps.
    """
    guided = _pooled_pass if _is_linear(model, spec) else _double_pass
    logits, inside_logits, evidence = guided(model, spec, images, regions, hp)
    loss = logits.new_zeros(len(images))
    if inside_logits is not None:
        loss = loss + functional.cross_entropy(
            inside_logits, labels, reduction="none", label_smoothing=hp.label_smoothing
        )
    if evidence is not None:
        loss = loss + evidence
    return logits, torch.where(_can_guide(regions), loss, 0).sum() / max(1, len(images))


PROBES = 64
"""Classes up to which a linear head's evidence is computed, not estimated."""
Guided = tuple[Tensor, Tensor | None, Tensor | None]
"""Logits (N, classes), those of the inside and the squared evidence outside (N,), if asked for."""


def _pooled_pass(
    model: nn.Module, spec: ModelSpec, images: Tensor, regions: Tensor, hp: Hyperparameters
) -> Guided:
    """Guide a network whose head is linear on the target layer's global average.

    It takes the product of the cells with the head's rows, and a second average, over the inside:
    of what that product left where it has few classes, else of the cells. Both go along the
    channels, in the order in which convolutions leave them in memory.
    """
    head = model.get_submodule(spec.head)
    assert isinstance(head, nn.Linear)
    held: list[Tensor] = []
    layer = model.get_submodule(spec.target_layer)
    handle = layer.register_forward_hook(lambda *call: held.append(call[-1]))
    try:
        logits = read_logits(model(images), spec.logits)
    finally:
        handle.remove()
    maps = to_maps(held[0], spec, _size(regions))
    maps = maps.relu() if spec.rectified else maps
    inside = _cells_inside(regions, maps).flatten(1)
    cells = maps.permute(0, 2, 3, 1).flatten(1, 2)
    inside_logits = evidence = None
    if hp.guidance in (EVIDENCE, BOTH):
        found = functional.linear(cells, _probe(head.weight)).float()
        evidence = (found.square().mean(2) * ~inside).mean(1)
    if hp.guidance == BOTH and len(head.weight) <= PROBES:
        # But for what all classes have in common, which changes no probability.
        inside_logits = _average(found, inside) + (0 if head.bias is None else head.bias)
    elif hp.guidance in (INSIDE, BOTH):
        inside_logits = head(_average(cells, inside))
    return logits, inside_logits, evidence


def _average(cells: Tensor, inside: Tensor) -> Tensor:
    """Return the average (N, C) of cells (N, h w, C), of which those outside count as 0."""
    fractions = inside[:, None] / inside.shape[1]
    return torch.bmm(fractions.to(cells.dtype), cells)[:, 0]


def _double_pass(
    model: nn.Module, spec: ModelSpec, images: Tensor, regions: Tensor, hp: Hyperparameters
) -> Guided:
    """Guide any network: it goes on from its target layer twice."""
    halves = _Halves(spec, regions)
    handle = model.get_submodule(spec.target_layer).register_forward_hook(halves.keep)
    try:
        logits = read_logits(model(images), spec.logits)
    finally:
        handle.remove()
    logits, inside_logits = logits[: len(images)], logits[len(images) :]
    evidence = None
    if hp.guidance in (EVIDENCE, BOTH):
        squares = _square_evidence(logits, halves.maps)
        evidence = (squares * ~halves.inside).mean((1, 2, 3))
    return logits, inside_logits if hp.guidance in (INSIDE, BOTH) else None, evidence


def _probe(rows: Tensor) -> Tensor:
    """Return rows of which the mean squared product is that of a head's rows, centred."""
    centred = rows - rows.mean(0)
    if len(rows) <= PROBES:
        return centred
    signs = torch.randint(2, (PROBES, len(rows)), device=rows.device, dtype=rows.dtype) * 2 - 1
    return signs @ centred / len(rows) ** 0.5


def _is_linear(model: nn.Module, spec: ModelSpec) -> bool:
    pooled = spec.head_kind == POOLED and spec.head
    return bool(pooled) and isinstance(model.get_submodule(spec.head), nn.Linear)


def _cells_inside(regions: Tensor, maps: Tensor) -> Tensor:
    """Return which cells touch a region, bool (N, 1, h, w)."""
    cells = (maps.shape[2], maps.shape[3])
    return functional.adaptive_avg_pool2d(regions.float(), cells) > 0


def _size(regions: Tensor) -> tuple[int, int]:
    return (regions.shape[-2], regions.shape[-1])


class _Halves:
    """Lets a pass go on from the target layer twice: with all cells, then with those inside."""

    def __init__(self, spec: ModelSpec, regions: Tensor) -> None:
        self._spec, self._regions = spec, regions

    def keep(self, _module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        if not output.requires_grad:  # the backbone is frozen
            output = output.detach().requires_grad_()
        self.maps = to_maps(output, self._spec, _size(self._regions))
        self.inside = _cells_inside(self._regions, self.maps)
        both = torch.cat([self.maps, self.maps * self.inside])
        return from_maps(both, torch.cat([output, output]), self._spec)


def _square_evidence(logits: Tensor, maps: Tensor) -> Tensor:
    """Return an unbiased estimate of the mean over classes of E_k^2, (N, 1, h, w)."""
    (gradients,) = torch.autograd.grad((logits * _signs(logits)).sum(), maps, create_graph=True)
    evidence = (gradients * maps).sum(1, keepdim=True) * maps[0, 0].numel()
    return evidence.square() / logits.shape[1]


def _signs(logits: Tensor) -> Tensor:
    """Return random signs, centred over the classes, (N, classes)."""
    signs = torch.randint_like(logits, 2) * 2 - 1
    return signs - signs.mean(1, keepdim=True)


def _can_guide(regions: Tensor) -> Tensor:
    bytes_ = regions.flatten(1).view(torch.uint8)  # of which torch takes many at once
    return bytes_.amax(1) > bytes_.amin(1)
