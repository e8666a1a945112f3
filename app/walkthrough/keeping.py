"""Keeping the pinned views with a run."""

import streamlit as st

from app.parts.pins import pinned_views
from app.parts.widgets import plain, say_error
from app.parts.writing import ask_name, keep_pins, may_write, typed_name
from app.reads import stored_runs
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.walkthroughs import MAX_TITLE_LENGTH


def draw_keeping(store: Store, run: RunInfo) -> None:
    """Take a name for the pinned views and keep them with the run; those kept before stay."""
    if not may_write():
        ask_name("keep-name")
        return
    with st.form("keep-walkthrough", border=False):
        fields = st.container(horizontal=True, vertical_alignment="bottom")
        fields.text_input(
            "Name of the walkthrough",
            max_chars=MAX_TITLE_LENGTH,
            key="keep-title",
            placeholder="For the review on Friday",
        )
        with fields:
            ask_name("keep-name")
        submitted = fields.form_submit_button(
            f"Keep with {plain(run.name, LONGEST_NAME)}", icon=":material/save:", type="primary"
        )
    st.caption(
        "Until you keep them, pinned views are only in this window. What others have kept stays; "
        "the run is chosen in the sidebar."
    )
    if not submitted:
        return
    try:
        kept = keep_pins(
            store,
            run.run_id,
            st.session_state["keep-title"] or "",
            pinned_views(),
            typed_name("keep-name"),
        )
    except Exception as error:
        st.error(plain(say_error(error)))
        return
    stored_runs.walkthroughs.clear()
    st.success(f"Kept as {plain(kept.name)}.", icon=":material/check:")
