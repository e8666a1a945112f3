"""Maps of images by several methods as one figure, for a notebook or a paper."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.data.inputs import IMAGENET, Images, Preprocess
from saliencnn.drawing.blending import OPACITY
from saliencnn.drawing.figure import Figure, Tile
from saliencnn.drawing.heat import rescale_one
from saliencnn.drawing.overlay import as_array, show_seen
from saliencnn.saliency.methods import METHODS


def plot(
    image: Images,
    maps: Mapping[str, Tensor | np.ndarray],
    *,
    title: str = "",
    names: Sequence[str] = (),
    opacity: float = OPACITY,
    threshold: float = 0.0,
    contours: bool = True,
    preprocess: Preprocess = IMAGENET,
) -> Figure:
    """Draw a grid of maps, a row an image and a column a method, as the dashboard draws it.

    Args:
        image: what was given to ``explain``: one image or several.
        maps: what ``explain`` returned: method -> raw maps (N, h, w).
        title: heads the figure.
        names: of the images; by default none.
        opacity: of the colours, 0 to 1.
        threshold: what lies below this fraction of a map's maximum is not drawn, 0 to 1.
        contours: whether lines are drawn at 0.25, 0.5 and 0.75 of the maximum.
        preprocess: what was given to ``explain``; it says which part of an image the network saw.

    Returns:
        A figure that a notebook shows by itself. Its ``image`` is a PIL image, its ``svg`` an SVG
        document, and ``save`` writes either to a file.

    Raises:
        UserError: there is no map, not one for each image, or a number is out of its range.
    """
    for name, value in (("opacity", opacity), ("threshold", threshold)):
        if not 0 <= value <= 1:
            raise UserError(f"{name} is {value}; it must be from 0 to 1.")
    if not maps:
        raise UserError("plot needs maps by at least one method, as explain returns them.")
    columns = {
        METHODS[name].label if name in METHODS else name: _read_maps(found)
        for name, found in maps.items()
    }
    counts = {len(found) for found in columns.values()}
    seen = show_seen(image, preprocess)
    if counts != {len(seen)} or (names and len(names) != len(seen)):
        raise UserError(
            f"plot needs one map (h, w) by each method, and one name if any, for each image; these "
            f"are {len(seen)} images, {sorted(counts)} maps and {len(names)} names."
        )
    rows = [
        (
            names[place] if names else "",
            [Tile(part.image, part.fit(rescale_one(found[place]))) for found in columns.values()],
        )
        for place, part in enumerate(seen)
    ]
    return Figure(title, list(columns), rows, opacity, threshold, contours)


def _read_maps(maps: Tensor | np.ndarray) -> np.ndarray:
    saliency = as_array(maps)
    if saliency.ndim != 3:
        raise UserError(f"plot needs maps (N, h, w); these are {tuple(saliency.shape)}.")
    return saliency
