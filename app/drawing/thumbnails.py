"""Images with a map on them as single images, for the cells of a table; no Streamlit."""

from collections.abc import Sequence

import numpy as np

from saliencnn.common.memoize import memoize
from saliencnn.common.shown import html_line
from saliencnn.drawing.contours import LEVELS, contour_svg
from saliencnn.drawing.heat import Bytes, Floats, render_heat
from saliencnn.drawing.images import Sides, data_uri, encode_jpeg, sides_within

TILE = 120
FITTED = "display:block;width:100%;height:auto;object-fit:contain;object-position:left"
"""Style of an image as wide as its place, and of a tall one as high as ``max-height``."""
KEPT = 1024
"""Images of each kind that are kept, some 10 kB each."""


def image_uri(image: Bytes, size: int) -> str:
    """Return an image, uint8 (H, W, 3), as a data URI of at most ``size`` pixels a side."""
    return data_uri("jpeg", encode_jpeg(image, size))


@memoize(KEPT)
def overlay_image(
    image: Bytes,
    map01: Floats,
    size: int,
    threshold: float,
    opacity: float = 0.6,
    lines: bool = False,
    in_square: bool = False,
) -> str:
    """Return an image under its map's colours as a data URI.

    Args:
        image: uint8 (H, W, 3).
        map01: (h, w) in 0..1 from ``rescale``.
        size: pixels of the longer side.
        threshold: what lies below it is not coloured.
        opacity: of the colours.
        lines: whether to draw contour lines too.
        in_square: whether it stands in a square: a table's cell cuts off what is wider.
    """
    sides = sides_within(image.shape, size)
    heat = data_uri("png", render_heat(map01[None], sides, threshold)[0])
    layer = _image(heat, sides, f" opacity='{opacity:g}'")
    return _layered(image, sides, layer + (contour_svg(map01, sides) if lines else ""), in_square)


@memoize(KEPT)
def contour_image(
    image: Bytes, map01: Floats, size: int, threshold: float, in_square: bool = False
) -> str:
    """Return an image with its map's contour lines, from the threshold on, as a data URI.

    Args:
        image: uint8 (H, W, 3).
        map01: (h, w) in 0..1 from ``rescale``.
        size: pixels of the longer side.
        threshold: the lowest line, unless 0.
        in_square: as for ``overlay_image``.
    """
    levels = sorted({*([threshold] if threshold else []), *(x for x in LEVELS if x > threshold)})
    sides = sides_within(image.shape, size)
    return _layered(image, sides, contour_svg(map01, sides, levels), in_square)


def squared_image(image: Bytes, size: int) -> str:
    """Return an image, uint8 (H, W, 3), as a data URI in a square of that many pixels a side."""
    sides = sides_within(image.shape, size)
    square = sides[0] == sides[1]
    return image_uri(image, size) if square else _layered(image, sides, "", in_square=True)


@memoize(KEPT)
def region_image(image: Bytes, inside: np.ndarray, size: int) -> str:
    """Return an image, uint8 (H, W, 3), of which all but a region, bool (H, W), is greyed."""
    dimmed = (image.mean(axis=2, keepdims=True) * 0.15 + 190).astype(np.uint8)
    return image_uri(np.where(inside[..., None], image, dimmed), size)


def _layered(image: Bytes, sides: Sides, layer: str, in_square: bool) -> str:
    down, across = (max(sides), max(sides)) if in_square else sides
    left, top = (sides[1] - across) / 2, (sides[0] - down) / 2
    size = f"width='{across}' height='{down}' viewBox='{left:g} {top:g} {across} {down}'"
    base = _image(image_uri(image, max(sides)), sides)
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' {size}>{base}{layer}</svg>"
    return data_uri("svg+xml", svg.encode())


def _image(source: str, sides: Sides, style: str = "") -> str:
    # Its sides are whole pixels, as its map's are.
    whole = f"width='{sides[1]}' height='{sides[0]}' preserveAspectRatio='none'"
    return f"<image href='{source}' {whole}{style}/>"


def tile_row(tiles: Sequence[tuple[str, str]], size: int = TILE) -> str:
    """Lay images, (data URI, words), side by side as HTML; the words are escaped."""
    figures = "".join(
        f'<figure style="margin:0;width:{size}px"><img alt="{html_line(words)}" src="{source}" '
        f'style="{FITTED};max-height:{size}px;border-radius:4px"><figcaption style="font-size:'
        f'.75rem;opacity:.8;overflow-wrap:anywhere">{html_line(words)}</figcaption></figure>'
        for source, words in tiles
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{figures}</div>'
