"""Charts on a page: what Altair has made of the same tables before is not made again."""

import textwrap
from collections.abc import Callable
from typing import Any

import altair as alt
import streamlit as st
from altair.utils import schemapi
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

from saliencnn.common.memoize import memoize
from saliencnn.common.shown import one_line

Chart = alt.Chart | alt.LayerChart | alt.FacetChart
Specification = dict[str, Any]
"""Of Vega-Lite, its data under ``datasets`` as Arrow's bytes."""
LINE = 64
"""Characters of a line below a chart's title: as many as a narrow chart holds."""
GREY = {True: "#c8c8c8", False: "#55555a"}
"""Of a chart's words on a dark page and on a light one: at least 7:1."""
LEGENDS = {"top": {"direction": "vertical", "anchor": "start", "margin": 2}}
"""Below one another: beside one another they would be cut in a narrow chart."""
ONE_LINE = {"direction": "horizontal", "anchor": "start", "margin": 24}
MAX_SUBJECT = 160
LARGE, LARGE_LINE, LARGE_WIDTH = 18, 96, 900
"""Pixels of a large chart's type, characters of a line below its title, and pixels of both."""
_SUBJECT = "charts-subject"

alt.theme.enable("none")  # sizes are the page's
alt.data_transformers.disable_max_rows()  # a page bounds itself how much it draws
schemapi.disable_debug_mode()  # tests check charts against the schema, which takes half the time


def draw_chart(build: Callable[..., Chart], *inputs: Any, **shown: Any) -> Any:
    """Draw a chart.

    Args:
        build: makes it of ``inputs`` alone; a function of a module.
        inputs: values that can be pickled: tables, arrays, numbers, words.
        shown: ``key``, ``on_select``, ``width`` and more, as ``st.vega_lite_chart`` takes them.

    Returns:
        What a person has selected, where ``on_select`` is given.
    """
    specification = dress(specify(build, *inputs))
    return st.vega_lite_chart(spec=specification, alt=describe_chart(specification), **shown)


def draw_large_chart(build: Callable[..., Chart], *inputs: Any, **shown: Any) -> None:
    """Draw a chart for people who sit far away."""
    small = dress(specify(build, *inputs))
    words = {"labelFontSize": LARGE, "titleFontSize": LARGE}
    config = {
        name: {**small["config"].get(name, {}), **more}
        for name, more in (
            ("axis", words), ("legend", {**words, "layout": {"top": ONE_LINE}}),
            ("title", {"fontSize": LARGE + 2, "subtitleFontSize": LARGE - 2}),
        )
    }  # fmt: skip
    subject = textwrap.wrap(" ".join(small["title"]["subtitle"]), LARGE_LINE)
    title = {**small["title"], "subtitle": subject, "limit": LARGE_WIDTH}
    large = {**small, "title": title, "config": {**small["config"], **config}}
    st.vega_lite_chart(spec=large, alt=describe_chart(large), **shown)


def note_subject(subject: str) -> None:
    """Note what the page's charts are of: whoever saves one as a picture takes it from the page.

    Args:
        subject: networks and images, e.g. ``my run · birds, 240 validation images``.
    """
    st.session_state[_SUBJECT] = subject


def charts_subject() -> str:
    """Return what the page's charts are of; "" where no page has said it."""
    subject: str = st.session_state.get(_SUBJECT, "")
    return subject


def dress(specification: Specification) -> Specification:
    """Return a chart in the page's look that says below its title what it is of."""
    return entitle(specification, charts_subject(), st.context.theme.type == "dark")


def entitle(specification: Specification, subject: str, dark: bool) -> Specification:
    """Return a chart that says below its title what it is of, for a light page or a dark one."""
    subtitle = textwrap.wrap(one_line(subject, MAX_SUBJECT), LINE)
    grey = GREY[dark]
    words = {"labelColor": grey, "titleColor": grey}
    look = {
        "title": {
            "fontSize": 13, "fontWeight": 600, "offset": 8,
            "subtitleFontSize": 11, "subtitleColor": grey,
        },
        "axis": {"titlePadding": 8, "labelPadding": 6, **words},
        "legend": {"layout": LEGENDS, **words},
    }  # fmt: skip
    return {
        **specification,
        "title": {"text": specification.get("title", ""), "subtitle": subtitle, "limit": 400},
        "padding": {"left": 0, "top": 4, "right": 4, "bottom": 2},
        "config": {**specification.get("config", {}), **look},
    }


def describe_chart(specification: Specification) -> str:
    """Return what a chart made by ``dress`` shows, for those who do not see it."""
    title = specification["title"]
    return ": ".join(filter(None, [title["text"], " ".join(title["subtitle"])]))


@memoize(256)
def specify(build: Callable[..., Chart], *inputs: Any) -> Specification:
    """Return a chart as a specification, kept for everybody; nobody may change it.

    Altair takes longer over a chart than the rest of its page takes together.
    """
    specification: Specification = build(*inputs).to_dict(validate=schemapi.DEBUG_MODE)
    tables = specification.get("datasets", {})
    packed = {name: convert_anything_to_arrow_bytes(rows) for name, rows in tables.items()}
    return {**specification, "datasets": packed}
