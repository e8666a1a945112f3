"""Batch norms folded into the convolutions before them, while a network only answers.

In evaluation a batch norm is an affine map of each channel, and so is what a convolution ends
with: one convolution with other weights computes both, and a pass reads and writes one feature map
less.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

_known: WeakKeyDictionary[nn.Module, list[tuple[str, str]]] = WeakKeyDictionary()


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
        for first, second in find_pairs(model):
            convolution, norm = model.get_submodule(first), model.get_submodule(second)
            ends_layer = _within(first, layer) and not _within(second, layer)
            if not ends_layer and not _is_watched(convolution) and not _is_watched(norm):
                _fold(convolution, norm, unfolding)
        yield


def find_pairs(model: nn.Module) -> list[tuple[str, str]]:
    """Return dotted names of convolutions and of the norm that alone sees what each puts out.

    A network whose Python code depends on its data cannot be followed, and has none.
    """
    if model not in _known:
        try:
            graph = fx.Tracer().trace(model)
        except Exception:  # whatever the network's own code makes of a placeholder
            _known[model] = []
        else:
            _known[model] = _pairs_in(graph, dict(model.named_modules()))
    return _known[model]


def _pairs_in(graph: fx.Graph, modules: dict[str, nn.Module]) -> list[tuple[str, str]]:
    called = [node for node in graph.nodes if node.op == "call_module"]
    calls = Counter(id(modules[str(node.target)]) for node in called)
    pairs = []
    for node in called:
        source = node.args[0] if node.args else None
        if not isinstance(source, fx.Node) or source.op != "call_module" or len(source.users) > 1:
            continue
        first, second = str(source.target), str(node.target)
        convolution, norm = modules[first], modules[second]
        # Of a subclass nobody knows what else it computes.
        alike = type(convolution) is nn.Conv2d and type(norm) is nn.BatchNorm2d
        if alike and calls[id(convolution)] == calls[id(norm)] == 1:
            pairs.append((first, second))
    return pairs


def _within(name: str, layer: str) -> bool:
    return name == layer or name.startswith(f"{layer}.")


def _is_watched(module: nn.Module) -> bool:
    """Whether somebody sees or changes what a layer computes; a folded norm is such a layer."""
    return bool(module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module))


def _fold(convolution: nn.Module, norm: nn.Module, unfolding: ExitStack) -> None:
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    if norm.training or norm.running_mean is None or norm.running_var is None:
        return
    weight, bias = convolution.weight, convolution.bias

    def unfold() -> None:
        convolution.weight, convolution.bias = weight, bias
        del vars(norm)["forward"]

    convolution.weight, convolution.bias = fuse_conv_bn_weights(
        weight, bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    # The layout in which the CPU convolves fastest; what follows takes it over.
    convolution.weight.data = convolution.weight.data.contiguous(memory_format=torch.channels_last)
    vars(norm)["forward"] = _pass_on
    unfolding.callback(unfold)


def _pass_on(features: Tensor) -> Tensor:
    return features
