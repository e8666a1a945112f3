"""Batch norms folded into the convolutions before them, while a network only answers.

In evaluation a batch norm is an affine map of each channel, and so is what a convolution ends
with: one convolution with other weights computes both, and a pass reads and writes one feature map
less.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

FOLLOWING: dict[str, tuple[tuple[str, str], ...]] = {
    "resnet.ResNet": (("conv1", "bn1"),),
    "resnet.BasicBlock": (("conv1", "bn1"), ("conv2", "bn2")),
    "resnet.Bottleneck": (("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3")),
    "googlenet.BasicConv2d": (("conv", "bn"),),
    "densenet._DenseLayer": (("conv1", "norm2"),),
}
"""Kind of module, as ``torchvision.models`` names it -> its convolutions, and the norm that alone
sees what each puts out.

In any sequence of layers this is so for neighbours. ``torch.fx`` would follow the data instead, but
while it does, it replaces ``nn.Module.__call__`` for all threads of the process.
"""


@contextmanager
def folded(model: nn.Module, layer: str = "") -> Iterator[None]:
    """Fold batch norms into convolutions, and take them apart again.

    A folded convolution puts out what its norm did; all other layers put out the same as ever, up
    to rounding.

    Args:
        model: the network, in evaluation; it leaves as it came, also after an exception.
        layer: dotted name of a layer whose own output is wanted.
    """
    with ExitStack() as unfolding:
        for first, second in _find_pairs(model):
            convolution, norm = model.get_submodule(first), model.get_submodule(second)
            if first != layer and not _is_watched(convolution) and not _is_watched(norm):
                _fold(convolution, norm, unfolding)
        yield


def _find_pairs(model: nn.Module) -> list[tuple[str, str]]:
    """Return dotted names of convolutions and of the norm that alone sees what each puts out."""
    uses = Counter(id(module) for _, module in model.named_modules(remove_duplicate=False))
    pairs = []
    for prefix, parent in model.named_modules():
        for first, second in _following(parent):
            convolution, norm = parent.get_submodule(first), parent.get_submodule(second)
            # Of a subclass nobody knows what else it computes.
            alike = type(convolution) is nn.Conv2d and type(norm) is nn.BatchNorm2d
            if alike and uses[id(convolution)] == uses[id(norm)] == 1:
                start = f"{prefix}." if prefix else ""
                pairs.append((start + first, start + second))
    return pairs


def _following(parent: nn.Module) -> list[tuple[str, str]]:
    if "forward" in vars(parent):
        return []
    if isinstance(parent, nn.Sequential) and type(parent).forward is nn.Sequential.forward:
        return list(pairwise(name for name, _ in parent.named_children()))
    kind = type(parent)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("torchvision.models.")
    return list(FOLLOWING.get(name, ()))


def _is_watched(module: nn.Module) -> bool:
    """Whether somebody sees or changes what a layer computes; a folded norm is such a layer."""
    hooks = (
        module._forward_hooks, module._forward_pre_hooks, module._backward_hooks,
        module._backward_pre_hooks,
    )  # fmt: skip
    return any(hooks) or "forward" in vars(module)


def _fold(convolution: nn.Module, norm: nn.Module, unfolding: ExitStack) -> None:
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    if norm.training or norm.running_mean is None or norm.running_var is None:
        return
    weight, bias = convolution.weight, convolution.bias
    both = fuse_conv_bn_weights(
        weight, bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )

    def unfold() -> None:
        convolution.weight, convolution.bias = weight, bias
        vars(norm).pop("forward", None)

    unfolding.callback(unfold)
    vars(norm)["forward"] = _pass_on
    convolution.weight, convolution.bias = both


def _pass_on(features: Tensor) -> Tensor:
    return features
