"""Images with a map on them as single images, for the cells of a table; no Streamlit."""

from collections.abc import Sequence

import numpy as np

from saliencnn.common.kept import kept
from saliencnn.common.shown import html_line
from saliencnn.drawing.contours import LEVELS, contour_svg
from saliencnn.drawing.heat import Bytes, Floats, render_heat
from saliencnn.drawing.images import data_uri, encode_jpeg

TILE = 120
KEPT = 1024
"""Images of each kind that are kept, some 10 kB each."""


def image_uri(image: Bytes, size: int) -> str:
    """Return an image, uint8 (H, W, 3), as a data URI of at most ``size`` pixels a side."""
    return data_uri("jpeg", encode_jpeg(image, size))


@kept(KEPT)
def overlay_image(
    image: Bytes,
    map01: Floats,
    size: int,
    threshold: float,
    opacity: float = 0.6,
    lines: bool = False,
) -> str:
    """Return an image under its map's colours as a data URI.

    Args:
        image: uint8 (H, W, 3), square.
        map01: (h, w) in 0..1 from ``rescale``.
        size: pixels of an edge.
        threshold: what lies below it is not coloured.
        opacity: of the colours.
        lines: whether to draw contour lines too.
    """
    heat = data_uri("png", render_heat(map01[None], size, threshold)[0])
    layer = _image(heat, size, f" opacity='{opacity:g}'")
    return _layered(image, size, layer + (contour_svg(map01, size) if lines else ""))


@kept(KEPT)
def contour_image(image: Bytes, map01: Floats, size: int, threshold: float) -> str:
    """Return an image with its map's contour lines, from the threshold on, as a data URI.

    Args:
        image: uint8 (H, W, 3), square.
        map01: (h, w) in 0..1 from ``rescale``.
        size: pixels of an edge.
        threshold: the lowest line, unless 0.
    """
    levels = sorted({*([threshold] if threshold else []), *(x for x in LEVELS if x > threshold)})
    return _layered(image, size, contour_svg(map01, size, levels))


@kept(KEPT)
def region_image(image: Bytes, inside: np.ndarray, size: int) -> str:
    """Return an image, uint8 (H, W, 3), of which all but a region, bool (H, W), is greyed."""
    dimmed = (image.mean(axis=2, keepdims=True) * 0.15 + 190).astype(np.uint8)
    return image_uri(np.where(inside[..., None], image, dimmed), size)


def _layered(image: Bytes, size: int, layer: str) -> str:
    base = _image(image_uri(image, size), size)
    frame = f"<svg xmlns='http://www.w3.org/2000/svg' width='{size}' height='{size}'>"
    svg = f"{frame}{base}{layer}</svg>"
    return data_uri("svg+xml", svg.encode())


def _image(source: str, size: int, style: str = "") -> str:
    # Stretched as its map is, should it not be square.
    whole = f"width='{size}' height='{size}' preserveAspectRatio='none'"
    return f"<image href='{source}' {whole}{style}/>"


def tile_row(tiles: Sequence[tuple[str, str]], size: int = TILE) -> str:
    """Lay images, (data URI, words), side by side as HTML; the words are escaped."""
    figures = "".join(
        f'<figure style="margin:0;width:{size}px"><img alt="{html_line(words)}" src="{source}" '
        f'width="{size}" height="{size}" style="border-radius:4px"><figcaption style="font-size:'
        f'.75rem;opacity:.8;overflow-wrap:anywhere">{html_line(words)}</figcaption></figure>'
        for source, words in tiles
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{figures}</div>'
