"""What explains the trust table: an image's maps or curves under a check."""

from dataclasses import replace

import numpy as np
import streamlit as st

from app.parts.grids import View
from app.trust.choose_image import OF_RESULT, choose_image
from app.trust.curves import draw_mean_curves
from app.trust.drawings import DRAWINGS
from app.trust.mask_spread import draw_mask_spread
from app.trust.table import Place
from pipelines.trust.answers import MapQuery
from pipelines.trust.mask_spread import METHOD
from pipelines.trust.results import Table
from saliencnn.checks.table import CHECKS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


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
    st.subheader("Evidence")
    numbers = table[place[0]][place[1]].numbers if place else np.empty(0)
    known = bool(np.isfinite(numbers).any())
    _follow_click(place, known)
    check = st.segmented_control(
        "Check",
        list(CHECKS),
        key="trust-check",
        required=True,
        format_func=lambda name: CHECKS[name].label,
        label_visibility="collapsed",
    )
    clicked = None
    if place is not None and place[0] == check:
        clicked = (check, table[check][place[1]]) if known else None
        view = replace(view, methods=tuple(dict.fromkeys([place[1], *view.methods])))
    chosen = choose_image(store, run, epoch, target, clicked)
    if chosen is None:
        return
    if not view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    query = MapQuery(store, run, epoch, chosen.pixels, chosen.image, chosen.target, view.methods)
    DRAWINGS[check](query, view)
    if METHOD in view.methods:
        draw_mask_spread(query, view)
    if CHECKS[check].draws_curves:
        draw_mean_curves(store, run, epoch, view)


def _follow_click(place: Place | None, known: bool) -> None:
    """Show the check of a cell that was just clicked on, and the images of its result."""
    if place != st.session_state.get("trust-place"):
        st.session_state["trust-place"] = place
        if place is not None:
            st.session_state["trust-check"] = place[0]
        if known:
            st.session_state["trust-source"] = OF_RESULT
    if st.session_state.get("trust-check") not in CHECKS:  # a browser may send none back
        st.session_state["trust-check"] = next(iter(CHECKS))
