"""One forward pass of a network with a hook at every layer: what each put out, in which order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.spec import ModelSpec
from saliencnn.saliency.layout import Size, to_maps
from saliencnn.saliency.passes import frozen

SIZES = (224, 96, 64, 32, 28, 299, 384)
"""Sides of the square images that are tried where nothing says what a network takes."""
_WIDTHS = ("out_channels", "out_features", "num_features", "num_channels")


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer in the traced pass.

    Attributes:
        name: dotted name of the layer.
        module: the layer.
        input: what it was given first.
        output: what it put out; kept, so that no other tensor gets its memory.
        version: how often the output had been written to in place by then.
        place: among all calls, in the order in which they ended.
    """

    name: str
    module: nn.Module
    input: Any
    output: Any
    version: int
    place: int

    @property
    def identity(self) -> object:
        """Equal for two calls if they put out the same values, be it in another shape."""
        if not isinstance(self.output, Tensor):
            return id(self.output)
        return identify(self.output, self.version)

    @property
    def overwritten(self) -> bool:
        """Whether something wrote into the output later on."""
        return self.output._version != self.version


@dataclass(frozen=True, eq=False)
class Trace:
    """What one pass of two images left behind.

    Attributes:
        images: (2, C, H, W); gradients flow back to them.
        output: what the network returned.
        calls: of all layers but the network itself, in the order in which they ended.
    """

    images: Tensor
    output: Any
    calls: tuple[Call, ...]

    @property
    def size(self) -> Size:
        """Height and width of the images in pixels."""
        return (self.images.shape[-2], self.images.shape[-1])

    def maps(self, output: object, spec: ModelSpec) -> Tensor:
        """Return a target layer's output, or its gradient, as maps (2, C, h, w)."""
        return to_maps(output, spec, self.size)

    def last(self, name: str) -> Call | None:
        """Return the last call of a layer, or None if it was not called."""
        return next((call for call in reversed(self.calls) if call.name == name), None)


def identify(output: Tensor, version: int) -> object:
    """Return what tells a tensor's values from all others', whatever its shape."""
    return (output.untyped_storage().data_ptr(), output.numel(), version)


def width_of(call: Call) -> int | None:
    """Return how many channels a layer with weights puts out."""
    shape = getattr(call.module, "normalized_shape", None)
    if shape:
        return int(shape[-1])
    widths = (getattr(call.module, name, None) for name in _WIDTHS)
    return next((width for width in widths if isinstance(width, int)), None)


def gradients_of(scores: Tensor, outputs: Sequence[Tensor]) -> list[Tensor | None]:
    """Return the gradients of a sum of numbers; None where they do not come from an output."""
    # Weights that differ, so that the gradients of several numbers do not cancel out.
    weights = torch.linspace(1, 2, scores.numel(), dtype=scores.dtype, device=scores.device)
    total = (scores.flatten() * weights).sum()
    asked = [output for output in outputs if output.requires_grad]
    if not asked or not total.requires_grad:
        return [None] * len(outputs)
    found = torch.autograd.grad(total, asked, retain_graph=True, allow_unused=True)
    known = dict(zip(map(id, asked), found, strict=True))
    return [known.get(id(output)) for output in outputs]


def trace(model: nn.Module, images: Tensor | None) -> Trace:
    """Run a network once on two images.

    Args:
        model: the network; it leaves as it came.
        images: (N, C, H, W), the first of which is shown; without, noise of a size that the
            network takes.

    Raises:
        UserError: the network does not run on such images.
    """
    failure = ""
    for pair in [pair_of(images)] if images is not None else noises_for(model):
        try:
            return _run(model, pair)
        except UserError:
            raise
        except Exception as error:  # a network's forward may raise anything
            failure = failure or f"on images of the shape {tuple(pair.shape)}: {error!s:.300}"
    advice = "" if images is not None else " Show it an image: inspect_model(model, images)."
    raise UserError(f"The network does not run {failure}.{advice}")


def pair_of(images: Tensor) -> Tensor:
    """Return the first image and one of noise: of a black image alone, nothing would be seen."""
    noise = _noise(images.shape[1:], images)
    return torch.cat([images[:1], noise[1:]]) if len(images) else noise


def noises_for(model: nn.Module) -> Iterator[Tensor]:
    """Yield pairs of noise in the sizes that a network may take, the likeliest first."""
    layers = [module for module in model.modules() if isinstance(module, nn.Conv2d)]
    channels = layers[0].in_channels if layers else 3
    own = getattr(getattr(model, "config", model), "image_size", None)
    parameter = next(model.parameters(), torch.empty(0))
    for side in dict.fromkeys([own, *SIZES] if isinstance(own, int) else SIZES):
        yield _noise((channels, side, side), parameter)


def _noise(shape: Iterable[int], like: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(0)  # the caller's random numbers must not move
    return torch.randn(2, *shape, generator=generator).to(like.device, like.dtype)


def _run(model: nn.Module, images: Tensor) -> Trace:
    calls: list[Call] = []

    def note(name: str) -> Callable[[nn.Module, tuple[object, ...], object], None]:
        def hook(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
            version = output._version if isinstance(output, Tensor) else 0
            given = inputs[0] if inputs else None
            calls.append(Call(name, module, given, output, version, len(calls)))

        return hook

    with ExitStack() as leaving:
        leaving.enter_context(frozen(model))
        for name, module in model.named_modules():
            if name:
                leaving.callback(module.register_forward_hook(note(name)).remove)
        leaf = images.detach().clone().requires_grad_()
        output = model(leaf)
    return Trace(leaf, output, tuple(calls))
