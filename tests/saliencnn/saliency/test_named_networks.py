"""Networks outside the table, by the names that ``--arch`` takes, beside pytorch-grad-cam."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from saliencnn import explain
from saliencnn.common.errors import UserError
from saliencnn.data.preparation import prepare_at
from saliencnn.models.architecture import Architecture
from saliencnn.models.architectures import TABLE, find_architecture
from saliencnn.models.spec import CHANNELS_FIRST, CHANNELS_LAST, DEEP, POOLED, TOKENS
from saliencnn.saliency.inspection import inspect_architecture
from tests.saliencnn.saliency.peers import pearson
from tests.saliencnn.saliency.test_unknown_networks import (
    channels_last,
    coarse_images,
    raw_grad_cam,
    settle,
)

CLASSES = 10


class Found(NamedTuple):
    """What is to be found at images of a side, and how the peer reshapes the layer's output."""

    side: int
    layer: str
    head: str
    kind: str
    layout: str = CHANNELS_FIRST
    reshape: Callable[[Tensor], Tensor] | None = None


def ten_by_ten(output: Tensor) -> Tensor:
    """The tokens of 16 pixels each of an image of 160, without the class token."""
    return output[:, 1:].transpose(1, 2).unflatten(2, (10, 10))


NETWORKS = {
    "timm:test_resnet": Found(64, "layer4", "fc", POOLED),
    "timm:test_convnext": Found(64, "stages", "head.fc", DEEP),
    "timm:test_efficientnet": Found(64, "bn2", "classifier", POOLED),
    "timm:test_nfnet": Found(64, "final_act", "head.fc", POOLED),
    "timm:test_byobnet": Found(64, "stages", "head.fc", POOLED),
    "timm:test_mambaout": Found(64, "stages", "head.fc", DEEP, CHANNELS_LAST, channels_last),
    "timm:test_vit": Found(160, "blocks.5.norm1", "head", DEEP, TOKENS, ten_by_ten),
    "timm:regnetx_002": Found(64, "s4", "head.fc", POOLED),
    "timm:lcnet_035": Found(64, "blocks", "classifier", DEEP),
    "timm:mobilenetv3_small_050": Found(64, "blocks", "classifier", DEEP),
    "swin_v2_t": Found(64, "norm", "head", POOLED, CHANNELS_LAST, channels_last),
    "regnet_x_400mf": Found(64, "trunk_output", "fc", POOLED),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_named_network_is_found_and_its_maps_agree(name: str) -> None:
    assert name not in TABLE
    side, layer, head, kind, layout, reshape = NETWORKS[name]
    spec = inspect_architecture(find_architecture(name), CLASSES, side)
    found = (spec.target_layer, spec.head, spec.head_kind, spec.layout, spec.classes)
    assert found == (layer, head, kind, layout, CLASSES)
    torch.manual_seed(0)
    model = settle(spec.build(num_classes=CLASSES), side)
    nn.init.normal_(model.get_submodule(head).weight)  # some begin with zeros
    images = coarse_images(2, side)
    maps = explain(model, images, 3, spec=spec)["gradcam"].numpy()
    expected = raw_grad_cam(model, layer, images, 3, reshape)
    assert maps.shape == expected.shape
    assert expected.any()
    for ours, theirs in zip(maps, expected, strict=True):
        assert not theirs.any() or pearson(ours, theirs) >= 0.999


def test_a_layer_and_a_head_may_be_given() -> None:
    row = find_architecture("timm:test_resnet")
    assert inspect_architecture(row, 3, 64, layer="layer3").target_layer == "layer3"
    table = TABLE["smallgap"]
    assert inspect_architecture(table, 3, 64) is not table  # it knows its classes now
    assert inspect_architecture(table, 3, 64, layer="features.8").target_layer == "features.8"
    with pytest.raises(UserError, match="'layer9' is not part of this network"):
        inspect_architecture(row, 3, 64, layer="layer9")


def test_a_size_that_a_network_does_not_take_is_refused_with_its_own() -> None:
    def build(num_classes: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(3, 4, 8, 8), nn.Flatten(), nn.Linear(64, num_classes))

    fixed = Architecture("", "", build=build, preparation=prepare_at(32))
    assert inspect_architecture(fixed, 3, 32).target_layer == "0"
    with pytest.raises(UserError, match=r"does not run.*images of 32 pixels\."):
        inspect_architecture(fixed, 3, 96)


def test_random_numbers_of_the_caller_do_not_move() -> None:
    state = torch.random.get_rng_state()
    inspect_architecture(find_architecture("timm:test_resnet"), 3, 64)
    assert torch.equal(torch.random.get_rng_state(), state)
