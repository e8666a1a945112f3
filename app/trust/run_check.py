"""Checking the maps from the page: how many images, the work itself, and what is missing."""

import streamlit as st

from app.parts.lacking import draw_lacking
from app.parts.scrolling import scroll_to
from app.parts.waiting import working
from app.parts.widgets import FIELD_WIDTH
from app.parts.work_here import WAIT, format_pace
from app.parts.writing import check_maps, may_write
from app.reads import stored_runs
from app.trust.advice import ADVICE
from app.trust.place import choose_check
from app.trust.table import has_number
from pipelines.trust.audit import count_passes
from pipelines.trust.results import Table
from saliencnn.checks.table import CHECKS
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

TRAINING = 3
"""Forward passes that training on an image takes: one, and one backward of twice the work."""
_CHECKED = "trust-checked"
IMAGE_COUNTS = (16, 32, 64, 128, 256)
"""Numbers of images to choose from; more tell more, and take as many times longer."""


def draw_run_check(store: Store, run: RunInfo, epoch: int, table: Table) -> None:
    """Offer to check the maps of more images, and what the table still lacks.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        table: what is known already.
    """
    if not may_write():
        return
    if lacking := describe_missing(run):
        draw_lacking(lacking)
        return
    available = len(stored_runs.image_index(store, run.images_id))
    counts = [count for count in IMAGE_COUNTS if count < available] + [available]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        images = st.selectbox(
            "Images to check",
            counts,
            format_func=lambda count: f"all {count:,}" if count == available else str(count),
            key="trust-images",
            width=FIELD_WIDTH,
        )
        pressed = st.button("Check the maps", icon=":material/fact_check:")
        st.caption(f"{_describe_time(store, run, images)}{WAIT}")
    if pressed:
        with working("Loading the checkpoint…") as report:
            check_maps(store, run, epoch, max(2, images), report)
        stored_runs.forget_audits()
        st.session_state[_CHECKED] = True
        st.rerun()
    for check in _find_unjudged(table):
        _draw_missing(store, run, check)


def _describe_time(store: Store, run: RunInfo, images: int) -> str:
    control = stored_runs.control_run(store, run) is not None
    pace = format_pace(run, images * count_passes(run, control) / TRAINING)
    return f"It takes {pace}. " if pace else ""


def show_checked(run: RunInfo, epoch: int) -> None:
    """Bring the answer into view once the page has checked the maps."""
    if st.session_state.pop(_CHECKED, False):
        scroll_to(ADVICE, f"{run.run_id}-{epoch}")


def _find_unjudged(table: Table) -> list[str]:
    """Return the checks that need a control network and have no number of any method."""
    return [
        check
        for check, by_method in table.items()
        if CHECKS[check].needs_control and not any(map(has_number, by_method.values()))
    ]


def _draw_missing(store: Store, run: RunInfo, check: str) -> None:
    label = CHECKS[check].label
    if stored_runs.control_run(store, run):
        st.caption(
            "A control network with randomized labels is there now, and no method is judged by "
            "it yet: check again."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{label} is not judged: it needs a control network, trained on randomized labels.",
            width="content",
        )
        st.button(f"Judge {label.lower()}", on_click=choose_check, args=(check,))
