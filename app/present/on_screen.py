"""A step's parts on the screen, in type that a room can read, and as a picture for a slide."""

from collections.abc import Sequence
from itertools import groupby

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.drawing.thumbnails import image_uri, tile_row
from app.parts.chart import draw_chart, draw_large_chart, specify
from app.parts.saving import file_name
from app.parts.widgets import plain
from app.present.step import Live, Shown, Step
from saliencnn.drawing.figure import Figure
from saliencnn.drawing.parts import Chart, Columns, Images, Mark, Size, Table, Words
from saliencnn.drawing.slide import Slide

ICONS = {
    Mark.PROBLEM: ":red[:material/report:]",
    Mark.WARNING: ":orange[:material/warning:]",
    Mark.GOOD: ":green[:material/check_circle:]",
    Mark.NOTE: ":gray[:material/info:]",
}
TILE = 150
CHART_HEIGHT = 370
"""Pixels."""


def draw_step(step: Step) -> None:
    """Draw a step with its title, and offer it as a picture."""
    row = st.container(horizontal=True, vertical_alignment="center")
    row.title(plain(step.title), anchor=False, width="stretch")
    shown = step.tell()
    _draw_parts(shown)
    parts = [one for one in shown if not isinstance(one, Live)]
    if parts:
        row.download_button(
            "PNG",
            lambda: Slide(step.title, parts, _chart_colors()).png,
            f"{file_name(step.title)}.png",
            "image/png",
            icon=":material/image:",
            key="step-picture",
            type="tertiary",
            on_click="ignore",
            help="This step as a picture for a slide.",
        )


def _chart_colors() -> list[str]:
    """Return the colours of charts on a light page, as a slide is."""
    return list(st.get_option("theme.light.chartCategoricalColors") or [])


def _draw_parts(parts: Sequence[Shown]) -> None:
    # What leads stands together in the largest type.
    for large, own in groupby(parts, lambda one: isinstance(one, Words) and one.size is Size.LEAD):
        if large:
            with st.container(key="step-lead"):
                st.markdown(_join([one for one in own if isinstance(one, Words)]))
        else:
            for one in own:
                _draw_part(one)


def _join(paragraphs: Sequence[Words]) -> str:
    listed = all(one.bullet for one in paragraphs)
    return ("\n" if listed else "\n\n").join(map(_format, paragraphs))


def _format(words: Words) -> str:
    """Return words as Markdown."""
    text = plain(words.text)
    if words.strong:
        text = f"**{text}**"
    if words.before:
        text = f"**{plain(words.before)}** {text}"
    if words.mark:
        text = f"{ICONS[words.mark]} {text}"
    return f"{words.bullet} {text}" if words.bullet else text


def _draw_part(part: Shown) -> None:
    match part:
        case Live():
            part.draw()
        case Words(size=Size.SMALL):
            st.caption(_format(part))
        case Words(size=Size.HEADING):
            st.markdown(f"### {_format(part)}")
        case Words():
            st.markdown(_format(part))
        case Columns():
            for column, place in zip(part.columns, _places(part), strict=True):
                with place:
                    _draw_parts(column)
        case Table():
            frame = pd.DataFrame(
                [row[1:] for row in part.rows], [row[0] for row in part.rows], list(part.names)
            )
            st.table(frame.rename(index=plain, columns=plain).map(plain))
        case Images():
            tiles = [(image_uri(pixels, 2 * TILE), words) for pixels, words in part.tiles]
            # As large as one row has room for, see the style sheet.
            st.html(f"<div style='--tiles:{len(tiles)}'>{tile_row(tiles, TILE)}</div>")
        case Chart():
            _draw_chart(part)
        case Figure():
            st.image(part.png)


def _draw_chart(chart: Chart) -> None:
    dark = [st.context.theme.type == "dark"] if chart.themed else []
    made = chart.build, *chart.inputs, *dark
    if "width" in specify(*made):  # its labels stand where they do for its own size
        with st.container(key=f"step-chart-{chart.build.__name__}"):
            draw_chart(*made, width="content")
    else:
        draw_large_chart(*made, height=CHART_HEIGHT)


def _places(part: Columns) -> list[DeltaGenerator]:
    columns = st.columns(len(part.columns), vertical_alignment="top" if part.framed else "center")
    if not part.framed:
        return columns
    return [column.container(border=True, height="stretch") for column in columns]
