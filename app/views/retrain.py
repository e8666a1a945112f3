"""Retrain: what should be changed, who trains it, and did it help?"""

import streamlit as st

from app.parts.runs import open_page, pick_run
from app.parts.verdicts import follow_verdict
from app.parts.widgets import REFRESH, guarded
from app.retrain.before_after import draw_before_after
from app.retrain.board import draw_board
from app.retrain.form import draw_form
from app.retrain.history import draw_history

SECTIONS = {
    "Change and queue": draw_form,
    "Before and after": draw_before_after,
    "History": draw_history,
}

with guarded():
    store, runs = open_page(
        "Retrain", "What should change, so that the network learns the right thing?"
    )
    run = pick_run(runs)
    if not run.hyperparameters:
        st.info("This run was killed while it started; nothing is known to start from.", icon="⏳")
        st.stop()
    section = st.segmented_control(
        "Section",
        list(SECTIONS),
        default="Change and queue",
        required=True,
        label_visibility="collapsed",
        key="retrain-section",
    )
    SECTIONS[section](store, run)
    if section == "Change and queue":
        st.subheader("Queue")
        st.fragment(guarded()(draw_board), run_every=REFRESH)(store)
    follow_verdict()
