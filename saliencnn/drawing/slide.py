"""One idea as a picture for a slide: its title and its parts below each other, as SVG and PNG."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from PIL import Image

from saliencnn.common.shown import html_line
from saliencnn.data.encode import encode_png
from saliencnn.drawing.figure import Figure
from saliencnn.drawing.heat import Bytes
from saliencnn.drawing.images import data_uri, shrink
from saliencnn.drawing.lettering import measure, wrap, write_lines
from saliencnn.drawing.parts import Chart, Columns, Images, Part, Size, Table, Words

WIDTH, SCALE = 600, 3.2
"""Units of a slide's width, and pixels of the PNG for each."""
MARGIN = 16
HEIGHT = WIDTH * 9 / 16
"""Units of a slide's height at least: what a screen has."""
_GAP, _PADDING, _TILE, _SMALLEST_TILE = 9, 9, 84, 56
_LINE = 1.32
"""Of a letter's height, from one line to the next."""
_TITLES, _MOST_LINES = (20, 15, 12), 2
"""Letters of a title: the first with which it takes no more lines than these, else the last."""
_CHART_HEIGHT, _CHART_SCALE = 240, 3
_FRAME = "fill='none' stroke='#c8c8c8' rx='5'"
_BOLD = "font-weight='600'"


@dataclass(frozen=True, eq=False)
class Slide:
    """A picture for a slide.

    Attributes:
        title: heads it.
        parts: below each other.
        colors: of the charts' lines and bars; by default Vega's.
    """

    title: str
    parts: Sequence[Part]
    colors: Sequence[str] = ()

    @cached_property
    def svg(self) -> str:
        """The slide as an SVG document that needs nothing beside it."""
        return self.drawn[0]

    @cached_property
    def drawn(self) -> tuple[str, float]:
        """The SVG document, and its height in units, ``HEIGHT`` at least."""
        return _Drawing(self).draw()

    @cached_property
    def png(self) -> bytes:
        """The slide as a PNG file, 1,920 pixels wide."""
        from vl_convert import svg_to_png  # takes a moment, and most people save no slide

        return bytes(svg_to_png(self.svg, scale=SCALE))


class _Drawing:
    """A slide while it is drawn; each part is told where it begins and returns where it ends."""

    def __init__(self, slide: Slide) -> None:
        self.slide = slide
        self.drawn: list[str] = []

    def draw(self) -> tuple[str, float]:
        across = WIDTH - 2 * MARGIN
        title = self.slide.title
        fitting = (one for one in _TITLES if len(wrap(title, across, one)) <= _MOST_LINES)
        y = self._write(title, MARGIN, MARGIN, across, next(fitting, _TITLES[-1]), _BOLD) + _GAP
        y = self._draw_parts(self.slide.parts, MARGIN, y, across)
        height = max(HEIGHT, y + MARGIN)
        svg = (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height:g}' "
            f"viewBox='0 0 {WIDTH} {height:g}' font-family='Helvetica, Arial, sans-serif' "
            f"fill='#1d1d1f'><title>{html_line(self.slide.title)}</title>"
            f"<rect width='100%' height='100%' fill='#fff'/>{''.join(self.drawn)}</svg>"
        )
        return svg, height

    def _draw_parts(self, parts: Sequence[Part], x: float, y: float, width: float) -> float:
        for part in parts:
            y = self._draw_part(part, x, y, width) + _GAP
        return y - _GAP if parts else y

    def _draw_part(self, part: Part, x: float, y: float, width: float) -> float:
        match part:
            case Words():
                return self._draw_words(part, x, y, width)
            case Columns():
                return self._draw_columns(part, x, y, width)
            case Table():
                return self._draw_table(part, x, y, width)
            case Images():
                return self._draw_images(part, x, y, width)
            case Chart():
                return self._draw_chart(part, x, y, width)
            case Figure():
                return self._draw_figure(part, y)

    def _write(
        self, text: str, x: float, y: float, width: float, size: float, style: str = ""
    ) -> float:
        """Write a text from its upper edge on, and return its lower edge."""
        lines = wrap(text, width, size)
        self.drawn.append(write_lines(lines, x, y + size, size, _LINE * size, style))
        return y + _LINE * size * len(lines)

    def _draw_words(self, words: Words, x: float, y: float, width: float) -> float:
        size, left = words.size.value, x
        if words.mark:
            self.drawn.append(
                f"<circle cx='{x + 0.4 * size:g}' cy='{y + 0.68 * size:g}' r='{0.32 * size:g}' "
                f"fill='{words.mark.value}'/>"
            )
            left += 1.2 * size
        if words.bullet:
            bullet = "•" if words.bullet == "-" else words.bullet
            self._write(bullet, left, y, width, size)
            left += 1.8 * size
        if words.before:
            y = self._write(words.before, left, y, x + width - left, size, _BOLD)
        bold = words.strong or words.size is Size.HEADING
        style = _BOLD if bold else "fill='#55555a'" if size <= Size.SMALL.value else ""
        return self._write(words.text, left, y, x + width - left, size, style)

    def _draw_columns(self, part: Columns, x: float, y: float, width: float) -> float:
        inner = _PADDING if part.framed else 0
        wide = (width + _GAP) / len(part.columns) - _GAP
        lefts = [x + place * (wide + _GAP) for place in range(len(part.columns))]
        ends = [
            self._draw_parts(parts, left + inner, y + inner, wide - 2 * inner)
            for parts, left in zip(part.columns, lefts, strict=True)
        ]
        bottom = max(ends) + inner
        if part.framed:
            for left in lefts:
                place = f"x='{left:g}' y='{y:g}' width='{wide:g}' height='{bottom - y:g}'"
                self.drawn.append(f"<rect {place} {_FRAME}/>")
        return bottom

    def _draw_table(self, table: Table, x: float, y: float, width: float) -> float:
        rows, size = [["", *table.names], *table.rows], Size.TEXT.value
        wide = _share_width([[row[at] for row in rows] for at in range(len(rows[0]))], width)
        for place, row in enumerate(rows):
            ends, left = [], x
            for at, text in enumerate(row):
                bold = _BOLD if not (place and at) else ""
                ends.append(self._write(text, left, y, wide[at] - _GAP, size, bold))
                left += wide[at]
            y = max(ends) + _GAP / 2
            line = f"x1='{x:g}' x2='{x + width:g}' y1='{y:g}' y2='{y:g}'"
            self.drawn.append(f"<line {line} stroke='#dcdcdc'/>")
            y += _GAP / 2
        return y

    def _draw_images(self, images: Images, x: float, y: float, width: float) -> float:
        # As large as one row has room for, so that the slide keeps its shape.
        fitting = (width + _GAP) / max(len(images.tiles), 1) - _GAP
        tile = min(_TILE, max(_SMALLEST_TILE, fitting))
        each = max(1, int((width + _GAP + 0.01) // (tile + _GAP)))
        for start in range(0, len(images.tiles), each):
            ends = []
            for place, (pixels, words) in enumerate(images.tiles[start : start + each]):
                left = x + place * (tile + _GAP)
                height = self._draw_image(pixels, left, y, tile)
                ends.append(self._write(words, left, y + height + 2, tile, Size.SMALL.value))
            y = max(ends) + _GAP
        return y - _GAP

    def _draw_image(self, pixels: Bytes, x: float, y: float, tile: float) -> float:
        """Draw an image in a square of that many units a side, and return its height."""
        tall, wide = pixels.shape[:2]
        longer = tile / max(tall, wide)
        source = data_uri("png", encode_png(shrink(pixels, 4 * _TILE)))
        self.drawn.append(
            f"<image href='{source}' x='{x:g}' y='{y:g}' width='{wide * longer:g}' "
            f"height='{tall * longer:g}' preserveAspectRatio='none'/>"
        )
        return tall * longer

    def _draw_chart(self, chart: Chart, x: float, y: float, width: float) -> float:
        png = _render_chart(chart, width, self.slide.colors)
        wide, tall = (side / _CHART_SCALE for side in Image.open(BytesIO(png)).size)
        fit = min(1.0, width / wide)
        place = f"x='{x:g}' y='{y:g}' width='{fit * wide:g}' height='{fit * tall:g}'"
        self.drawn.append(f"<image href='{data_uri('png', png)}' {place}/>")
        return y + fit * tall

    def _draw_figure(self, figure: Figure, y: float) -> float:
        svg, height = figure.drawn
        place = f"y='{y:g}' width='{WIDTH}' height='{height - MARGIN - _GAP:g}'"
        seen = f"viewBox='0 {MARGIN} {WIDTH} {height - MARGIN - _GAP:g}'"  # without its margins
        self.drawn.append(f"<svg {place} {seen}>{svg}</svg>")
        return y + height - MARGIN - _GAP


def _share_width(columns: Sequence[Sequence[str]], width: float) -> list[float]:
    """Return columns' widths: what their texts need, and where that is too much its part of it."""
    needed = [
        max(measure(text, Size.TEXT.value) for text in column) + 2 * _GAP for column in columns
    ]
    return [need * min(1.0, width / sum(needed)) for need in needed]


def _render_chart(chart: Chart, width: float, colors: Sequence[str]) -> bytes:
    from vl_convert import vegalite_to_png

    drawn = chart.build(*chart.inputs, *([False] if chart.themed else [])).to_dict()
    words = {"labelFontSize": 11, "titleFontSize": 11, "labelColor": "#1d1d1f"}
    config = {
        "view": {"stroke": None},
        "font": "Helvetica, Arial, sans-serif",
        "axis": {**words, "titleFontWeight": "normal"},
        "legend": {
            **words,
            "labelLimit": width - 30,
            "layout": {"top": {"anchor": "start", "direction": "vertical"}},
        },
        **({"range": {"category": list(colors)}} if colors else {}),
    }
    fitted = {
        "width": round(width),
        "height": _CHART_HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
    }
    specification = {
        **{name: value for name, value in drawn.items() if name != "title"},
        **({} if "width" in drawn else fitted),  # labels may stand where they do for its own size
        "config": {**drawn.get("config", {}), **config},
    }
    return bytes(vegalite_to_png(specification, scale=_CHART_SCALE))
