"""A run's picture of an epoch: the same few images at every epoch, each with its maps.

MLflow's own pages step through it, so whoever looks at a run there sees what it looks at.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw

from saliencnn.common.shown import one_line
from saliencnn.data.decode import decode_image
from saliencnn.data.image_index import Images
from saliencnn.drawing.blending import blend
from saliencnn.drawing.heat import rescale_one
from saliencnn.drawing.images import sides_within
from saliencnn.saliency import METHODS
from saliencnn.store.maptable import MapTable, unpack_maps

CASES = 3
TILE = 160
"""Pixels of an image's longer side."""
CAPTION = 18
"""Pixels of the line above an image."""
GAP = 6
_PAPER, _INK = (255, 255, 255), (40, 40, 40)
_LONGEST = 24
"""Characters of a caption."""
_NARROWEST = 150
"""Pixels that a caption needs."""


def choose_cases(labels: np.ndarray, among: np.ndarray) -> tuple[int, ...]:
    """Return a few images, of classes as far apart as there are; always the same ones.

    Args:
        labels: int (N,), of the validation images.
        among: positions of those with maps, ascending.
    """
    classes, first = np.unique(labels[among], return_index=True)
    places = np.linspace(0, len(classes) - 1, min(CASES, len(classes))).round().astype(int)
    return tuple(int(image) for image in among[first[places]])


def draw_epoch(
    images: Images, cases: Sequence[int], tables: Mapping[str, MapTable]
) -> np.ndarray | None:
    """Draw images, each beside its maps of the class that it shows.

    Args:
        images: the validation images.
        cases: positions of those that are drawn, a row each.
        tables: an epoch's maps.

    Returns:
        uint8 (H, W, 3); None where none of the images has maps.
    """
    drawn = {case: _find_maps(case, tables) for case in cases}
    methods = list(dict.fromkeys(method for maps in drawn.values() for method in maps))
    if not methods:
        return None
    high, wide = sides_within(images.index.shape, TILE)
    across, down = max(wide, _NARROWEST) + GAP, CAPTION + high + GAP
    size = (len(methods) + 1) * across - GAP, len(cases) * down - GAP
    paper = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(paper)
    for row, case in enumerate(cases):
        shown = _load(images, case, wide, high)
        tiles = [(images.index.classes[int(images.index.labels[case])], shown)]
        for method in methods:
            map_ = drawn[case].get(method)
            label = METHODS[method].label if method in METHODS else method
            whole = (0, 0, wide, high)
            tile = shown if map_ is None else blend(shown, whole, rescale_one(map_))
            tiles.append((label if map_ is not None else f"{label}: none", tile))
        for column, (caption, tile) in enumerate(tiles):
            left, top = column * across, row * down
            pen.text((left, top + 2), one_line(caption, _LONGEST), fill=_INK)
            paper.paste(Image.fromarray(tile), (left, top + CAPTION))
    return np.asarray(paper)


def _find_maps(case: int, tables: Mapping[str, MapTable]) -> dict[str, np.ndarray]:
    """Return method -> map (h, w) of an image's own class."""
    found: dict[str, np.ndarray] = {}
    for table in tables.values():
        rows = table.rows[table.rows["image"] == case]
        own = rows[rows["target"] == rows["true"]]
        if len(own):
            found |= dict(zip(table.methods, unpack_maps(own)[0], strict=True))
    return found


def _load(images: Images, case: int, wide: int, high: int) -> np.ndarray:
    whole = decode_image(images.encoded[case], images.index.names[case])
    return np.asarray(Image.fromarray(whole).resize((wide, high), Image.Resampling.BILINEAR))
