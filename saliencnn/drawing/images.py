"""Images as data URIs, which the pages' HTML embeds."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from saliencnn.drawing.heat import Bytes

QUALITY = 88
Sides = tuple[int, int]
"""Height and width in pixels."""


def sides_within(shape: Sequence[int], longest: int) -> Sides:
    """Return the sides of an image drawn in its own proportions.

    Args:
        shape: of the image: height, width and whatever follows.
        longest: pixels of its longer side.
    """
    height, width = (max(1, round(longest * side / max(shape[:2]))) for side in shape[:2])
    return height, width


def shrink(image: Bytes, longest: int) -> Bytes:
    """Return an image, uint8 (H, W, 3), of at most ``longest`` pixels a side."""
    shrunk = Image.fromarray(image)
    shrunk.thumbnail((longest, longest))
    return np.asarray(shrunk)


def encode_jpeg(image: Bytes, longest: int) -> bytes:
    """Return an image, uint8 (H, W, 3), as a JPEG file of at most ``longest`` pixels a side."""
    buffer = BytesIO()
    Image.fromarray(shrink(image, longest)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def svg_uri(svg: str) -> str:
    """Return an SVG document as a data URI that any attribute in double quotes can hold."""
    # Percent signs for the few characters that need them: a third shorter than base64.
    text = svg.replace("%", "%25").replace("#", "%23").replace("<", "%3C").replace(">", "%3E")
    return f"data:image/svg+xml,{text}"


def data_uri(kind: str, content: bytes) -> str:
    """Return a file of a kind, e.g. ``png`` or ``svg+xml``, as a data URI."""
    return f"data:image/{kind};base64,{b64encode(content).decode()}"
