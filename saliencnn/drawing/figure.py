"""Maps on their images in rows and columns, with title and legend: a figure for a paper.

It is drawn as SVG, whose words stay words; its PNG is made of the SVG. Pages and notebooks draw the
same figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from PIL import Image

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_some
from saliencnn.common.shown import html_line
from saliencnn.data.encode import encode_png
from saliencnn.drawing.contours import LEVELS, contour_svg
from saliencnn.drawing.heat import Bytes, Floats, color_table, render_heat
from saliencnn.drawing.images import data_uri, shrink
from saliencnn.drawing.lettering import measure, wrap, write_lines

TILE = 160
"""Units of a map's width; a unit of the PNG is ``SCALE`` pixels."""
SCALE = 2.0
SHOWN, LEGIBLE = 1200, 16
"""Pixels of a figure's width in a slide, and of its smallest letters there."""
LONGEST_SIDE = 480
"""Pixels of an image's side in a figure."""
FINEST_CONTOURED = 32
"""Cells a side up to which contours help; around single pixels they would hide the image."""
_GAP, _MARGIN, _LABEL, _SCALE_BAR = 8, 16, 104, 100
_TITLE, _NAME, _WORDS = 15, 12, 11
"""Units of the letters of a title, of names and of all other words, in a narrow figure."""
_LINE = 1.27
"""Of a letter's height, from one line to the next."""
_FONT = "font-family='Helvetica, Arial, sans-serif'"


@dataclass(frozen=True, eq=False)
class Tile:
    """One map on its image.

    Attributes:
        image: uint8 (H, W, 3), what the network saw.
        map01: (h, w) in 0..1 from ``rescale``; None draws the note in its place or, where there
            is none, the image alone.
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
        tile: units of a map's width.
        column: units of what stands below a map, where that is wider.
        letters: units of the smallest letters in a narrow figure.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Tile]]]
    opacity: float = 0.6
    threshold: float = 0.0
    contours: bool = True
    original: Bytes | None = None
    caption: str = ""
    tile: int = TILE
    column: int = 0
    letters: float = _WORDS

    @cached_property
    def svg(self) -> str:
        """The figure as an SVG document, white behind it, that needs nothing beside it."""
        return self.drawn[0]

    @cached_property
    def drawn(self) -> tuple[str, float]:
        """The SVG document, and its height in units."""
        drawing = _Drawing(self)
        return drawing.draw(), drawing.height

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
        label = _LABEL if any(name for name, _ in figure.rows) else 0
        self.column = max(figure.column, figure.tile)
        across = max(len(figure.columns) * (self.column + _GAP) - _GAP, 2 * figure.tile)
        # A wide figure is shown smaller, so its letters are larger, and so is what labels need.
        each = LEGIBLE / SHOWN / figure.letters
        self.larger = max(1.0, each * (2 * _MARGIN + across) / (1 - each * label))
        unit = self.larger * figure.letters / _WORDS
        self.title, self.name, self.words = (size * unit for size in (_TITLE, _NAME, _WORDS))
        self.left = _MARGIN + label * self.larger
        self.width = self.left + across + _MARGIN
        self.y = float(_MARGIN)
        self.parts: list[str] = []
        self.images: dict[int, tuple[str, str]] = {}
        self.levels: list[float] = []

    @property
    def height(self) -> float:
        return self.y + _MARGIN

    def draw(self) -> str:
        figure = self.figure
        title = wrap(figure.title, self.width - 2 * _MARGIN, self.title)
        self.write(title, _MARGIN, self.y + self.title, self.title, "font-weight='600'")
        self.y += _LINE * self.title * len(title) + _GAP
        if figure.original is not None:
            self._draw_original(figure.original)
        if any(figure.columns):
            self._write_columns()
        for name, tiles in figure.rows:
            self._draw_row(name, tiles)
        self._draw_legend()
        images = "".join(element for _, element in self.images.values())
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{self.width:g}' "
            f"height='{self.height:g}' viewBox='0 0 {self.width:g} {self.height:g}' {_FONT} "
            f"fill='#1d1d1f'><title>{html_line(figure.title)}</title><defs>{images}</defs>"
            f"<rect width='100%' height='100%' fill='#fff'/>{''.join(self.parts)}</svg>"
        )

    def write(self, lines: Sequence[str], x: float, y: float, size: float, style: str = "") -> None:
        """Write lines below each other, the first on a base line."""
        self.parts.append(write_lines(lines, x, y, size, _LINE * size, style))

    def _draw_original(self, image: Bytes) -> None:
        tile = self.figure.tile
        height = tile * image.shape[0] / image.shape[1]
        name = self._define(image, height)
        self.parts.append(f"<use href='#{name}' x='{self.left:g}' y='{self.y:g}'/>")
        x = self.left + tile + _GAP
        lines = wrap(self.figure.caption, self.width - x - _MARGIN, self.name)
        self.write(lines, x, self.y + self.name, self.name)
        self.y += max(height, _LINE * self.name * len(lines)) + 2 * _GAP

    def _write_columns(self) -> None:
        wrapped = []
        for column, name in enumerate(self.figure.columns):
            wrapped.append(wrap(name, self.column, self.name))
            x, style = self.left + column * (self.column + _GAP), "font-weight='600'"
            if self.column == self.figure.tile:
                x, style = x + self.column / 2, f"text-anchor='middle' {style}"
            self.write(wrapped[-1], x, self.y + self.name, self.name, style)
        self.y += _LINE * self.name * max(map(len, wrapped)) + _GAP

    def _draw_row(self, name: str, tiles: Sequence[Tile]) -> None:
        wide = self.figure.tile
        heights = [wide * tile.image.shape[0] / tile.image.shape[1] for tile in tiles]
        label = wrap(name, self.left - _MARGIN - _GAP, self.name) if name else []
        step = _LINE * self.name
        top = self.y + max(0.0, max(heights) - step * len(label)) / 2 + 0.75 * step
        self.write(label, _MARGIN, top, self.name, "font-weight='600'")
        below = [
            [line for one in tile.words for line in wrap(one, self.column, self.words)]
            for tile in tiles
        ]
        for column, (tile, height) in enumerate(zip(tiles, heights, strict=True)):
            x = self.left + column * (self.column + _GAP)
            self._draw_tile(tile, x, self.y, height)
            first = self.y + height + _LINE * self.words
            self.write(below[column], x, first, self.words, "fill='#444'")
        tall = max(heights) + _LINE * self.words * max(map(len, below))
        self.y += max(tall, step * len(label)) + 2 * _GAP

    def _draw_tile(self, tile: Tile, x: float, y: float, height: float) -> None:
        figure = self.figure
        place = f"x='{x:g}' y='{y:g}' width='{figure.tile}' height='{height:g}'"
        if tile.note:
            self.parts.append(f"<rect {place} fill='#f2f2f2' stroke='#bbb'/>")
            lines = wrap(tile.note, figure.tile - 2 * _GAP, self.words)
            first = y + height / 2 - _LINE * self.words * (len(lines) - 1) / 2
            self.write(lines, x + figure.tile / 2, first, self.words, "text-anchor='middle'")
            return
        self.parts.append(f"<use href='#{self._define(tile.image, height)}' x='{x:g}' y='{y:g}'/>")
        if tile.map01 is None:
            return
        sides = max(1, round(height * SCALE)), round(figure.tile * SCALE)
        png = render_heat(tile.map01[None], sides, figure.threshold)[0]
        self.parts.append(
            f"<image href='{data_uri('png', png)}' {place} opacity='{figure.opacity:g}' "
            "preserveAspectRatio='none'/>"
        )
        if figure.contours and max(tile.map01.shape) <= FINEST_CONTOURED:
            self.levels = [level for level in LEVELS if level >= figure.threshold]
            sides = max(1, round(height)), figure.tile
            drawn = contour_svg(tile.map01, sides, self.levels, f"line{len(self.parts)}-")
            self.parts.append(drawn.replace("<svg", f"<svg x='{x:g}' y='{y:g}'", 1))

    def _define(self, pixels: Bytes, height: float) -> str:
        """Return the id of an image, which stands once in the file however often it is shown."""
        if id(pixels) not in self.images:
            name = f"image{len(self.images)}"
            source = data_uri("png", encode_png(shrink(pixels, LONGEST_SIDE)))
            element = (
                f"<image id='{name}' href='{source}' width='{self.figure.tile}' "
                f"height='{height:g}' preserveAspectRatio='none'/>"
            )
            self.images[id(pixels)] = name, element
        return self.images[id(pixels)][0]

    def _draw_legend(self) -> None:
        figure, size = self.figure, self.words
        bar = data_uri("png", encode_png(color_table()[None]))
        base, x = self.y + 0.9 * size, self.left + 2.6 * size
        self.write(["low"], self.left, base, size)
        self.parts.append(
            f"<image href='{bar}' x='{x:g}' y='{self.y:g}' width='{_SCALE_BAR}' height='{size:g}' "
            "preserveAspectRatio='none'/>"
        )
        high = "high: raises the class's score"
        self.write([high], x + _SCALE_BAR + 6, base, size)
        said = [f"opacity {figure.opacity:g}"]
        if figure.threshold:
            said.append(f"nothing is drawn below {figure.threshold:g} of the maximum")
        if self.levels:
            at = list_some([f"{level:g}" for level in self.levels])
            said.append(f"lines, thin to thick, at {at} of the maximum")
        told, right = "; ".join(said), self.width - _MARGIN
        beside = x + _SCALE_BAR + 6 + measure(f"{high}  ", size)
        if beside + measure(told, size) <= right:
            self.write([told], beside, base, size, "fill='#444'")
            self.y += size
            return
        lines = wrap(told, right - self.left, size)
        self.write(lines, self.left, base + _LINE * size, size, "fill='#444'")
        self.y += size + _LINE * size * len(lines)
