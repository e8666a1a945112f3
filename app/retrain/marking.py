"""Marking on an image what must not count in training: a corner, a frame, a watermark."""

import altair as alt
import pandas as pd
import streamlit as st

from app.parts.chart import Chart, draw_chart
from app.reads import stored_images
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import EVIDENCE, Hyperparameters
from saliencnn.common.rectangles import Rectangle, parse_rectangles, write_rectangles
from saliencnn.data.encode import encode_jpeg
from saliencnn.drawing.images import Sides, data_uri, sides_within
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

SIDE = 320
"""Pixels of the longer side of the image to mark on."""
TITLE = 62
"""Pixels that the chart's title and what it is of take above the image."""
PART = "part"
"""Name of the chart's selection: the rectangle that is being drawn."""
MARKED = "#d1495b"


def draw_marking(store: Store, run: RunInfo, key: str) -> None:
    """Draw an image on which a person marks rectangles, which are added to the form's field.

    Args:
        store: where the run's images are.
        run: the run to retrain.
        key: with which the keys of the form's fields begin.
    """
    field = f"{key}-ignored"
    with st.expander("Mark parts of the images that must not count"):
        try:
            marked = parse_rectangles(st.session_state[field])
        except UserError:
            marked = ()  # the form says so once it is sent
        chart = f"{field}-chart-{len(marked)}"  # a new one has no rectangle half drawn

        def add() -> None:
            drawn = _read(st.session_state[chart].get("selection", {}).get(PART, {}))
            if drawn:
                st.session_state[field] = write_rectangles((*marked, drawn))
                asked = {n: st.session_state[f"{key}-{n}"] for n in ("guidance", "new_background")}
                if not Hyperparameters(**asked).needs_regions:  # nothing would be ignored
                    st.session_state[f"{key}-guidance"] = EVIDENCE

        def clear() -> None:
            st.session_state[field] = ""

        pixels = stored_images.image(store, run.images_id, 0)
        image = data_uri("jpeg", encode_jpeg(pixels))
        inputs = image, sides_within(pixels.shape, SIDE), marked
        picked = draw_chart(
            marking_chart, *inputs, key=chart, on_select="rerun", selection_mode=[PART],
            width="content",
        )  # fmt: skip
        st.caption("Drag over a part of the image, then add it. It is ignored in every image.")
        with st.container(horizontal=True):
            nothing = _read(picked.get("selection", {}).get(PART, {})) is None
            st.button("Add the part", disabled=nothing, on_click=add, key=f"{field}-add")
            st.button("Clear all", disabled=not marked, on_click=clear, key=f"{field}-clear")


def marking_chart(image: str, sides: Sides, marked: tuple[Rectangle, ...]) -> Chart:
    """Return an image in fractions of its sides with the rectangles marked so far.

    Args:
        image: as a data address.
        sides: height and width to draw it with.
        marked: rectangles in fractions of the image.
    """
    unit = alt.Scale(domain=[0, 1], nice=False)
    down = alt.Scale(domain=[1, 0], nice=False)
    frame = pd.DataFrame(
        [{"x": x, "y": y, "x2": x + width, "y2": y + height} for x, y, width, height in marked],
        columns=["x", "y", "x2", "y2"],
        dtype=float,
    )
    brush = alt.selection_interval(name=PART)
    picture = (
        alt.Chart(pd.DataFrame({"x": [0.5], "y": [0.5], "url": [image]}))
        .mark_image(width=alt.expr("width"), height=alt.expr("height"), aspect=False, tooltip=None)
        .encode(
            x=alt.X("x:Q", scale=unit, axis=None),
            y=alt.Y("y:Q", scale=down, axis=None),
            url="url:N",
            tooltip=alt.value(None),
        )
        .add_params(brush)
    )
    boxes = (
        alt.Chart(frame)
        .mark_rect(color=MARKED, opacity=0.45)
        .encode(x=alt.X("x:Q", scale=unit), y=alt.Y("y:Q", scale=down), x2="x2", y2="y2")
    )
    title = "Parts that must not count"
    return alt.layer(picture, boxes).properties(
        width=sides[1], height=sides[0] + TITLE, title=title
    )


def _read(selection: dict[str, list[float]]) -> Rectangle | None:
    """Return the rectangle that is drawn, within the image; None where there is none."""
    if not {"x", "y"} <= selection.keys():
        return None
    (left, right), (top, bottom) = (
        sorted(min(max(value, 0.0), 1.0) for value in selection[axis]) for axis in ("x", "y")
    )
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None
