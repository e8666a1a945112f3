"""Every method is its paper's formula, written out in plain float64 on a network of a few cells."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.spec import CONVOLUTIONAL
from saliencnn.saliency import METHODS, explain
from tests.saliencnn.saliency.formulas import (
    CELLS,
    CURVED,
    FORMULAS,
    SIDES,
    TARGETS,
    Curved,
    Exactly,
    curved_case,
    gradcampp,
    gradient,
    scorecam,
    smoothgrad,
    smoothgradcampp,
)
from tests.saliencnn.saliency.networks import Case, noise
from tests.saliencnn.saliency.peers import ours


@pytest.fixture
def curved() -> Case:
    torch.manual_seed(3)
    model = Curved()
    model.head[1].weight.data.mul_(6)  # far into tanh's bends
    model.head[3].weight.data.mul_(4)  # so that Score-CAM's softmax tells channels apart
    return curved_case(model)


WITHOUT_FORMULA = {
    "cam": "it needs an averaged score, which this network has not: see its own tests below",
    "scorecam_fast": "it approximates Score-CAM, whose formula is here",
    "bbmp": "its map is where an optimisation ends, not a formula's value",
}


@pytest.mark.parametrize("bend", [nn.ReLU, nn.SiLU])
@pytest.mark.parametrize("method", [name for name in METHODS if name not in WITHOUT_FORMULA])
def test_a_method_is_its_formula(curved: Case, method: str, bend: type[nn.Module]) -> None:
    """With activations that a ReLU ends at zero, and with some below."""
    curved.model.features[1] = bend(inplace=True)
    expected = FORMULAS[method](Exactly(curved))
    assert (np.abs(expected).max(axis=(1, 2)) > 0).sum() >= 3
    # Where the path to the image crosses a ReLU's bend, 32 points cost some accuracy.
    allowed = 2e-2 if (method, bend) == ("integrated_gradients", nn.ReLU) else 1e-5
    for one, other in zip(ours(curved, method), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=allowed * np.abs(other).max())


def test_formulas_differ(curved: Case) -> None:
    """Else the test above could not tell methods apart."""
    maps = {}
    for name, formula in FORMULAS.items():
        found = formula(Exactly(curved))
        maps[name] = found / np.abs(found).max()
    for shape in (CELLS, SIDES):
        alike = {name: m for name, m in maps.items() if m.shape[1:] == shape}
        for name, one in alike.items():
            others = [other for key, other in alike.items() if key != name]
            assert min(np.abs(one - other).max() for other in others) > 0.02, name


def test_noise_matters(curved: Case) -> None:
    exactly = Exactly(curved)
    assert not np.allclose(smoothgradcampp(exactly), gradcampp(exactly), rtol=0.05)
    assert not np.allclose(smoothgrad(exactly), gradient(exactly), rtol=0.05)


# CAM, whose formula depends on the head


def test_cam_is_its_formula_behind_a_global_average() -> None:
    """Zhou 2016, eq. 2."""
    torch.manual_seed(0)
    row = ARCHITECTURES["smallgap"]
    model = row.build(num_classes=4).eval()
    images, targets = noise(4, 3, 64, 80), torch.tensor(TARGETS)
    found = explain(model, images, targets, ["cam"], spec=row)["cam"]
    features = model.features(images).detach()
    for n, target in enumerate(TARGETS):
        expected = sum(
            weight * feature
            for weight, feature in zip(model.fc.weight[target].detach(), features[n], strict=True)
        )
        torch.testing.assert_close(found[n], expected, rtol=1e-4, atol=1e-5)


def test_cam_is_the_averaged_map_itself_on_squeezenet() -> None:
    torch.manual_seed(0)
    row = ARCHITECTURES["squeezenet1_1"]
    model = row.build(num_classes=4).eval()
    images, targets = noise(4, 3, 96, 112), torch.tensor(TARGETS)
    assert row.head_kind == CONVOLUTIONAL
    nn.init.normal_(model.classifier[1].bias)
    found = explain(model, images, targets, ["cam"], spec=row)["cam"]
    with torch.no_grad():
        averaged = model.classifier[:3](model.features(images))[torch.arange(4), targets]
    torch.testing.assert_close(found, averaged, rtol=1e-4, atol=1e-5)


# Score-CAM's channels without relief


def test_scorecam_is_its_formula_with_channels_without_relief() -> None:
    """A dead channel, and one that is the same everywhere but not zero, show a black image.

    The latter's weight still counts: it lifts the whole map.
    """
    torch.manual_seed(3)
    model = Curved()
    convolution = model.features[0]
    convolution.bias.data[1] = -100
    convolution.weight.data[3] = 0
    convolution.bias.data[3] = 0.7
    model.head[3].weight.data.mul_(8)
    case = curved_case(model)
    exactly = Exactly(case)
    activations = exactly.at_layer()[0]
    assert (activations[:, 1] == 0).all()
    assert (activations[:, 3] > 0.69).all()
    expected = scorecam(exactly)
    np.testing.assert_allclose(ours(case, "scorecam"), expected, rtol=1e-4)
    assert expected.min() > 0, "the channel that is the same everywhere lifts the whole map"


@pytest.mark.parametrize("method", ["scorecam", "ablationcam"])
def test_nothing_is_left_of_a_network_without_a_active_channel(method: str) -> None:
    model = Curved()
    model.features[0].bias.data.fill_(-100)
    assert (ours(curved_case(model), method) == 0).all()


# Layers that a pass calls twice


class Twice(Curved):
    """One activation module serves two layers; the second one's output is explained."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.activation = nn.Conv2d(3, 7, 1), nn.ReLU()
        self.second = nn.Conv2d(7, 5, 5, stride=4)
        self.features = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        first = self.activation(self.first(images))
        return self.head(self.features(self.activation(self.second(first))))


@pytest.mark.parametrize(
    "method",
    [
        name
        for name, row in METHODS.items()
        if row.family in ("layer", "channels") and not row.needs_average
    ],
)
def test_a_layer_that_a_pass_calls_twice_is_explained_where_it_is_called_last(
    method: str,
) -> None:
    """EfficientNet-Lite has such a layer, and so has every block of a ResNet."""
    torch.manual_seed(3)
    case = curved_case(Twice())
    once, twice = (
        ours(replace(case, spec=replace(CURVED, target_layer=layer)), method)
        for layer in ("features", "activation")
    )
    assert once.max() > 0
    np.testing.assert_allclose(twice, once, rtol=1e-4, atol=1e-6)
