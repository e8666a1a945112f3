"""The notebook's lines on networks that no table of ours knows, beside pytorch-grad-cam."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchvision.models import get_model

from saliencnn import explain, inspect_model, overlay
from saliencnn.data.inputs import prepare_images
from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.spec import CHANNELS_FIRST, CHANNELS_LAST, DEEP, POOLED, TOKENS
from saliencnn.saliency import NotApplicable
from tests.saliencnn.saliency.networks import noise
from tests.saliencnn.saliency.peers import pearson


def build(name: str, **options: object) -> nn.Module:
    torch.manual_seed(0)
    return settle(get_model(name, weights=None, num_classes=10, **options), 160)


def settle(model: nn.Module, side: int) -> nn.Module:
    """Give a network of random weights statistics of coarse images in its norms.

    Of images like those explained: with others', a deep network of random weights computes
    something else in float32 than in float64.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.train().momentum = 1.0
    if norms:
        with torch.no_grad():
            model(coarse_images(4, side, seed=7))
    return model.eval()


def coarse_images(count: int, side: int, seed: int = 0) -> Tensor:
    return interpolate(noise(count, 3, 9, 9, seed=seed), size=(side, side), mode="bicubic")


def channels_last(output: Tensor) -> Tensor:
    return output.permute(0, 3, 1, 2)


def without_class_token(output: Tensor) -> Tensor:
    return output[:, 1:].transpose(1, 2).unflatten(2, (14, 14))


class Found(NamedTuple):
    """What is to be found, and how the peer reshapes the layer's output."""

    layer: str
    head: str
    kind: str
    reshape: Callable[[Tensor], Tensor] | None = None


NETWORKS = {
    "convnext_tiny": Found("features", "classifier.2", DEEP),
    "regnet_y_400mf": Found("trunk_output", "fc", POOLED),
    "efficientnet_v2_s": Found("features", "classifier.1", POOLED),
    "swin_t": Found("norm", "head", POOLED, channels_last),
    "mobilenet_v3_small": Found("features", "classifier.3", DEEP),
    "resnext50_32x4d": Found("layer4", "fc", POOLED),
    "shufflenet_v2_x0_5": Found("conv5", "fc", POOLED),
    "mnasnet0_5": Found("layers", "classifier.1", POOLED),
}
LAYOUTS = {None: CHANNELS_FIRST, channels_last: CHANNELS_LAST, without_class_token: TOKENS}


def raw_grad_cam(
    model: nn.Module, layer: str, images: Tensor, target: int, reshape: Callable | None
) -> np.ndarray:
    """The peer's maps (N, h, w), before it scales them."""
    layers = [model.get_submodule(layer)]
    with GradCAM(model, layers, reshape_transform=reshape) as peer:
        peer(images.clone(), [ClassifierOutputTarget(target)] * len(images))
        kept = peer.activations_and_grads
        activations, gradients = kept.activations[0].numpy(), kept.gradients[0].numpy()
        raw = peer.get_cam_image(images, layers[0], None, activations, gradients, False)
    return np.maximum(raw, 0)


@pytest.fixture(scope="module")
def photograph() -> Image.Image:
    """An image of no square shape and no network's size."""
    random = np.random.default_rng(3)
    coarse = Image.fromarray(random.integers(0, 255, (9, 12, 3), dtype=np.uint8))
    return coarse.resize((400, 300), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_notebook_lines(name: str, photograph: Image.Image) -> None:
    model, found = build(name), NETWORKS[name]
    spec = inspect_model(model)
    assert (spec.target_layer, spec.head, spec.head_kind) == found[:3]
    assert spec.layout == LAYOUTS[found.reshape]
    assert spec.classes == 10

    maps = explain(model, photograph)
    drawn = overlay(photograph, maps["gradcam"])
    assert drawn.size == photograph.size

    batch = prepare_images(photograph)
    with torch.no_grad():
        target = int(model(batch).argmax())
    expected = raw_grad_cam(model, spec.target_layer, batch, target, found.reshape)
    assert maps["gradcam"].shape == expected.shape
    assert pearson(maps["gradcam"][0].numpy(), expected[0]) >= 0.999


def test_a_vision_transformer_is_explained_where_its_tokens_still_matter(
    photograph: Image.Image,
) -> None:
    model = build("vit_b_16")
    spec = inspect_model(model)  # its head's weights are zero, as torchvision begins
    assert (spec.layout, spec.extra_tokens, spec.output_shape) == (TOKENS, 1, (197, 768))
    assert spec.target_layer == "encoder.layers.encoder_layer_11.ln_1"
    nn.init.normal_(model.heads.head.weight)
    maps = explain(model, photograph, 3, spec=spec)["gradcam"]
    batch = prepare_images(photograph)
    expected = raw_grad_cam(model, spec.target_layer, batch, 3, without_class_token)
    assert maps.shape == (1, 14, 14)
    assert pearson(maps[0].numpy(), expected[0]) >= 0.999


def test_swin_at_a_layer_by_name_is_no_map_of_channels() -> None:
    """Its channels come last, which once gave a map of 7 x 768 cells."""
    model, images = build("swin_t"), noise(1, 3, 224, 224)
    maps = explain(model, images, 1, layer="features.7")["gradcam"]
    assert maps.shape == (1, 7, 7)
    expected = raw_grad_cam(model, "features.7", images, 1, channels_last)
    assert pearson(maps[0].numpy(), expected[0]) >= 0.999
    with pytest.raises(NotApplicable):
        explain(model, images, 1, "cam", layer="features.7")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_inspection_agrees_with_the_table(name: str) -> None:
    torch.manual_seed(0)
    row = ARCHITECTURES[name]
    spec = inspect_model(row.build(num_classes=7), noise(1, 3, 96, 96))
    found = (spec.target_layer, spec.head, spec.head_kind)
    assert found == (row.target_layer, row.head, row.head_kind)
    assert (spec.layout, spec.logits, spec.classes) == (CHANNELS_FIRST, None, 7)
