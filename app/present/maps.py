"""Maps in a presentation: an image over the epochs, with what a person can change about it."""

from collections.abc import Sequence

import streamlit as st

from app.attention.class_maps import logged_methods
from app.drawing.grid_html import legend_html
from app.parts.choices import choose_class, choose_view
from app.parts.grids import draw_once
from app.parts.picture import offer_picture
from app.parts.widgets import guarded, plain
from app.progression.cases import draw_case
from app.progression.choosing import choose_case
from app.progression.context import CaseContext
from app.progression.epoch import follow_epoch
from pipelines.report.basis import list_believed, warn_of_maps
from pipelines.report.chapters import Chapter
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

CLASS_WIDTH = 240
"""Pixels of the choice of a class."""


@st.fragment
def draw_maps(
    store: Store,
    run: RunInfo,
    beside: RunInfo | None,
    first: str = "",
    checked: Sequence[Chapter] = (),
) -> None:
    """Draw an example's maps of a run, or of two, with choices of class, image and methods.

    It is redrawn by itself where a person chooses something of it.

    Args:
        store: where they are.
        run: the run.
        beside: the second one.
        first: the class that is shown where none was chosen.
        checked: what the checks say of the runs: methods to believe are shown first.
    """
    with guarded():
        row = st.container(horizontal=True, vertical_alignment="center", key="step-maps")
        target = choose_class(store, run, row.container(width=CLASS_WIDTH), first)
        more = row.popover("Methods and colours", icon=":material/tune:")
        runs = [run, beside] if beside else [run]
        believed = list_believed(checked)
        if believed:
            logged = logged_methods(store, run, run.epoch, target)
            believed = [name for name in believed if name in logged]
        view = draw_once(choose_view(store, run, more, believed), runs)
        shown = CaseContext(store, run, beside, target, view, follow_epoch(run))
        line = st.container(horizontal=True, vertical_alignment="center")
        if case := choose_case(shown, row, line):
            with line:
                offer_picture(store, shown.runs, shown.picture(case.image), "PNG")
            draw_case(shown, case, fits=True)
            legend, words = st.columns([2, 3], vertical_alignment="center")
            legend.html(legend_html(view.threshold, view.methods))
            drawn = [name for one in view.methods for name in view.drawn_as(one)]
            if caution := warn_of_maps(checked, drawn):
                told = f"{plain(caution)} The next step says why."
                words.caption(told, help=define("saliency map", "focus"))
            else:
                words.caption(define("saliency map"), help=define("focus"))
