"""Retrain: what should be changed, who trains it, and did it help?"""

import streamlit as st

from app.parts.first_run import find_to_retrain
from app.parts.runs import open_page, pick_run
from app.parts.verdicts import follow_verdict
from app.parts.widgets import REFRESH, guarded
from app.retrain.actions import follow_action
from app.retrain.before_after import draw_before_after
from app.retrain.board import draw_board
from app.retrain.form import draw_form
from app.retrain.history import draw_history
from app.retrain.sections import (
    BEFORE_AND_AFTER,
    CHANGE_AND_QUEUE,
    HISTORY,
    choose_section,
    follow_section,
    show_place,
)
from saliencnn.store.connection import Store

SECTIONS = {
    CHANGE_AND_QUEUE: draw_form,
    BEFORE_AND_AFTER: draw_before_after,
    HISTORY: draw_history,
}


def draw_queue(store: Store, run_id: str) -> None:
    """Draw the queue, and follow where its buttons lead."""
    follow_section()
    follow_action()
    draw_board(store, run_id)


with guarded():
    store, runs = open_page("Retrain", "")
    begin = find_to_retrain(runs)
    run = pick_run(runs, begin.run if begin else None)
    if not run.hyperparameters and not run.watched:
        st.info("This run was killed while it started; nothing is known to start from.", icon="⏳")
        st.stop()
    section = choose_section()
    show_place(section)
    # What is under way, or came of it, before what may come next.
    if section == CHANGE_AND_QUEUE and not run.watched:
        st.fragment(guarded()(draw_queue), run_every=REFRESH)(store, run.run_id)
    SECTIONS[section](store, run)
    follow_verdict()
