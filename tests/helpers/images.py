"""Small images for tests."""

from pathlib import Path

import numpy as np
from PIL import Image


def save_folder_set(root: Path, classes: list[str], each: int, side: int) -> Path:
    """Save noise images, every class with a brightness of its own, a folder a class."""
    rng = np.random.default_rng(0)
    for number, name in enumerate(classes):
        folder = root / name.replace("/", "∕")
        folder.mkdir(parents=True)
        for index in range(each):
            low = number * 200 // len(classes)
            pixels = rng.integers(low, low + 50, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{index}.png")
    return root
