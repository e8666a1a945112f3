"""Guidance: losses beside cross entropy that ask for the evidence to lie inside the object.

``inside`` lets the network classify from the target layer's cells inside the object alone.
``evidence`` punishes squared class evidence in the cells outside, as "right for the right reasons"
does with input gradients (Ross 2017), here at the target layer, so that the second derivative
goes through the head only. See also Schramowski 2020 and Anders 2022.

The evidence of a cell for class k is E_k = h w (d logit_k / d activations) . activations of the
cell, centred over the classes, because a vector added to all rows of the head changes no
probability: for a linear head on a global average it is what the logit would be if all cells were
alike. With random signs v, the expected square of sum_k v_k E_k is sum_k E_k^2 (Hutchinson 1989),
so one backward pass through the head serves any number of classes.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.common.hyperparameters import BOTH, EVIDENCE, INSIDE, Hyperparameters
from saliencnn.models.spec import ModelSpec
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
    halves = _Halves(spec, regions)
    handle = model.get_submodule(spec.target_layer).register_forward_hook(halves.keep)
    try:
        logits = model(images)
    finally:
        handle.remove()
    logits, inside_logits = logits[: len(images)], logits[len(images) :]
    loss = logits.new_zeros(len(images))
    if hp.guidance in (INSIDE, BOTH):
        loss = loss + functional.cross_entropy(
            inside_logits, labels, reduction="none", label_smoothing=hp.label_smoothing
        )
    if hp.guidance in (EVIDENCE, BOTH):
        outside = ~halves.inside
        loss = loss + (_square_evidence(logits, halves.maps) * outside).mean((1, 2, 3))
    return logits, torch.where(_can_guide(regions), loss, 0).mean()


class _Halves:
    """Lets a pass go on from the target layer twice: with all cells, then with those inside."""

    def __init__(self, spec: ModelSpec, regions: Tensor) -> None:
        self._spec, self._regions = spec, regions

    def keep(self, _module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        if not output.requires_grad:  # the backbone is frozen
            output = output.detach().requires_grad_()
        size = (self._regions.shape[-2], self._regions.shape[-1])
        self.maps = to_maps(output, self._spec, size)
        cells = functional.adaptive_max_pool2d(self._regions.float(), self.maps.shape[2:])
        self.inside = cells > 0
        both = torch.cat([self.maps, self.maps * self.inside])
        return from_maps(both, torch.cat([output, output]), self._spec)


def _square_evidence(logits: Tensor, maps: Tensor) -> Tensor:
    """Return an unbiased estimate of the mean over classes of E_k^2, (N, 1, h, w)."""
    signs = torch.randint_like(logits, 2) * 2 - 1
    signs = signs - signs.mean(1, keepdim=True)
    (gradients,) = torch.autograd.grad((logits * signs).sum(), maps, create_graph=True)
    evidence = (gradients * maps).sum(1, keepdim=True) * maps[0, 0].numel()
    return evidence.square() / logits.shape[1]


def _can_guide(regions: Tensor) -> Tensor:
    return regions.flatten(1).any(1) & ~regions.flatten(1).all(1)
