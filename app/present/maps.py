"""Maps in a presentation: an image over the epochs, with what a person can change about it."""

import streamlit as st

from app.drawing.grid_html import legend_html
from app.parts.choices import choose_class, choose_view
from app.parts.grids import draw_once
from app.parts.widgets import guarded
from app.progression.cases import draw_case
from app.progression.choosing import choose_case
from app.progression.context import CaseContext
from app.progression.epoch import follow_epoch
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

CLASS_WIDTH = 240
"""Pixels of the choice of a class."""


@st.fragment
def draw_maps(store: Store, run: RunInfo, beside: RunInfo | None, first: str = "") -> None:
    """Draw an example's maps of a run, or of two, with choices of class, image and methods.

    It is redrawn by itself where a person chooses something of it.

    Args:
        store: where they are.
        run: the run.
        beside: the second one.
        first: the class that is shown where none was chosen.
    """
    with guarded():
        row = st.container(horizontal=True, vertical_alignment="center", key="step-maps")
        target = choose_class(store, run, row.container(width=CLASS_WIDTH), first)
        more = row.popover("Methods and colours", icon=":material/tune:")
        view = draw_once(choose_view(store, run, more), [run, beside] if beside else [run])
        shown = CaseContext(store, run, beside, target, view, follow_epoch(run))
        if case := choose_case(shown, row):
            draw_case(shown, case, fits=True)
            legend, words = st.columns([2, 3], vertical_alignment="center")
            legend.html(legend_html(view.threshold, view.methods))
            words.caption(define("saliency map"), help=define("focus"))
