"""Which networks are recognised as ones that others can build."""

import pytest
import torch
from torch import nn
from torchvision.models import get_model

from saliencnn.watching.networks import name_network, recognise
from tests.helpers.loops import LoopNet

IMAGES = torch.rand(1, 3, 64, 64)


@pytest.mark.parametrize("name", ["squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small"])
def test_torchvisions_networks_are_known_by_their_scores(name: str) -> None:
    model = get_model(name, weights=None, num_classes=3).train()
    before = [module.training for module in model.modules()]
    assert recognise(model, IMAGES, 3) == name
    assert [module.training for module in model.modules()] == before


def test_a_changed_network_is_nobody_elses() -> None:
    model = get_model("squeezenet1_1", weights=None, num_classes=3)
    model.features[1] = nn.GELU()  # no weights say so
    assert recognise(model, IMAGES, 3) is None
    assert recognise(LoopNet(), IMAGES, 3) is None


def test_an_own_class_is_never_called_like_a_network_that_is_known() -> None:
    class ResNet18(LoopNet):
        pass

    assert name_network(ResNet18()) == "own_resnet18"
    assert name_network(LoopNet()) == "loopnet"
