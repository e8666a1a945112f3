"""Maps of a validation image that training did not log, computed from checkpoints and kept."""

import streamlit as st

from app.parts.leads import draw_row
from app.parts.slow_work import begin, is_under_way, offer_work, was_begun
from app.parts.waiting import working
from app.parts.widgets import plain
from app.parts.wishing import wish_button
from app.parts.works import explain_missing
from app.parts.writing import may_write
from pipelines.computing.asking import compute_slowly
from pipelines.computing.background import Work
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

COMPUTE = "Compute the missing maps"
"""Label of the button."""


def offer_missing(
    store: Store,
    run: RunInfo,
    image: int,
    target: int,
    missing: dict[int, tuple[str, ...]],
    told: str,
    at_once: bool = False,
) -> None:
    """Offer to compute maps, or say how far that is; the page shows them once they are there.

    Args:
        store: where the run is.
        run: the run, whose checkpoints of these epochs are kept.
        image: the validation image.
        target: the class that the maps explain.
        missing: epoch -> methods.
        told: what is missing and why, in a sentence.
        at_once: whether it begins by itself, unless it was stopped or has failed.
    """
    work = explain_missing(store, run, image, target, missing)
    if not may_write() and not is_under_way(work.key):
        _offer_to_wait(work, told)
        return
    if at_once and may_write() and not was_begun(work.key):
        begin(work, asked=False)
    offer_work(work, COMPUTE, told)


def _offer_to_wait(work: Work, told: str) -> None:
    """Offer some work to a person who may not begin any that goes on without them."""
    if wish_button(COMPUTE, work.key, draw_row(plain(told))):
        with working("Loading checkpoints…") as report:
            compute_slowly(work.function, *work.given, report=report)
        work.forget()
        st.rerun()
