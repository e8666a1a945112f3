"""What an image's pixels show beside its content, in a few numbers."""

import numpy as np

Numbers = tuple[float, ...]
MAX_SIDE = 512
"""Pixels of an image's middle that are looked at."""
BLOCK = 8
"""Side of what JPEG compresses at a time."""
FLAT = 10.0
"""Grey levels, of 255: deviation at most of the border that somebody drew."""
CORNERS = ("upper left", "upper right", "lower left", "lower right")
CORNER, CELLS = 1 / 6, 4
"""Side of a corner as a fraction of the image's, and rows and columns of its cells."""


def measure_pixels(pixels: np.ndarray) -> dict[str, Numbers]:
    """Return what an image shows, name -> numbers; nothing of one of less than 24 pixels a side.

    Noise is Immerkaer's estimate (1996), sharpness the logarithm of the Laplacian's variance
    (Pech-Pacheco 2000), ``blocks`` how much more pixels differ between JPEG's blocks than within.

    Args:
        pixels: uint8 (3, H, W).
    """
    height, width = pixels.shape[1:]
    if min(height, width) < 3 * BLOCK:
        return {}
    top, left = (max(0, (side - MAX_SIDE) // 2) // BLOCK * BLOCK for side in (height, width))
    part = pixels[:, top : top + MAX_SIDE, left : left + MAX_SIDE].astype(np.float32)
    red, green, blue = part.mean((1, 2))
    grey, whole = part.mean(0), pixels.mean(0, dtype=np.float32)
    return {
        "brightness": (float(grey.mean()),),
        "contrast": (float(grey.std()),),
        "colour": (float(red - green), float((red + green) / 2 - blue)),
        "sharpness": (float(np.log(_laplacian(grey).var() + 1e-3)),),
        "noise": (_estimate_noise(grey),),
        "blocks": (_see_blocks(grey),),
        "border": (_find_border(whole),),
        **_see_corners(whole),
    }


def _laplacian(grey: np.ndarray) -> np.ndarray:
    around: np.ndarray = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return around - 4 * grey[1:-1, 1:-1]


def _estimate_noise(grey: np.ndarray) -> float:
    across = grey[:, :-2] - 2 * grey[:, 1:-1] + grey[:, 2:]
    both = across[:-2] - 2 * across[1:-1] + across[2:]
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(both).mean())


def _see_blocks(grey: np.ndarray) -> float:
    ratios = []
    for turned in (grey, grey.T):
        steps = np.abs(np.diff(turned, axis=1)).mean(0) + 0.1
        between = np.arange(len(steps)) % BLOCK == BLOCK - 1
        ratios.append(np.log(steps[between].mean() / steps[~between].mean()))
    return float(np.mean(ratios))


def _find_border(grey: np.ndarray) -> float:
    """Return the grey level of a border that somebody drew, -1 where there is none."""
    deep = max(2, round(min(grey.shape) / 50))
    ring = np.ones(grey.shape, bool)
    ring[deep:-deep, deep:-deep] = False
    return float(grey[ring].mean()) if grey[ring].std() <= FLAT else -1.0


def _see_corners(grey: np.ndarray) -> dict[str, Numbers]:
    """Return the mean grey of each corner's cells."""
    down, across = (max(CELLS, round(CORNER * side)) for side in grey.shape)
    corners = (
        *(grey[:down, :across], grey[:down, -across:]),
        *(grey[-down:, :across], grey[-down:, -across:]),
    )
    return {where: _cells(corner) for where, corner in zip(CORNERS, corners, strict=True)}


def _cells(corner: np.ndarray) -> Numbers:
    rows = np.array_split(corner, CELLS)
    return tuple(float(cell.mean()) for row in rows for cell in np.array_split(row, CELLS, axis=1))
