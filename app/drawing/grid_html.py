"""What stands beside maps, as HTML for ``st.html``, which keeps no inline ``<svg>``."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from saliencnn.common.shown import html_line
from saliencnn.drawing.contours import LEVELS, outline_uri
from saliencnn.drawing.heat import COLOR_STOPS, Bytes
from saliencnn.drawing.images import data_uri, encode_jpeg, sides_within
from saliencnn.drawing.scripts import read_styles
from saliencnn.saliency import METHODS

_CSS = read_styles("overlays")


def legend_html(threshold: float, methods: Collection[str]) -> str:
    """Draw a colour bar of 0..1 that marks the threshold, and the contour lines' widths.

    Args:
        threshold: what lies below it is not drawn.
        methods: of the maps; those of single pixels have no lines.
    """
    colors = f"background:linear-gradient(in oklab to right,{','.join(COLOR_STOPS)})"
    cut = f"{threshold:.1%}"
    hidden = f'<i style="width:{cut}"></i>' if threshold > 0 else ""
    ignored = f'<span style="flex:0 1 {cut}">ignored</span>' if threshold > 0 else ""
    lines = "".join(
        f'<span><b style="border-top-width:{4 * level:g}px"></b> {level:g}</span>'
        for level in LEVELS
        if level >= threshold and any(METHODS[one].family != "input" for one in methods)
    )
    return (
        f'<style>{_CSS}</style><div class="sal sal-legend"><div>'
        f'<div class="sal-bar" role="img" aria-label="colour scale, threshold {threshold:.2f}" '
        f'style="{colors}">{hidden}</div>'
        f'<div class="sal-words">{ignored}<span>{threshold:.2g} low</span>'
        f'<span>high attention 1</span></div></div><div class="sal-lines">{lines}</div></div>'
    )


def image_tile(
    image: Bytes, caption: str, object_outline: NDArray[np.bool_] | None, size: int
) -> str:
    """Show an image (H, W, 3) with its caption and, where known, its object's outline.

    Args:
        image: As the network saw it.
        caption: Text under the image, also its alt text.
        object_outline: (H, W) mask of the object, or of its box.
        size: Pixels of the longer side.
    """
    outline = "" if object_outline is None else outline_uri(object_outline, size)
    over = f'<img alt="" src="{outline}">' if outline else ""
    text = html_line(caption)
    height, width = sides_within(image.shape, size)
    sides = f"width:{width / size:.2%};aspect-ratio:{width}/{height}"
    source = data_uri("jpeg", encode_jpeg(image, 2 * size))
    return (
        f'<style>{_CSS}</style><div class="sal" style="--px:{size}px"><figure>'
        f'<div class="sal-box" style="{sides}"><img alt="{text}" src="{source}">{over}</div>'
        f"<figcaption>{text}</figcaption></figure></div>"
    )
