"""Passes through a network: cut at the target layer, from that layer on, or back to the input."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saliencnn.models.folding import folded

# Else cuDNN may add up gradients in any order, and a seed would not decide what a GPU computes. It
# holds for the whole process, training included.
torch.backends.cudnn.deterministic = True


@dataclass(frozen=True)
class CutPass:
    """What one forward pass leaves behind.

    Attributes:
        logits: (N, classes), attached to ``activations`` only.
        activations: (N, channels, h, w), the target layer's output as a leaf of the graph; the
            last one, where a pass calls the layer several times.
        calls: how often the pass called the layer.
    """

    logits: Tensor
    activations: Tensor
    calls: int = 1

    def gradients(self, class_idx: Tensor) -> Tensor:
        """Return d logit[class_idx] / d activations, (N, channels, h, w); may be repeated."""
        score = scores_of(self.logits, class_idx).sum()
        return torch.autograd.grad(score, self.activations, retain_graph=True)[0]


@contextmanager
def explaining(model: nn.Module, layer: str = "") -> Iterator[None]:
    """Put a network into evaluation with frozen parameters; leave it exactly as it came.

    On a CPU its batch norms are folded into its convolutions meanwhile, see
    ``saliencnn.models.folding``. On a GPU that takes longer than the one pass that most calls need.

    Args:
        model: the network.
        layer: dotted name of a layer whose own output is explained.
    """
    training = [module for module in model.modules() if module.training]
    parameters = list(model.parameters())
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    on_gpu = bool(parameters) and parameters[0].is_cuda
    try:
        with torch.inference_mode(False), torch.enable_grad():
            if training:
                model.eval()
            for parameter in trainable:
                parameter.requires_grad_(False)
            with nullcontext() if on_gpu else folded(model, layer):
                yield
    finally:
        for module in training:
            module.training = True
        for parameter in trainable:
            parameter.requires_grad_(True)


def scores_of(logits: Tensor, class_idx: Tensor) -> Tensor:
    """Return each image's logit of its class, (N,)."""
    # The clone is for an index made in inference mode, which autograd may not keep.
    return logits.gather(1, class_idx[:, None].clone())[:, 0]


def cut_pass(model: nn.Module, images: Tensor, layer: str) -> CutPass:
    """Run a network on images, cutting the graph at a layer; call within ``explaining``.

    Args:
        model: network that returns logits (N, classes).
        images: float (N, 3, H, W), normalised as the network expects.
        layer: dotted name of the target layer.
    """
    captured: list[Tensor] = []

    def cut(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        leaf = output.detach().requires_grad_()
        captured.append(leaf)
        # A ReLU in place may follow (DenseNet's does); it must not write into the leaf.
        return leaf.clone()

    handle = model.get_submodule(layer).register_forward_hook(cut)
    try:
        logits = model(images.clone() if images.is_inference() else images)
    finally:
        handle.remove()
    return CutPass(logits, captured[-1], len(captured))


class _Reached(Exception):
    """Ends a forward pass at a layer."""


def pass_to(model: nn.Module, images: Tensor, layer: str) -> Tensor:
    """Return a layer's output (N, channels, h, w) without computing what follows.

    Args:
        model: as for ``cut_pass``; it calls the layer once.
        images: as for ``cut_pass``.
        layer: dotted name of the layer.
    """
    captured: list[Tensor] = []

    def end(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        captured.append(output)
        raise _Reached

    handle = model.get_submodule(layer).register_forward_hook(end)
    try:
        with suppress(_Reached):
            model(images)
    finally:
        handle.remove()
    return captured[0]


def head_pass(
    model: nn.Module, image: Tensor, layer: str, activations: Tensor, calls: int = 1
) -> Tensor:
    """Return the logits (M, classes) of given activations, as if the layer had put them out.

    What lies before the layer runs on one image, whatever M is: its output is thrown away.

    Args:
        model: as for ``cut_pass``.
        image: (3, H, W), any image that the network takes.
        layer: dotted name of the layer.
        activations: (M, channels, h, w).
        calls: how often a pass calls the layer; the last output is replaced.
    """
    left = calls

    def replace(_module: nn.Module, _inputs: object, _output: Tensor) -> Tensor | None:
        nonlocal left
        left -= 1
        return None if left else activations.clone()

    handle = model.get_submodule(layer).register_forward_hook(replace)
    try:
        logits: Tensor = model(image[None])
    finally:
        handle.remove()
    return logits


def input_gradients(model: nn.Module, images: Tensor, class_idx: Tensor) -> Tensor:
    """Return d logit[class_idx] / d images, (N, 3, H, W); call within ``explaining``."""
    leaf = images.detach().clone().requires_grad_()
    return torch.autograd.grad(scores_of(model(leaf), class_idx).sum(), leaf)[0]
