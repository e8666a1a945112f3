"""Passes through a network: cut at the target layer, from that layer on, or back to the input.

All of them run within ``explaining``, which puts the network into evaluation, freezes it and makes
it return logits (N, classes), and leaves network and process exactly as they came.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saliencnn.common.cudnn import deterministic_cudnn
from saliencnn.models.folding import folded
from saliencnn.models.outputs import read_scores
from saliencnn.models.spec import LOGIT, ModelSpec
from saliencnn.saliency.layout import from_maps, to_maps


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

    def gradients(self, targets: Tensor) -> Tensor:
        """Return d logit[targets] / d activations, (N, channels, h, w); may be repeated."""
        score = scores_of(self.logits, targets).sum()
        return torch.autograd.grad(score, self.activations, retain_graph=True)[0]


@contextmanager
def explaining(model: nn.Module, spec: ModelSpec | None = None) -> Iterator[None]:
    """Put a network into evaluation with frozen parameters; leave it exactly as it came.

    On a CPU its batch norms are folded into its convolutions meanwhile, see
    ``saliencnn.models.folding``. On a GPU that takes longer than the one pass that most calls need.

    Args:
        model: the network.
        spec: names the layer whose own output is explained, where the logits are, and which score
            is explained.
    """
    parameter = next(model.parameters(), None)
    with ExitStack() as leaving:
        leaving.enter_context(frozen(model))
        if parameter is None or not parameter.is_cuda:
            leaving.enter_context(folded(model, spec.target_layer if spec else ""))
        if spec and (spec.logits is not None or spec.score != LOGIT):
            handle = model.register_forward_hook(lambda *call: read_scores(call[-1], spec))
            leaving.callback(handle.remove)
        yield


@contextmanager
def frozen(model: nn.Module) -> Iterator[None]:
    """Put a network into evaluation with frozen parameters; leave it exactly as it came."""
    modules = list(model.modules())
    training = [module for module in modules if module.training]
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    try:
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            deterministic_cudnn(),
            running_eagerly(modules),
        ):
            if training:
                model.eval()
            for parameter in trainable:
                parameter.requires_grad_(False)
            yield
    finally:
        for module in training:
            module.training = True
        for parameter in trainable:
            parameter.requires_grad_(True)


@contextmanager
def running_eagerly(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Run what ``torch.compile`` has compiled as it is written: compiled code calls no hooks."""
    if any(map(_is_compiled, modules)):
        with torch.compiler.set_stance("force_eager"):
            yield
    else:
        yield


def _is_compiled(module: nn.Module) -> bool:
    return module._compiled_call_impl is not None or "_orig_mod" in module._modules


def scores_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Return each image's logit of its class, (N,)."""
    # The clone is for an index made in inference mode, which autograd may not keep.
    return logits.gather(1, targets[:, None].clone())[:, 0]


def cut_pass(model: nn.Module, images: Tensor, spec: ModelSpec) -> CutPass:
    """Run a network on images, cutting the graph at the target layer; call within ``explaining``.

    Args:
        model: network that returns logits (N, classes).
        images: float (N, 3, H, W), normalised as the network expects.
        spec: names the target layer.

    Raises:
        UserError: the layer puts out no maps.
    """
    captured: list[Tensor] = []

    def cut(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        leaf = _maps_of(output, spec, images).detach().requires_grad_()
        captured.append(leaf)
        # A ReLU in place may follow (DenseNet's does); it must not write into the leaf, and of a
        # rectified layer it must let the gradient of all cells through, also where they are zero.
        passed = leaf + torch.finfo(leaf.dtype).tiny if spec.rectified else leaf.clone()
        return from_maps(passed, output, spec)

    handle = model.get_submodule(spec.target_layer).register_forward_hook(cut)
    try:
        logits = model(images.clone() if images.is_inference() else images)
    finally:
        handle.remove()
    return CutPass(logits, captured[-1], len(captured))


class _Reached(Exception):
    """Ends a forward pass at a layer."""


def pass_to(model: nn.Module, images: Tensor, spec: ModelSpec) -> Tensor:
    """Return the target layer's maps (N, channels, h, w) without computing what follows.

    Args:
        model: as for ``cut_pass``; it calls the layer once.
        images: as for ``cut_pass``.
        spec: names the target layer.
    """
    captured: list[Tensor] = []

    def end(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        captured.append(_maps_of(output, spec, images))
        raise _Reached

    handle = model.get_submodule(spec.target_layer).register_forward_hook(end)
    try:
        with suppress(_Reached):
            model(images)
    finally:
        handle.remove()
    return captured[0]


def head_pass(
    model: nn.Module, image: Tensor, spec: ModelSpec, activations: Tensor, calls: int
) -> Tensor:
    """Return the logits (M, classes) of given maps, as if the target layer had put them out.

    What lies before the layer runs on one image, whatever M is: its output is thrown away.

    Args:
        model: as for ``cut_pass``.
        image: (3, H, W), any image that the network takes.
        spec: names the target layer.
        activations: (M, channels, h, w).
        calls: how often a pass calls the layer; the last output is replaced.
    """
    left = calls

    def replace(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor | None:
        nonlocal left
        left -= 1
        return None if left else from_maps(activations.clone(), output, spec)

    handle = model.get_submodule(spec.target_layer).register_forward_hook(replace)
    try:
        logits: Tensor = model(image[None])
    finally:
        handle.remove()
    return logits


def input_gradients(model: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    """Return d logit[targets] / d images, (N, 3, H, W); call within ``explaining``."""
    leaf = images.detach().clone().requires_grad_()
    return torch.autograd.grad(scores_of(model(leaf), targets).sum(), leaf)[0]


def _maps_of(output: Tensor, spec: ModelSpec, images: Tensor) -> Tensor:
    maps = to_maps(output, spec, (images.shape[-2], images.shape[-1]))
    return maps.relu() if spec.rectified else maps
