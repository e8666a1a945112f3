"""The first convolution: how a signal arrives there, and how its effect is taken out again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.common.errors import UserError
from saliencnn.saliency import NotApplicable
from saliencnn.saliency.passes import explaining

AFFINE = 1e-4
"""Most that a signal's arrival may depend on the image, as a fraction of the values there."""


@dataclass(frozen=True)
class Stem:
    """The first convolution through which the image flows, and a signal as it arrives there.

    Attributes:
        convolution: the network's own module.
        signal: (1, C, H, W) at the convolution's input, without the image; float64.
    """

    convolution: nn.Conv2d
    signal: Tensor

    def response(self) -> Tensor:
        """Return what the convolution makes of the signal, bias excluded, (1, C', H', W').

        It is the module's own forward pass, so padding (in whatever mode), stride, dilation and
        groups are the network's.
        """
        exact = precise(self.convolution)
        return exact.forward(self.signal) - exact.forward(torch.zeros_like(self.signal))

    def interior_response(self) -> Tensor:
        """Return that of a constant signal away from borders, (1, C', 1, 1): weights x shift."""
        weight = self.convolution.weight.detach().double()
        middle = [side // 2 for side in self.signal.shape[2:]]
        shift = self.signal[:, :, middle[0], middle[1], None, None]
        field = shift.expand(-1, -1, *weight.shape[2:])
        return functional.conv2d(field, weight, groups=self.convolution.groups)


class _Arrived(Exception):
    """Ends a forward pass at the first convolution that the image reaches."""

    def __init__(self, convolution: nn.Conv2d, values: Tensor) -> None:
        super().__init__()
        self.convolution, self.values = convolution, values


def find_stem(model: nn.Module, images: Tensor, signal: Tensor) -> Stem:
    """Follow a signal from the input to the first convolution.

    What lies before it (a change of colours, padding, normalisation in evaluation) must be affine:
    then the signal arrives there as in(x + s) - in(x), the same for every image x.

    Args:
        model: the network.
        images: (N, C, H, W).
        signal: (C, H, W), what is added to images.

    Raises:
        NotApplicable: the image reaches no convolution, or it is not affine what lies before.
        UserError: the image has another number of channels than the network takes.
    """
    with explaining(model):
        resting = _arrive(model, torch.zeros_like(signal)[None]).values
        struck = _arrive(model, signal[None])
        plain = _arrive(model, images).values
        raised = _arrive(model, images + signal).values
    arrived = struck.values.double() - resting.double()
    beside = raised.double() - plain.double()
    apart = (arrived - beside).abs().flatten(1).amax(dim=1)
    if not bool((apart <= AFFINE * raised.abs().flatten(1).amax(dim=1)).all()):
        raise NotApplicable(
            "Input variance is not defined here: what lies before the first convolution is not "
            "affine, so the effect of a signal depends on the image and cannot be subtracted."
        )
    return Stem(struck.convolution, arrived)


@contextmanager
def subtracting(model: nn.Module, convolution: nn.Conv2d, response: Tensor) -> Iterator[None]:
    """Subtract a response from a convolution's output wherever the image enters the network.

    At 100 standard deviations, float32 loses three of its seven digits to the signal; so the
    convolution and the subtraction are done in float64.

    Args:
        model: the network; it leaves as it came, also after an exception.
        convolution: its module.
        response: float64, broadcast over the output (N, C', H', W').
    """
    exact = precise(convolution)
    entering = True

    def enter(_module: nn.Module, _inputs: object) -> None:
        nonlocal entering
        entering = True

    def subtract(_module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
        nonlocal entering
        if not entering:  # a convolution used again further on sees no image
            return output
        entering = False
        return (exact.forward(inputs[0].double()) - response).to(output.dtype)

    with ExitStack() as hooks:
        hooks.callback(model.register_forward_pre_hook(enter).remove)
        # Before hooks of the network's owner, so that these see what they always see.
        hooks.callback(convolution.register_forward_hook(subtract, prepend=True).remove)
        yield


def precise(convolution: nn.Conv2d) -> nn.Conv2d:
    """Return a frozen copy in float64; call its ``forward``, which runs no hooks."""
    with torch.inference_mode(False):  # weights made in inference mode would bar gradients
        return deepcopy(convolution).double().requires_grad_(False)


def _arrive(model: nn.Module, images: Tensor) -> _Arrived:
    """Run images (N, C, H, W) as far as the first convolution; call within ``explaining``."""
    passed: list[str] = []

    def watch(module: nn.Module, inputs: tuple[object, ...]) -> None:
        values = inputs[0] if inputs else None
        # Parameters are frozen, so what requires a gradient stems from the image.
        if not isinstance(values, Tensor) or not values.requires_grad:
            return
        if isinstance(module, nn.Conv2d):
            raise _Arrived(module, values.detach())
        passed.append(type(module).__name__)

    with ExitStack() as hooks:
        for module in model.modules():
            if next(module.parameters(recurse=False), None) is not None:
                hooks.callback(module.register_forward_pre_hook(watch).remove)
        try:
            model(images.detach().clone().requires_grad_())
        except _Arrived as arrival:
            _check_channels(arrival)
            return arrival
    first = f"its first layer with weights is of the kind {passed[0]}" if passed else "it has none"
    raise NotApplicable(
        "Input variance is not defined here: it needs a first layer that is a convolution, "
        f"and the image reaches no convolution of this network; {first}."
    )


def _check_channels(arrival: _Arrived) -> None:
    found, needed = arrival.values.shape[1], arrival.convolution.in_channels
    if found != needed:
        raise UserError(f"An image has {found} channels; this network takes {needed}.")
