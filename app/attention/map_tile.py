"""A map on its image as one tile, and in words why a map may show nothing."""

from dataclasses import dataclass

import numpy as np

from app.drawing.thumbnails import image_uri, overlay_image, squared_image
from saliencnn.drawing.heat import rescale_one
from saliencnn.measures.energy import is_empty

EMPTY_MAP = "empty map"
NOT_COMPUTED = "not computed"
EMPTY_MEANS = (
    "A map is empty where it is constant or nowhere above zero: nothing in the image raises the "
    "class's score."
)


@dataclass(frozen=True)
class MapTile:
    """A map on its image.

    Attributes:
        source: data URI; the bare image where there is nothing to show.
        note: why there is nothing to show: ``EMPTY_MAP``, ``NOT_COMPUTED`` or "".
    """

    source: str
    note: str = ""

    def caption(self, name: str) -> str:
        """Return the name with the note, if there is one."""
        return f"{name} ({self.note})" if self.note else name


def make_tile(
    pixels: np.ndarray,
    saliency: np.ndarray,
    size: int,
    threshold: float = 0.0,
    opacity: float = 0.6,
    lines: bool = False,
    in_square: bool = False,
) -> MapTile:
    """Draw a map on its image.

    Args:
        pixels: uint8 (H, W, 3).
        saliency: raw map (h, w); NaN where it was not computed.
        size: pixels of the longer side.
        threshold: fraction of the map's maximum below which nothing is coloured.
        opacity: of the colours, 0 to 1.
        lines: whether to draw contour lines too.
        in_square: as for ``overlay_image``.
    """
    if note := note_of(saliency):
        bare = squared_image if in_square else image_uri
        return MapTile(bare(pixels, size), note)
    map01 = rescale_one(saliency)
    return MapTile(overlay_image(pixels, map01, size, threshold, opacity, lines, in_square))


def note_of(saliency: np.ndarray) -> str:
    """Return why a raw map (h, w) shows nothing, "" where it shows something."""
    if np.isnan(saliency).all():
        return NOT_COMPUTED
    return EMPTY_MAP if is_empty(saliency[None])[0] else ""
