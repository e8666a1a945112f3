"""Charts in which a person picks classes, and which stay zoomed meanwhile."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app.compare.class_charts import ZOOM
from app.compare.state import STATE, CompareState, toggle_class
from app.parts.chart import Specification, describe_chart, dress
from saliencnn.drawing.network_charts import PICK


def draw_zoomable(
    spec: Specification,
    frame: pd.DataFrame,
    key: str,
    take: Callable[[str], None],
    selections: list[str],
) -> None:
    """Draw a chart that stays zoomed when its data changes.

    Streamlit keeps the zoom only of charts that report it. Each turn of the wheel then runs a
    script, so it is a fragment with nothing but the chart; what it changes redraws the page.

    Args:
        spec: of a chart with a selection ``ZOOM``.
        frame: its data.
        key: of the chart.
        take: takes the selection, which is in the session's state, over; given the key.
        selections: names of the others that ``take`` reads.
    """

    specification = dress(spec)

    @st.fragment
    def draw(drawn: CompareState) -> None:
        if STATE.get() != drawn:
            st.rerun()
        st.vega_lite_chart(
            frame,
            specification,
            alt=describe_chart(specification),
            key=key,
            on_select=lambda: take(key),
            selection_mode=[*selections, ZOOM],
        )

    draw(STATE.get())


def take_picked(key: str) -> None:
    """Take the class that a person has just clicked in a chart over into the task.

    The chart keeps what was clicked there, and the task may have been changed elsewhere since: so
    a click is what differs from the chart's selection before.

    Args:
        key: of the chart, whose selection ``PICK`` toggles an ``index``.
    """
    picked = {int(row["index"]) for row in st.session_state[key]["selection"].get(PICK, [])}
    seen = st.session_state.get(f"{key}-seen", set())
    st.session_state[f"{key}-seen"] = picked
    for index in sorted(picked ^ seen):
        toggle_class(index)


def is_dark() -> bool:
    """Whether the page is dark."""
    return bool(st.context.theme.type == "dark")
