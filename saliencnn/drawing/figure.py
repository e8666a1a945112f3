"""Maps on their images in rows and columns, with title and legend: a figure for a paper.

It is drawn as SVG, whose words stay words; its PNG is made of the SVG. Pages and notebooks draw the
same figure.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_some
from saliencnn.common.shown import html_line
from saliencnn.data.encode import encode_png
from saliencnn.drawing.contours import LEVELS, contour_svg
from saliencnn.drawing.heat import Bytes, Floats, color_table, render_heat
from saliencnn.drawing.images import data_uri

TILE = 160
"""Units of a map's width; a unit of the PNG is ``SCALE`` pixels."""
SCALE = 2.0
LONGEST_SIDE = 480
"""Pixels of an image's side in a figure."""
FINEST_CONTOURED = 32
"""Cells a side up to which contours help; around single pixels they would hide the image."""
_GAP, _MARGIN, _LABEL, _LINE = 8, 16, 104, 15
_LETTER = 6.3
"""Units of a letter's width at 12 units of height, generously."""
_FONT = "font-family='Helvetica, Arial, sans-serif'"


@dataclass(frozen=True, eq=False)
class Tile:
    """One map on its image.

    Attributes:
        image: uint8 (H, W, 3), what the network saw.
        map01: (h, w) in 0..1 from ``rescale``; None draws the note in its place.
        words: lines below it.
        note: why there is nothing to see.
    """

    image: Bytes
    map01: Floats | None
    words: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, eq=False)
class Figure:
    """A grid of maps; a notebook shows it by itself.

    Attributes:
        title: heads it.
        columns: their names.
        rows: name and tiles, one a column, of each row.
        opacity: of the colours, 0..1.
        threshold: what lies below this fraction of a map's maximum is not drawn.
        contours: whether lines are drawn at 0.25, 0.5 and 0.75 of the maximum.
        original: the image that all maps are of, uint8 (H, W, 3), drawn alone above them.
        caption: stands beside it.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Tile]]]
    opacity: float = 0.6
    threshold: float = 0.0
    contours: bool = True
    original: Bytes | None = None
    caption: str = ""

    @cached_property
    def svg(self) -> str:
        """The figure as an SVG document, white behind it, that needs nothing beside it."""
        return _Drawing(self).draw()

    @cached_property
    def png(self) -> bytes:
        """The figure as a PNG file."""
        from vl_convert import svg_to_png  # takes a moment, and most people draw no figure

        return bytes(svg_to_png(self.svg, scale=SCALE))

    @property
    def image(self) -> Image.Image:
        """The figure as a PIL image."""
        return Image.open(BytesIO(self.png)).convert("RGB")

    def save(self, path: str | Path) -> None:
        """Write the figure to a file.

        Args:
            path: ends in ``.svg`` or ``.png``.

        Raises:
            UserError: it ends otherwise.
        """
        target = Path(path)
        if target.suffix.lower() not in (".svg", ".png"):
            raise UserError(f"A figure is saved as .svg or .png, not as {target.suffix!r}.")
        content = self.png if target.suffix.lower() == ".png" else self.svg.encode()
        target.write_bytes(content)

    def _repr_png_(self) -> bytes:
        return self.png


class _Drawing:
    """A figure while it is drawn, from top to bottom."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.left = _MARGIN + (_LABEL if any(name for name, _ in figure.rows) else 0)
        across = len(figure.columns) * (TILE + _GAP) - _GAP
        self.width = self.left + max(across, 2 * TILE) + _MARGIN
        self.y = float(_MARGIN)
        self.parts: list[str] = []
        self.images: dict[int, tuple[str, str]] = {}
        self.levels: list[float] = []

    def draw(self) -> str:
        figure = self.figure
        for line in _wrap(figure.title, self.width - 2 * _MARGIN, 15):
            self.y += 20
            self.write(line, _MARGIN, self.y, 15, "font-weight='600'")
        self.y += _GAP
        if figure.original is not None:
            self._draw_original(figure.original)
        if any(figure.columns):
            self._write_columns()
        for name, tiles in figure.rows:
            self._draw_row(name, tiles)
        self._draw_legend()
        height = self.y + _MARGIN
        images = "".join(element for _, element in self.images.values())
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{self.width}' height='{height:g}' "
            f"viewBox='0 0 {self.width} {height:g}' {_FONT} fill='#1d1d1f'>"
            f"<title>{html_line(figure.title)}</title><defs>{images}</defs>"
            f"<rect width='100%' height='100%' fill='#fff'/>{''.join(self.parts)}</svg>"
        )

    def write(self, text: str, x: float, y: float, size: int, style: str = "") -> None:
        words = html_line(text)
        self.parts.append(f"<text x='{x:g}' y='{y:g}' font-size='{size}' {style}>{words}</text>")

    def _draw_original(self, image: Bytes) -> None:
        height = TILE * image.shape[0] / image.shape[1]
        name = self._define(image, height)
        self.parts.append(f"<use href='#{name}' x='{self.left}' y='{self.y:g}'/>")
        x = self.left + TILE + _GAP
        lines = _wrap(self.figure.caption, self.width - x - _MARGIN, 12)
        for place, line in enumerate(lines, 1):
            self.write(line, x, self.y + _LINE * place, 12)
        self.y += max(height, _LINE * len(lines)) + 2 * _GAP

    def _write_columns(self) -> None:
        wrapped = [_wrap(name, TILE, 12) for name in self.figure.columns]
        for column, lines in enumerate(wrapped):
            middle = self.left + column * (TILE + _GAP) + TILE / 2
            for place, line in enumerate(lines):
                y = self.y + _LINE * (place + 1)
                self.write(line, middle, y, 12, "text-anchor='middle' font-weight='600'")
        self.y += _LINE * max(map(len, wrapped)) + _GAP

    def _draw_row(self, name: str, tiles: Sequence[Tile]) -> None:
        heights = [TILE * tile.image.shape[0] / tile.image.shape[1] for tile in tiles]
        middle = self.y + max(heights) / 2
        lines = _wrap(name, _LABEL - _GAP, 12)
        for place, line in enumerate(lines):
            y = middle + _LINE * (place - len(lines) / 2 + 0.75)
            self.write(line, _MARGIN, y, 12, "font-weight='600'")
        words = [[part for one in tile.words for part in _wrap(one, TILE, 11)] for tile in tiles]
        for column, (tile, height) in enumerate(zip(tiles, heights, strict=True)):
            x = self.left + column * (TILE + _GAP)
            self._draw_tile(tile, x, self.y, height)
            for place, line in enumerate(words[column]):
                self.write(line, x, self.y + height + 14 + 14 * place, 11, "fill='#444'")
        self.y += max(heights) + 14 * max(map(len, words)) + 2 * _GAP

    def _draw_tile(self, tile: Tile, x: float, y: float, height: float) -> None:
        place = f"x='{x:g}' y='{y:g}' width='{TILE}' height='{height:g}'"
        if tile.map01 is None:
            self.parts.append(f"<rect {place} fill='#f2f2f2' stroke='#bbb'/>")
            middle = (x + TILE / 2, y + height / 2)
            self.write(tile.note or "no map", *middle, 11, "text-anchor='middle'")
            return
        figure = self.figure
        image = f"<use href='#{self._define(tile.image, height)}' x='{x:g}' y='{y:g}'/>"
        sides = max(1, round(height * SCALE)), round(TILE * SCALE)
        png = render_heat(tile.map01[None], sides, figure.threshold)[0]
        heat = (
            f"<image href='{data_uri('png', png)}' {place} opacity='{figure.opacity:g}' "
            "preserveAspectRatio='none'/>"
        )
        self.parts += [image, heat]
        if figure.contours and max(tile.map01.shape) <= FINEST_CONTOURED:
            self.levels = [level for level in LEVELS if level >= figure.threshold]
            sides = max(1, round(height)), TILE
            lines = contour_svg(tile.map01, sides, self.levels, f"line{len(self.parts)}-")
            self.parts.append(lines.replace("<svg", f"<svg x='{x:g}' y='{y:g}'", 1))

    def _define(self, pixels: Bytes, height: float) -> str:
        """Return the id of an image, which stands once in the file however often it is shown."""
        if id(pixels) not in self.images:
            name = f"image{len(self.images)}"
            shrunk = Image.fromarray(pixels)
            shrunk.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            source = data_uri("png", encode_png(np.asarray(shrunk)))
            element = (
                f"<image id='{name}' href='{source}' width='{TILE}' "
                f"height='{height:g}' preserveAspectRatio='none'/>"
            )
            self.images[id(pixels)] = name, element
        return self.images[id(pixels)][0]

    def _draw_legend(self) -> None:
        figure, y = self.figure, self.y
        bar = data_uri("png", encode_png(color_table()[None]))
        self.write("low", self.left, y + 10, 11)
        x = self.left + 28
        self.parts.append(
            f"<image href='{bar}' x='{x}' y='{y:g}' width='{TILE}' height='11' "
            "preserveAspectRatio='none'/>"
        )
        self.write("high: raises the class's score", x + TILE + 6, y + 10, 11)
        self.y += 12
        said = [f"opacity {figure.opacity:g}"]
        if figure.threshold:
            said.append(f"nothing is drawn below {figure.threshold:g} of the maximum")
        if self.levels:
            at = list_some([f"{level:g}" for level in self.levels])
            said.append(f"lines, thin to thick, at {at} of the maximum")
        for line in _wrap("; ".join(said), self.width - self.left - _MARGIN, 11):
            self.y += _LINE
            self.write(line, self.left, self.y, 11, "fill='#444'")


def _wrap(text: str, width: float, size: int) -> list[str]:
    """Return a text in lines that are about as wide as their place."""
    letters = max(8, int(width / (_LETTER * size / 12)))
    return textwrap.wrap(text, letters)
