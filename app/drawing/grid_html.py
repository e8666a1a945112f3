"""Saliency maps over images, as HTML for ``st.html``.

Three layers make a cell: the image (embedded once a grid, as a CSS background), the heat (a
palette PNG with its own transparency) and the contours (an SVG). ``st.html`` keeps no inline
``<svg>``, so contours travel as images too.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saliencnn.common.shown import html_line
from saliencnn.drawing.contours import LEVELS, contour_svg, outline_svg
from saliencnn.drawing.heat import COLOR_STOPS, Bytes, Floats, render_heat
from saliencnn.drawing.images import data_uri, encode_jpeg
from saliencnn.measures.energy import is_constant

_CSS = Path(__file__).with_name("overlays.css").read_text()


def _contour_image(svg: str) -> str:
    if not svg:
        return ""
    # Percent signs for the few characters that need them: a third shorter than base64.
    text = svg.replace("#", "%23").replace("<", "%3C").replace(">", "%3E")
    return f'<img alt="" src="data:image/svg+xml,{text}">'


@dataclass(frozen=True, eq=False)
class Cell:
    """One method's map of one epoch.

    Attributes:
        map01: (h, w) in 0..1 from ``rescale``; None draws an empty frame with the note.
        caption: Lines under the cell, also read out in its alt text, e.g. ("focus 0.62",).
        predicted: Class the model chose at this epoch.
        confidence: Its probability, 0..1.
        correct: Whether it is the true class; None where nobody knows.
        note: Why there is nothing to see, e.g. "not logged" or "not applicable".
    """

    map01: Floats | None
    caption: tuple[str, ...] = ()
    predicted: str = ""
    confidence: float | None = None
    correct: bool | None = None
    note: str = ""


FINEST_CONTOURED = 32
"""Cells a side up to which contours help; around single pixels they would hide the image."""


def _layers(cells: list[Cell], size: int, threshold: float) -> list[tuple[str, str]]:
    """Heat PNG (data URI) and contour image of each cell; empty where there is nothing to draw."""
    layers = [("", "")] * len(cells)
    levels = [level for level in LEVELS if level >= threshold]
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for place, cell in enumerate(cells):
        if cell.map01 is not None and not is_constant(cell.map01[None])[0]:
            by_shape.setdefault(cell.map01.shape, []).append(place)
    for places in by_shape.values():
        maps = np.stack([np.asarray(cells[place].map01, np.float32) for place in places])
        for place, saliency, png in zip(
            places, maps, render_heat(maps, size, threshold), strict=True
        ):
            if saliency.max() >= threshold:
                coarse = max(saliency.shape) <= FINEST_CONTOURED
                lines = _contour_image(contour_svg(saliency, size, levels)) if coarse else ""
                layers[place] = (data_uri("png", png), lines)
    return layers


def _cell_html(cell: Cell, layer: tuple[str, str], image: str, name: str, column: str) -> str:
    heat, lines = layer
    note = cell.note
    if not heat and not note and cell.map01 is not None:
        note = "constant map" if is_constant(cell.map01[None])[0] else "below threshold"
    alt = html_line(", ".join(part for part in (name, column, *cell.caption, note) if part))
    caption = "".join(f"<figcaption>{html_line(line)}</figcaption>" for line in cell.caption)
    if cell.map01 is None:
        inner = f'<span class="sal-note">{html_line(note)}</span>'
        box = f'<div class="sal-box sal-void" role="img" aria-label="{alt}">{inner}</div>'
    else:
        seen = f'<img class="heat" alt="" src="{heat}">{lines}' if heat else ""
        flag = f'<span class="sal-flag">{html_line(note)}</span>' if note else ""
        box = (
            f'<div class="sal-box {image}" role="img" aria-label="{alt}" title="{alt}">'
            f"{seen}{flag}</div>"
        )
    return f"<figure>{box}{caption}</figure>"


def _prediction_html(cells: list[Cell]) -> str:
    """What the model predicted in one column, taken from the first cell that knows."""
    cell = next((cell for cell in cells if cell.predicted), None)
    if cell is None:
        return ""
    mark = {
        True: '<b class="good" role="img" aria-label="correct">✓</b> ',
        False: '<b class="bad" role="img" aria-label="wrong">✗</b> ',
        None: "",
    }[cell.correct]
    confidence = "" if cell.confidence is None else f"{cell.confidence:.0%}"
    name = html_line(cell.predicted)
    return (
        f'<div class="sal-said">{mark}{confidence}'
        f'<span class="sal-name" title="{name}">{name}</span></div>'
    )


def case_grid(
    image: Bytes,
    rows: list[tuple[str, list[Cell]]],
    columns: list[str],
    *,
    opacity: float,
    threshold: float,
    highlighted: int | None,
    cell_px: int,
) -> str:
    """Lay one image's maps out: a row for each method, a column for each epoch.

    Args:
        image: (H, W, 3), square, as the network saw it.
        rows: Name and cells (one a column) of each method; further lines of the name are its
            sub-labels, e.g. "Grad-CAM\\nfocus 0.62".
        columns: Headers, e.g. "epoch 7".
        opacity: Of the heat, 0..1.
        threshold: Attention below it, 0..1, is not drawn.
        highlighted: Column to outline.
        cell_px: Edge of a cell.

    Returns:
        Self-contained HTML for ``st.html``; every text in it is escaped.
    """
    jpeg = encode_jpeg(image, 2 * cell_px)
    backdrop = f"sal-p{zlib.crc32(jpeg):08x}"
    layers = iter(_layers([cell for _, cells in rows for cell in cells], cell_px, threshold))
    on = ['class="on"' if place == highlighted else "" for place in range(len(columns))]

    head = "".join(
        f'<th scope="col" {mark}>{html_line(column)}</th>'
        for mark, column in zip(on, columns, strict=True)
    )
    body = ""
    for label, cells in rows:
        name, *details = label.split("\n")
        drawn = "".join(
            f"<td {mark}>{_cell_html(cell, next(layers), backdrop, name, column)}</td>"
            for mark, cell, column in zip(on, cells, columns, strict=True)
        )
        small = "".join(f"<small>{html_line(detail)}</small>" for detail in details)
        body += f'<tr><th scope="row">{html_line(name)}{small}</th>{drawn}</tr>'
    foot = "".join(
        f"<td {mark}>{_prediction_html([cells[place] for _, cells in rows])}</td>"
        for place, mark in enumerate(on)
    )
    return (
        f"<style>{_CSS}.{backdrop}{{background-image:url({data_uri('jpeg', jpeg)})}}</style>"
        f'<div class="sal" style="--px:{cell_px}px;--heat:{opacity:.3f}">'
        '<div class="sal-scroll" tabindex="0" role="region" aria-label="saliency maps"><table>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody>"
        f"<tfoot><tr><td></td>{foot}</tr></tfoot></table></div></div>"
    )


def legend_html(threshold: float) -> str:
    """Draw a colour bar of 0..1 that marks the threshold and says what the colours mean."""
    colors = f"background:linear-gradient(in oklab to right,{','.join(COLOR_STOPS)})"
    cut = f"{threshold:.1%}"
    hidden = f'<i style="width:{cut}"></i>' if threshold > 0 else ""
    ignored = f'<span style="flex:0 1 {cut}">ignored</span>' if threshold > 0 else ""
    return (
        f'<style>{_CSS}</style><div class="sal sal-legend">'
        f'<div class="sal-bar" role="img" aria-label="colour scale, threshold {threshold:.2f}" '
        f'style="{colors}">{hidden}</div>'
        f'<div class="sal-words">{ignored}<span>{threshold:.2g} low</span>'
        "<span>high attention 1</span></div></div>"
    )


def image_tile(
    image: Bytes, caption: str, object_outline: NDArray[np.bool_] | None, size: int
) -> str:
    """Show an image (H, W, 3), square, with its caption and, where known, its object's outline.

    Args:
        image: As the network saw it.
        caption: Text under the image, also its alt text.
        object_outline: (H, W) mask of the object, or of its box.
        size: Pixels of an edge.
    """
    outline = "" if object_outline is None else _contour_image(outline_svg(object_outline, size))
    text = html_line(caption)
    source = data_uri("jpeg", encode_jpeg(image, 2 * size))
    return (
        f'<style>{_CSS}</style><div class="sal" style="--px:{size}px"><figure>'
        f'<div class="sal-box"><img alt="{text}" src="{source}">{outline}</div>'
        f"<figcaption>{text}</figcaption></figure></div>"
    )
