"""Contour lines of saliency maps and outlines of objects, as whole SVG documents."""

from collections.abc import Sequence

import contourpy
import numpy as np
from numpy.typing import NDArray

from saliencnn.drawing.heat import Floats, upsample

Points = NDArray[np.int64]  # (P, 2), x then y, in SVG units

LEVELS = (0.25, 0.5, 0.75)
_CONTOUR_GRID = 48
_UNITS = 10  # SVG units a pixel: whole numbers print faster and shorter than decimals
_LABEL_MARGIN = 10  # pixels between a contour's label and the frame


def _lines(generator: contourpy.ContourGenerator, level: float) -> list[Points]:
    return [np.asarray(line).round().astype(np.int64) for line in generator.lines(level)]


def _svg(size: int, lines: list[Points], color: str, labels: str = "") -> str:
    """Draw lines twice: coloured over a wider dark halo, legible on any image."""
    path = "".join(f"M{' '.join(map(str, line.ravel().tolist()))}" for line in lines)
    extent = size * _UNITS
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{size}' height='{size}' "
        f"viewBox='0 0 {extent} {extent}'><defs><path id='p' d='{path}'/></defs>"
        "<g fill='none' stroke-linejoin='round'>"
        "<use href='#p' stroke='#000' stroke-opacity='.55' stroke-width='28'/>"
        f"<use href='#p' stroke='{color}' stroke-width='11'/></g>{labels}</svg>"
    )


def _label(level: float, line: Points, taken: list[Points], size: int) -> str:
    """Write a level on its line: inside the frame and as far as can be from earlier labels."""
    low, high = _LABEL_MARGIN * _UNITS, (size - _LABEL_MARGIN) * _UNITS
    spots = line.clip(low, high)
    inside = line[(spots == line).all(axis=1)]
    spots = inside if len(inside) else spots
    if taken:
        away = np.abs(spots[:, None] - np.array(taken)).sum(axis=2).min(axis=1)
        spot = spots[away.argmax()]
    else:
        spot = spots[spots[:, 1].argmin()]
    taken.append(spot)
    text = f"{level:.2g}".removeprefix("0")
    return f"<text x='{spot[0]}' y='{spot[1]}' dy='.35em'>{text}</text>"


def contour_svg(map01: Floats, size: int, levels: Sequence[float] = LEVELS) -> str:
    """Draw a map's contour lines, each level's longest line carrying its value.

    Args:
        map01: (h, w) in 0..1.
        size: Pixels of an edge.
        levels: Values in 0..1 to draw; leave out those below the threshold.

    Returns:
        A whole SVG document, or "" where no line crosses the map.
    """
    grid = upsample(map01[None], _CONTOUR_GRID, _CONTOUR_GRID)[0]
    # Bilinear maps are flat beyond their outermost pixel centres, so lines may run to the frame.
    at = (np.arange(_CONTOUR_GRID) + 0.5) * (size * _UNITS / _CONTOUR_GRID)
    at[0], at[-1] = 0, size * _UNITS
    generator = contourpy.contour_generator(at, at, grid)
    drawn: list[Points] = []
    taken: list[Points] = []
    labels = ""
    for level in sorted(levels, reverse=True):
        lines = _lines(generator, level)
        if lines:
            drawn += lines
            labels += _label(level, max(lines, key=len), taken, size)
    if not drawn:
        return ""
    style = (
        f"font-family='system-ui,sans-serif' font-size='{9 * _UNITS}' font-weight='600' "
        "text-anchor='middle' fill='#fff' stroke='#000' stroke-opacity='.75' stroke-width='26' "
        "stroke-linejoin='round' paint-order='stroke'"
    )
    return _svg(size, drawn, "#fff", f"<g {style}>{labels}</g>")


def outline_svg(mask: NDArray[np.bool_], size: int) -> str:
    """Trace the border of a mask (H, W)."""
    height, width = mask.shape
    across = (np.arange(-1, width + 1) + 0.5).clip(0, width) * (size * _UNITS / width)
    down = (np.arange(-1, height + 1) + 0.5).clip(0, height) * (size * _UNITS / height)
    generator = contourpy.contour_generator(across, down, np.pad(mask, 1).astype(np.float32))
    lines = _lines(generator, 0.5)
    return _svg(size, lines, "#F0E442") if lines else ""
