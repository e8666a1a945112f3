"""Contour lines of saliency maps and outlines of objects, as whole SVG documents."""

from collections.abc import Sequence

import contourpy
import numpy as np
from numpy.typing import NDArray

from saliencnn.drawing.heat import Floats, upsample
from saliencnn.drawing.images import Sides, sides_within, svg_uri

Points = NDArray[np.int64]  # (P, 2), x then y, in SVG units

LEVELS = (0.25, 0.5, 0.75)
_CONTOUR_GRID = 48
_UNITS = 10  # SVG units a pixel: whole numbers print faster and shorter than decimals
_OUTLINE, _HALO = 11, 17  # widths in units


def _lines(generator: contourpy.ContourGenerator, level: float) -> list[Points]:
    return [np.asarray(line).round().astype(np.int64) for line in generator.lines(level)]


def _svg(
    sides: Sides, drawn: Sequence[tuple[list[Points], int]], color: str, prefix: str = "p"
) -> str:
    """Draw lines, each list with its width, over wider dark halos, legible on any image."""
    height, width = sides
    paths = uses = ""
    for place, (lines, thick) in enumerate(drawn):
        path = "".join(f"M{' '.join(map(str, line.ravel().tolist()))}" for line in lines)
        paths += f"<path id='{prefix}{place}' d='{path}'/>"
        uses += (
            f"<use href='#{prefix}{place}' stroke='#000' stroke-opacity='.55' "
            f"stroke-width='{thick + _HALO}'/>"
            f"<use href='#{prefix}{place}' stroke='{color}' stroke-width='{thick}'/>"
        )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
        f"viewBox='0 0 {width * _UNITS} {height * _UNITS}'><defs>{paths}</defs>"
        f"<g fill='none' stroke-linejoin='round'>{uses}</g></svg>"
    )


def contour_svg(
    map01: Floats, sides: Sides, levels: Sequence[float] = LEVELS, prefix: str = "p"
) -> str:
    """Draw a map's contour lines: the higher a level, the thicker its line.

    Args:
        map01: (h, w) in 0..1.
        sides: Of the drawing.
        levels: Values in 0..1 to draw; leave out those below the threshold.
        prefix: Of the ids within, which must differ where several stand in one document.

    Returns:
        A whole SVG document, or "" where no line crosses the map.
    """
    grid = upsample(map01[None], _CONTOUR_GRID, _CONTOUR_GRID)[0]
    # Bilinear maps are flat beyond their outermost pixel centres, so lines may run to the frame.
    down, across = (_places(side * _UNITS) for side in sides)
    generator = contourpy.contour_generator(across, down, grid)
    found = [(_lines(generator, level), round(2 + 18 * level)) for level in sorted(levels)]
    drawn = [(lines, width) for lines, width in found if lines]
    return _svg(sides, drawn, "#fff", prefix) if drawn else ""


def _places(extent: int) -> Floats:
    """Return where the grid's lines lie along a side, the outermost at its ends."""
    at = (np.arange(_CONTOUR_GRID) + 0.5) * (extent / _CONTOUR_GRID)
    at[0], at[-1] = 0, extent
    return at


def outline_uri(mask: NDArray[np.bool_], longest: int) -> str:
    """Trace the border of a mask (H, W) as a data URI; "" for an empty mask.

    Args:
        mask: of an object in an image.
        longest: pixels of the image's longer side.
    """
    sides = sides_within(mask.shape, longest)
    down, across = (
        (np.arange(-1, cells + 1) + 0.5).clip(0, cells) * (side * _UNITS / cells)
        for cells, side in zip(mask.shape, sides, strict=True)
    )
    generator = contourpy.contour_generator(across, down, np.pad(mask, 1).astype(np.float32))
    lines = _lines(generator, 0.5)
    return svg_uri(_svg(sides, [(lines, _OUTLINE)], "#F0E442")) if lines else ""
