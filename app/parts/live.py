"""What redraws by itself while a run is in progress."""

import streamlit as st

from app.reads import stored_runs
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def follow(store: Store, run: RunInfo) -> None:
    """Redraw the page when a run in progress has a new epoch or ends."""
    now = next((r for r in stored_runs.all_runs(store) if r.run_id == run.run_id), run)
    if (now.epoch, now.status) != (run.epoch, run.status):
        st.rerun()
    if now.progress:
        st.caption(f"▶ {now.progress}; new epochs appear by themselves.")
