"""Real images and real networks for benchmarks; they lie outside the project."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import v2

from saliencnn.models.weights import build_network

NETWORKS = {
    "squeezenet1_1": "squeezenet1_1-imagenet.safetensors",
    "squeezenet1_0": "squeezenet1_0-imagenet.pth",
    "mobilenet_v2": "mobilenet_v2-imagenet.safetensors",
}


def data_folder() -> Path | None:
    """Return the folder that SALIENCNN_TEST_DATA names, if it is set."""
    folder = os.environ.get("SALIENCNN_TEST_DATA")
    return Path(folder) if folder else None


def labelled(folder: Path) -> list[tuple[str, int]]:
    """Return the file name and class of each ImageNet image."""
    lines = (folder / "imagenet-val" / "labels.txt").read_text().splitlines()
    return [(name, int(label)) for name, label in map(str.split, filter(None, lines))]


def real_images(folder: Path, names: Sequence[str]) -> Tensor:
    """Return ImageNet images (N, 3, 224, 224), normalised."""
    prepare = v2.Compose(
        [
            v2.CenterCrop(224),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    opened = [Image.open(folder / "imagenet-val" / "images" / name) for name in names]
    return torch.stack([prepare(image.convert("RGB")) for image in opened])


def real_network(folder: Path, arch: str) -> nn.Module:
    """Return a network with its ImageNet weights, in evaluation."""
    model = build_network(arch, 1000, str(folder / "weights" / NETWORKS[arch])).model.eval()
    return model.to(memory_format=torch.channels_last)
