"""Folded networks compute the same, and come back as they were."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from saliencnn.models.architectures import ARCHITECTURES, TABLE
from saliencnn.models.folding import folded
from tests.helpers.kinds import DEEPER

UNFOLDED = {"densenet121": 62}
"""Norms that follow a concatenation; elsewhere every norm follows a convolution."""
OWN_CONVOLUTIONS = {"efficientnet_lite0": 49, "efficientnet_lite1": 64, "efficientnet_lite2": 64}
"""Norms behind a kind of convolution that pads by itself."""


def warm_up(model: nn.Module) -> nn.Module:
    """Give norms statistics and weights that change something, and evaluate."""
    generator = torch.Generator().manual_seed(0)
    for norm in norms_of(model):
        if norm.running_mean is not None and norm.running_var is not None:
            norm.running_mean.normal_(0, 0.1, generator=generator)
            norm.running_var.uniform_(0.5, 2, generator=generator)
        nn.init.uniform_(norm.weight, 0.5, 1.5, generator=generator)
        nn.init.normal_(norm.bias, 0, 0.1, generator=generator)
    return model.eval()


def norms_of(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def count_folded(model: nn.Module) -> int:
    return sum("forward" in vars(norm) for norm in norms_of(model))


def pair() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3))


class Jumping(nn.Sequential):
    """A sequence that its own way of passing data on makes none."""

    def forward(self, images: Tensor) -> Tensor:
        convolution, norm = self
        return norm(convolution(images)) + convolution(images)


class Unknown(nn.Module):
    """A kind of network that nobody has told of."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = pair()

    def forward(self, images: Tensor) -> Tensor:
        features = self.conv1(images)
        return self.bn1(features) + features


def used_twice() -> nn.Module:
    layers = pair()
    return nn.Sequential(*layers, layers[0])


def without_statistics() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 3, 3), nn.BatchNorm2d(3, track_running_stats=False))


def of_another_kind() -> nn.Module:
    class Scaled(nn.BatchNorm2d):
        def forward(self, features: Tensor) -> Tensor:
            return 2 * super().forward(features)

    return nn.Sequential(nn.Conv2d(3, 3, 3), Scaled(3))


def with_its_own_way() -> nn.Module:
    layers = pair()
    layers.forward = lambda images: layers[0](images)  # type: ignore[method-assign,assignment]
    return layers


def watched(register: Callable[[nn.Module], object], place: int) -> nn.Module:
    layers = pair()
    register(layers[place])
    return layers


def no_matter(*_: object) -> None:
    pass


@pytest.mark.parametrize("arch", [arch for arch in TABLE if arch not in DEEPER])
def test_a_folded_network_computes_the_same(arch: str) -> None:
    row = TABLE[arch]
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
    "model",
    [
        pytest.param(Jumping(*pair()), id="no sequence"),
        pytest.param(Unknown(), id="of an unknown kind"),
        pytest.param(used_twice(), id="used twice"),
        pytest.param(without_statistics(), id="without statistics"),
        pytest.param(of_another_kind(), id="of another kind"),
        pytest.param(with_its_own_way(), id="with its own way"),
        *(
            pytest.param(watched(register, place), id=f"watched {name} {place}")
            for place in (0, 1)
            for name, register in {
                "after": lambda module: module.register_forward_hook(no_matter),
                "before": lambda module: module.register_forward_pre_hook(no_matter),
                "backwards": lambda module: module.register_full_backward_hook(no_matter),
            }.items()
        ),
    ],
)
def test_what_the_norm_may_not_see_alone_is_not_folded(model: nn.Module) -> None:
    warm_up(model)
    images = torch.randn(2, 3, 8, 8)
    expected = model(images)
    with folded(model):
        assert count_folded(model) == 0
        assert torch.equal(model(images), expected)


def test_a_norm_that_learns_is_not_folded() -> None:
    model = pair().train()
    with folded(model):
        assert count_folded(model) == 0
    with folded(model.eval()):
        assert count_folded(model) == 1


def test_the_explained_layer_puts_out_its_own() -> None:
    model, images = warm_up(pair()), torch.randn(1, 3, 8, 8)
    outputs: list[Tensor] = []

    def explain_layer(name: str) -> Tensor:
        with folded(model, name):
            record = model.get_submodule(name).register_forward_hook(
                lambda _module, _inputs, output: outputs.append(output)
            )
            model(images)
            record.remove()
        return outputs[-1]

    convolved = model.get_submodule("0")(images)
    torch.testing.assert_close(explain_layer("0"), convolved, rtol=0, atol=0)
    torch.testing.assert_close(explain_layer("1"), model(images))


def test_weights_made_in_inference_mode_are_folded_as_well() -> None:
    images = torch.randn(1, 3, 32, 32)
    with torch.inference_mode():
        model = warm_up(ARCHITECTURES["smallgap"].build(num_classes=2))
    with torch.no_grad():
        expected = model(images)
        with folded(model):
            assert count_folded(model) == 4
            torch.testing.assert_close(model(images), expected)
