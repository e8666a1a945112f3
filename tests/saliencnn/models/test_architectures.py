"""Every row of the table keeps what the table says of it."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from saliencnn.common.errors import UserError
from saliencnn.models.architectures import ARCHITECTURES, Architecture, find_architecture
from saliencnn.models.dropout import DropoutLinear, set_dropout
from saliencnn.models.spec import CONVOLUTIONAL, DEEP, POOLED
from saliencnn.saliency import NotApplicable, explain

MAPS = {
    "smallgap": (128, 12),
    "resnet18": (512, 7),
    "resnet34": (512, 7),
    "resnet50": (2048, 7),
    "resnet101": (2048, 7),
    "resnet152": (2048, 7),
    "mobilenet_v2": (1280, 7),
    "squeezenet1_0": (512, 13),
    "squeezenet1_1": (512, 13),
    "densenet121": (1024, 7),
    "densenet201": (1920, 7),
    "shufflenet_v2_x1_0": (1024, 7),
    "googlenet": (1024, 7),
    "alexnet": (256, 13),
    "vgg16": (512, 14),
    "efficientnet_b0": (1280, 7),
}
"""Channels and side of the target layer's output at the row's own image size."""

NOT_POOLED = {"squeezenet1_0", "squeezenet1_1", "alexnet", "vgg16"}


class Passed(NamedTuple):
    """A network of the table after one forward pass."""

    name: str
    row: Architecture
    model: nn.Module
    images: Tensor
    activations: Tensor
    logits: Tensor


@pytest.fixture(scope="module", params=ARCHITECTURES)
def passed(request: pytest.FixtureRequest) -> Passed:
    torch.manual_seed(0)
    row = ARCHITECTURES[request.param]
    model = row.build(num_classes=7).eval()
    captured: list[Tensor] = []
    layer = model.get_submodule(row.target_layer)
    handle = layer.register_forward_hook(lambda _m, _i, output: captured.append(output.clone()))
    side = row.preparation.geometry.size
    images = torch.randn(1, 3, side, side)
    with torch.no_grad():
        logits = model(images)
    handle.remove()
    return Passed(request.param, row, model, images, captured[0], logits)


def test_the_table_is_complete() -> None:
    assert set(ARCHITECTURES) == set(MAPS)
    not_pooled = {name for name, row in ARCHITECTURES.items() if row.head_kind != POOLED}
    assert not_pooled == NOT_POOLED


def test_shapes(passed: Passed) -> None:
    channels, side = MAPS[passed.name]
    assert passed.logits.shape == (1, 7)
    assert passed.activations.shape == (1, channels, side, side)


def test_the_head_scores_the_classes(passed: Passed) -> None:
    head = passed.model.get_submodule(passed.row.head)
    assert isinstance(head, nn.Linear | nn.Conv2d)
    assert head.weight.shape[0] == 7
    assert head.bias.shape == (7,)


def test_a_pooled_head_is_one_linear_layer_on_the_average(passed: Passed) -> None:
    """The one case in which CAM is defined, and no other row fulfils it by chance."""
    head, maps = passed.model.get_submodule(passed.row.head), passed.activations
    average = (maps.relu() if passed.row.rectified else maps).mean((2, 3))
    weight = head.weight.detach().flatten(1)
    fits = weight.shape[1] == average.shape[1]
    scores = average @ weight.T + head.bias.detach() if fits else torch.full((1, 7), torch.nan)
    tolerance = 1e-4 * float(passed.logits.abs().max())
    pooled = passed.row.head_kind == POOLED
    assert torch.allclose(scores, passed.logits, atol=tolerance, rtol=0) == pooled
    assert isinstance(head, nn.Linear) or not pooled


def test_a_convolutional_head_is_the_average_of_a_map_of_its_own(passed: Passed) -> None:
    head = passed.model.get_submodule(passed.row.head)
    if not isinstance(head, nn.Conv2d):
        assert passed.row.head_kind != CONVOLUTIONAL
        return
    assert passed.row.head_kind == CONVOLUTIONAL
    with torch.no_grad():
        scores = head(passed.activations).relu().mean((2, 3))
    torch.testing.assert_close(scores, passed.logits)
    for target in range(7):
        maps = explain(passed.model, passed.images, target, ["cam"], spec=passed.row)
        torch.testing.assert_close(maps["cam"].mean((1, 2)), passed.logits[:, target])


def test_cam_is_defined_where_the_score_is_an_average_over_cells(passed: Passed) -> None:
    if passed.row.head_kind == CONVOLUTIONAL:
        return
    if passed.row.head_kind == DEEP:
        with pytest.raises(NotApplicable, match=r"^CAM is not defined here: .*\.$"):
            explain(passed.model, passed.images, 0, ["cam"], spec=passed.row)
        return
    maps = explain(passed.model, passed.images, 4, ["cam"], spec=passed.row)["cam"]
    bias = passed.model.get_submodule(passed.row.head).bias.detach()[4]
    scale = float(passed.logits.abs().max())
    torch.testing.assert_close(
        maps.mean((1, 2)) + bias, passed.logits[:, 4], rtol=1e-3, atol=1e-4 * scale
    )


def test_googlenet_reads_images_as_its_published_weights_do() -> None:
    """They were trained on another normalisation, which torchvision's network converts to."""
    assert ARCHITECTURES["googlenet"].build(num_classes=2).transform_input


def test_unknown_names_are_refused() -> None:
    assert find_architecture("resnet50") is ARCHITECTURES["resnet50"]
    with pytest.raises(UserError, match=r"^Architecture 'resnet5' is unknown.*resnet50.*\.$"):
        find_architecture("resnet5")


# Dropout


def varies(model: nn.Module, images: Tensor) -> bool:
    with torch.no_grad():
        return not torch.equal(model(images), model(images))


def still_norms(model: nn.Module) -> nn.Module:
    """Training mode except for the normalisation, so that dropout alone is at work."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    return model


@pytest.mark.parametrize(
    ("name", "side"),
    [("resnet18", 32), ("shufflenet_v2_x1_0", 32), ("densenet121", 32), ("alexnet", 64)],
)
def test_dropout_acts_in_training_only(name: str, side: int) -> None:
    torch.manual_seed(0)
    row = ARCHITECTURES[name]
    model = row.build(num_classes=7)
    names, images = list(model.state_dict()), torch.randn(2, 3, side, side)
    with torch.no_grad():
        expected = model.eval()(images)
    set_dropout(model, row, 0.5)
    assert list(model.state_dict()) == names
    assert torch.equal(model.eval()(images), expected)
    assert varies(still_norms(model), images)
    row.build(num_classes=7).load_state_dict(model.state_dict())


def test_dropout_drops_the_share_it_is_given() -> None:
    torch.manual_seed(0)
    row = ARCHITECTURES["resnet18"]
    model = row.build(num_classes=7)
    set_dropout(model, row, 0.25)
    assert isinstance(model.fc, DropoutLinear)
    model.fc.weight.data.fill_(1.0)
    model.fc.bias.data.zero_()
    model.requires_grad_(False)
    scores = model.fc.train()(torch.ones(200, 512))[:, 0]
    kept = scores * 0.75 / 512  # functional.dropout enlarges what it keeps
    assert float(kept.mean()) == pytest.approx(0.75, abs=0.01)
    assert kept.std() > 0
    assert torch.equal(model.fc.eval()(torch.ones(2, 512)), torch.full((2, 7), 512.0))


@pytest.mark.parametrize(("name", "count"), [("alexnet", 2), ("mobilenet_v2", 1), ("smallgap", 1)])
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_dropout_layers_of_the_network_are_used(name: str, count: int, share: float) -> None:
    row = ARCHITECTURES[name]
    model = row.build(num_classes=7)
    set_dropout(model, row, share)
    layers = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    assert [layer.p for layer in layers] == [share] * count
    assert type(model.get_submodule(row.head)) is nn.Linear


def test_no_dropout_leaves_a_network_without_any_alone() -> None:
    torch.manual_seed(0)
    row = ARCHITECTURES["resnet18"]
    model = row.build(num_classes=7)
    set_dropout(model, row, 0.0)
    assert not varies(still_norms(model), torch.randn(2, 3, 32, 32))


def test_cam_survives_dropout() -> None:
    torch.manual_seed(0)
    row, images = ARCHITECTURES["resnet18"], torch.randn(2, 3, 64, 64)
    model = row.build(num_classes=7)
    before = explain(model, images, 1, ["cam"], spec=row)["cam"]
    set_dropout(model, row, 0.5)
    assert torch.equal(explain(model, images, 1, ["cam"], spec=row)["cam"], before)
