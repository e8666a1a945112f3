"""Small photographs of clothes: Fashion-MNIST (Xiao 2017), as Debian's package brings it."""

import gzip
from pathlib import Path

import numpy as np

from saliencnn.data.imageset import ImageSet, Sample

FOLDER = Path("/usr/share/datasets/fashion-mnist")
"""Where ``apt-get install dataset-fashion-mnist`` puts it."""
CLASSES = (
    "T-shirt", "trousers", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
IMAGES_HEADER, LABELS_HEADER, SIDE = 16, 8, 28


def read_clothes(train: int, validation: int) -> ImageSet:
    """Return the first images of both splits, grey, 28 by 28 pixels."""
    learned, measured = _read_split("train", train), _read_split("t10k", validation)
    return ImageSet("clothes", CLASSES, learned, measured)


def _read_split(name: str, count: int) -> tuple[Sample, ...]:
    images = _read(f"{name}-images-idx3-ubyte.gz", IMAGES_HEADER).reshape(-1, SIDE, SIDE, 1)
    labels = _read(f"{name}-labels-idx1-ubyte.gz", LABELS_HEADER)
    return tuple(
        Sample(f"{name}/{n:05d}", int(labels[n]), images[n].repeat(3, axis=2)) for n in range(count)
    )


def _read(name: str, header: int) -> np.ndarray:
    return np.frombuffer(gzip.decompress((FOLDER / name).read_bytes()), np.uint8, offset=header)
