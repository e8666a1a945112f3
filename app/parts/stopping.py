"""Stopping a run that trains, from the dashboard."""

import streamlit as st

from app.parts.run_names import short_id
from app.parts.widgets import plain, say_error
from app.parts.writing import ask_name, may_write, stop_run, typed_name
from app.reads import stored_runs
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def draw_stop(store: Store, run: RunInfo) -> None:
    """Offer to stop a run in progress; its complete epochs stay and it can be resumed."""
    key = f"stop-{run.run_id}"
    if st.session_state.get(f"{key}-asked"):
        st.info("It was asked to stop and will at its next batch.", icon=":material/stop_circle:")
        return
    if f"{key}-refused" in st.session_state:
        st.error(plain(st.session_state.pop(f"{key}-refused")))
    if not may_write():
        return
    with st.popover("Stop", icon=":material/stop_circle:", key=key):
        st.caption(
            "It ends at its next batch. Its complete epochs stay, and "
            f"`saliencnn train --resume {short_id(run.run_id)}` goes on with it."
        )
        ask_name(f"{key}-name")
        st.button("Stop this run", key=f"{key}-do", on_click=_stop, args=(store, run.run_id, key))


def _stop(store: Store, run_id: str, key: str) -> None:
    try:
        stop_run(store, run_id, typed_name(f"{key}-name"))
        st.session_state[f"{key}-asked"] = True
    except Exception as error:
        st.session_state[f"{key}-refused"] = say_error(error)
    stored_runs.all_runs.clear()
