"""Whatever a person calls an image, a class or a method."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import ResNet18_Weights

from saliencnn import UserError, explain
from saliencnn.models.smallgap import SmallGap
from tests.saliencnn.saliency.networks import noise

PIXELS = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return SmallGap(5).eval()


def image_of(kind: str, folder: Path) -> Any:
    path = folder / "image.png"
    Image.fromarray(PIXELS).save(path)
    kinds = {
        "PIL": Image.fromarray(PIXELS),
        "path": path,
        "name": str(path),
        "array": PIXELS,
        "array of a batch": PIXELS[None],
        "tensor": torch.from_numpy(PIXELS).permute(2, 0, 1),
        "tensor of a batch": torch.from_numpy(PIXELS).permute(2, 0, 1)[None],
        "list": [path],
        "with alpha": np.dstack([PIXELS, np.full((60, 80), 255, np.uint8)]),
    }
    return kinds[kind]


KINDS = (
    "PIL", "path", "name", "array", "array of a batch", "tensor", "tensor of a batch", "list",
    "with alpha",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_is_prepared_as_torchvision_does(
    model: nn.Module, tmp_path: Path, kind: str
) -> None:
    prepared = ResNet18_Weights.IMAGENET1K_V1.transforms()(Image.fromarray(PIXELS))
    expected = explain(model, prepared, 2)["gradcam"]
    found = explain(model, image_of(kind, tmp_path), 2)["gradcam"]
    assert found.shape == (1, 28, 28)
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.02 * float(expected.max()))


@pytest.mark.parametrize("cast", [lambda t: t, lambda t: t.numpy(), lambda t: t.double()])
def test_floating_point_is_taken_as_normalised(model: nn.Module, cast: Any) -> None:
    images = noise(2, 3, 40, 48)
    together = explain(model, cast(images), 1)["gradcam"]
    assert torch.equal(together, explain(model, images, 1)["gradcam"])
    torch.testing.assert_close(explain(model, cast(images[0]), 1)["gradcam"], together[:1])
    assert torch.equal(explain(model, [cast(one) for one in images], 1)["gradcam"], together)


def test_many_images_of_any_kind_and_size(model: nn.Module, tmp_path: Path) -> None:
    images = [image_of("path", tmp_path), PIXELS[:50, :50], Image.fromarray(PIXELS[:, :20])]
    maps = explain(model, images, [0, 1, 2])["gradcam"]
    assert maps.shape == (3, 28, 28)
    for image, target, expected in zip(images, (0, 1, 2), maps, strict=True):
        torch.testing.assert_close(explain(model, image, target)["gradcam"][0], expected)


def test_a_preprocessing_of_one_s_own(model: nn.Module) -> None:
    def halved(image: Image.Image) -> Tensor:
        return torch.from_numpy(np.array(image)).permute(2, 0, 1)[:, ::2, ::2] / 255

    maps = explain(model, PIXELS, 1, preprocess=halved)["gradcam"]
    expected = explain(model, torch.from_numpy(PIXELS[::2, ::2]).permute(2, 0, 1) / 255, 1)
    assert torch.equal(maps, expected["gradcam"])


def test_the_class_is_the_predicted_one_unless_named(model: nn.Module) -> None:
    images = noise(4, 3, 40, 48, seed=2)
    model.fc.bias.data.zero_()
    model.fc.weight.data.mul_(100)
    predicted = model(images).argmax(1)
    expected = explain(model, images, predicted, ["gradcam", "smoothgrad"])
    for target in (None, predicted.tolist(), tuple(predicted.tolist()), predicted.numpy()):
        for name, maps in explain(model, images, target, ["gradcam", "smoothgrad"]).items():
            assert torch.equal(maps, expected[name])
    one = explain(model, images, np.int64(3), "gradcam")["gradcam"]
    assert torch.equal(one, explain(model, images, [3, 3, 3, 3])["gradcam"])


def test_one_method_by_its_name_is_enough(model: nn.Module) -> None:
    assert list(explain(model, PIXELS, methods="cam")) == ["cam"]
    assert list(explain(model, PIXELS)) == ["gradcam"]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ({"images": []}, "no images"),
        ({"images": "nowhere.png"}, "nowhere.png cannot be read"),
        ({"images": None}, "NoneType"),
        ({"images": PIXELS / 255.0}, r"normalised already.*\(60, 80, 3\)"),
        ({"images": PIXELS.astype(np.int64)}, "uint8"),
        ({"images": np.zeros((2, 2, 60, 80, 3), np.uint8)}, r"\(2, 2, 60, 80, 3\)"),
        ({"images": [torch.zeros(3, 40, 40), torch.zeros(3, 50, 40)]}, "one size"),
        ({"images": PIXELS, "preprocess": lambda image: np.array(image)}, "preprocess must return"),
        ({"images": PIXELS, "target": [1, 2]}, "2 classes for 1 image"),
        ({"images": PIXELS, "target": 1.5}, "a class's number"),
        ({"images": PIXELS, "target": 5}, "Class 5 is not among the network's 5 classes"),
        ({"images": PIXELS, "methods": "gradcan"}, "'gradcan' is unknown"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    model: nn.Module, call: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        explain(model, **call)
