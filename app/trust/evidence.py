"""What explains the trust table: an image's maps or curves under a check."""

from dataclasses import replace

import streamlit as st

from app.parts.choices import OUTCOME_MARKS
from app.parts.grids import View
from app.parts.lacking import draw_lacking
from app.parts.scrolling import scroll_to
from app.trust.choose_image import choose_image
from app.trust.curves import draw_mean_curves
from app.trust.drawings import draw_check
from app.trust.mask_spread import draw_mask_spread
from app.trust.place import CHECK, Place, has_moved, has_numbers
from pipelines.trust.answers import MapQuery
from pipelines.trust.mask_spread import METHOD
from pipelines.trust.results import Table
from saliencnn.checks.table import CHECKS
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.networks import NetworkMissing
from saliencnn.store.runs import RunInfo

_PART = "trust-evidence"


def draw_evidence(
    store: Store, run: RunInfo, epoch: int, target: int, view: View, table: Table,
    place: Place | None,
) -> None:  # fmt: skip
    """Draw the evidence for a check's results, image by image.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        target: the class chosen in the sidebar.
        view: how maps are drawn, and the methods beside the one that was clicked on.
        table: what audits found.
        place: the cell clicked on, if any.
    """
    check = st.session_state[CHECK]
    with st.container(key=_PART):
        _draw_heading(table, place)
    if has_moved():
        scroll_to(_PART, "-".join(place or (check,)))
    st.segmented_control(
        "Check",
        list(CHECKS),
        key=CHECK,
        required=True,
        format_func=lambda name: CHECKS[name].label,
        label_visibility="collapsed",
    )
    clicked = None
    if place is not None:
        clicked = (check, table[check][place[1]]) if has_numbers(table, place) else None
        view = replace(view, methods=tuple(dict.fromkeys([place[1], *view.methods])))
    chosen = choose_image(store, run, epoch, target, clicked)
    if chosen is None:
        return
    if not view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    query = MapQuery(store, run, epoch, chosen.pixels, chosen.image, chosen.target, view.methods)
    try:
        draw_check(query, view, check)
    except NetworkMissing as error:
        draw_lacking(str(error))
        return
    if METHOD in view.methods:
        draw_mask_spread(query, view)
    if CHECKS[check].draws_curves:
        draw_mean_curves(store, run, epoch, view)


def _draw_heading(table: Table, place: Place | None) -> None:
    """Name the chosen cell and its result; without one, say what is shown."""
    if place is None:
        st.subheader("What the checks do", anchor=False)
        click = " A click on a cell of the table leads to its own." if table else ""
        st.caption(f"One image under each check.{click}")
        return
    check, method = place
    st.subheader(f"{METHODS[method].label}: {CHECKS[check].label.lower()}", anchor=False)
    result = table[check][method].result
    mark = OUTCOME_MARKS[result.outcome]
    st.markdown(f"{mark} **{result.outcome}**. {CHECKS[check].question} {result.sentence()}")
