"""Folded networks compute the same, and come back as they were."""

from collections import OrderedDict
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.models.architectures import ARCHITECTURES
from pipelines.models.catalogue import EVALUABLE
from pipelines.models.folding import folded

UNFOLDED = {"densenet121": 62, "densenet201": 102}
"""Norms that follow a concatenation; elsewhere every norm follows a convolution."""
OWN_CONVOLUTIONS = {"efficientnet_lite0": 49, "efficientnet_lite1": 64, "efficientnet_lite2": 64}
"""Norms behind a kind of convolution that pads by itself."""


def warm_up(model: nn.Module) -> nn.Module:
    """Give norms statistics and weights that change something, and evaluate."""
    generator = torch.Generator().manual_seed(0)
    for norm in norms_of(model):
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean.normal_(0, 0.1, generator=generator)
        norm.running_var.uniform_(0.5, 2, generator=generator)
        nn.init.uniform_(norm.weight, 0.5, 1.5, generator=generator)
        nn.init.normal_(norm.bias, 0, 0.1, generator=generator)
    return model.eval()


def norms_of(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def count_folded(model: nn.Module) -> int:
    return sum("forward" in vars(norm) for norm in norms_of(model))


class Net(nn.Module):
    """A convolution and a norm, and how a picture goes through them."""

    def __init__(self, flow: Callable[["Net", Tensor], Tensor]) -> None:
        super().__init__()
        self.flow = flow
        self.convolution = nn.Conv2d(3, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.other = nn.BatchNorm2d(3)

    def forward(self, images: Tensor) -> Tensor:
        return self.flow(self, images)


PLAIN = Net(lambda net, x: net.norm(net.convolution(x)))


@pytest.mark.parametrize("arch", EVALUABLE)
def test_a_folded_network_computes_the_same(arch: str) -> None:
    row = EVALUABLE[arch]
    # In double precision: in single, the random networks' ReLUs flip by rounding.
    model = warm_up(row.build(num_classes=5)).double()
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)).double()
    target = dict(model.state_dict(keep_vars=True))

    def answer() -> tuple[Tensor, Tensor]:
        leaf = images.clone().requires_grad_()
        scores = model(leaf)
        return scores.detach(), torch.autograd.grad(scores.sum(), leaf)[0]

    expected = answer()
    with folded(model):
        left = UNFOLDED.get(arch, 0) + OWN_CONVOLUTIONS.get(arch, 0)
        assert count_folded(model) == len(norms_of(model)) - left
        found = answer()
    for before, after in zip(expected, found, strict=True):
        torch.testing.assert_close(after, before, rtol=0, atol=1e-9 * float(before.abs().max()))
    assert count_folded(model) == 0
    state = model.state_dict(keep_vars=True)
    assert list(state) == list(target)
    assert all(state[name] is tensor for name, tensor in target.items())
    assert all(torch.equal(a, b) for a, b in zip(answer(), expected, strict=True))


def test_a_network_comes_back_from_an_exception() -> None:
    model = warm_up(ARCHITECTURES["smallgap"].build(num_classes=2))
    weights = list(model.parameters())
    with pytest.raises(RuntimeError), folded(model):
        model(torch.randn(1, 5, 32, 32))  # of five channels
    assert count_folded(model) == 0
    assert all(a is b for a, b in zip(model.parameters(), weights, strict=True))
    assert model.get_submodule("features.0").bias is None


def test_folding_twice_folds_once() -> None:
    model, images = (
        warm_up(ARCHITECTURES["smallgap"].build(num_classes=2)),
        torch.randn(1, 3, 32, 32),
    )
    expected = model(images)
    with folded(model):
        with folded(model):
            torch.testing.assert_close(model(images), expected)
        assert count_folded(model) == 4
        torch.testing.assert_close(model(images), expected)
    assert count_folded(model) == 0


@pytest.mark.parametrize(
    "flow",
    [
        pytest.param(lambda n, x: n.norm(n.convolution(n.convolution(x))), id="called twice"),
        pytest.param(lambda n, x: n.norm(y := n.convolution(x)) + y, id="seen by another layer"),
        pytest.param(lambda n, x: n.norm(functional.relu(n.convolution(x))), id="behind a relu"),
        pytest.param(lambda n, x: n.norm(n.norm(n.convolution(x))), id="a norm called twice"),
        pytest.param(
            lambda n, x: n.norm(n.convolution(x)) if x.mean() > 9 else x, id="by the data"
        ),
    ],
)
def test_what_the_norm_does_not_see_alone_is_not_folded(
    flow: Callable[[Net, Tensor], Tensor],
) -> None:
    model, images = warm_up(Net(flow)), torch.randn(2, 3, 8, 8)
    expected = model(images)
    with folded(model):
        assert count_folded(model) == 0
        assert torch.equal(model(images), expected)


def test_what_somebody_watches_is_not_folded() -> None:
    model = warm_up(PLAIN)
    for module in (model.convolution, model.norm):
        handle = module.register_forward_hook(lambda *_: None)
        with folded(model):
            assert count_folded(model) == 0
        handle.remove()
    with folded(model):
        assert count_folded(model) == 1


def test_a_norm_that_learns_or_has_no_statistics_is_not_folded() -> None:
    learning = Net(PLAIN.flow).train()
    bare = Net(PLAIN.flow).eval()
    bare.norm = nn.BatchNorm2d(3, track_running_stats=False).eval()
    for model in (learning, bare):
        with folded(model):
            assert count_folded(model) == 0


def test_the_explained_layer_puts_out_its_own() -> None:
    stem = OrderedDict(deep=nn.Sequential(nn.Conv2d(3, 4, 3)), norm=nn.BatchNorm2d(4))
    model, images = warm_up(nn.Sequential(stem)), torch.randn(1, 3, 8, 8)
    outputs: list[Tensor] = []

    def explain_layer(name: str) -> list[Tensor]:
        outputs.clear()
        with folded(model, name):
            record = model.get_submodule(name).register_forward_hook(
                lambda _module, _inputs, output: outputs.append(output)
            )
            model(images)
            record.remove()
        return [*outputs]

    plain = model.deep(images)  # type: ignore[operator]
    for name in ("deep", "deep.0"):
        torch.testing.assert_close(explain_layer(name), [plain])
    torch.testing.assert_close(explain_layer("norm"), [model(images)])


def test_weights_made_in_inference_mode_are_folded_as_well() -> None:
    images = torch.randn(1, 3, 32, 32)
    with torch.inference_mode():
        model = warm_up(ARCHITECTURES["smallgap"].build(num_classes=2))
    with torch.no_grad():
        expected = model(images)
        with folded(model):
            assert count_folded(model) == 4
            torch.testing.assert_close(model(images), expected)
