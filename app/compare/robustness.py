"""How the accuracy of the networks falls on corrupted images."""

import streamlit as st

from app.compare.state import STATE
from app.parts.robustness import draw_curves, make_frame, offer_robustness
from app.parts.widgets import plain
from app.reads import stored_interventions
from pipelines.comparison.groups import Group
from pipelines.comparison.task import Task
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import CORRUPTED_TOP1

MAX_DRAWN = 6
"""Networks whose curves can be told apart; the chosen ones come first."""


def draw_robustness(store: Store, task: Task, group: Group) -> None:
    """Draw accuracy against the strength of each corruption, and offer to measure it."""
    pinned = STATE.get().pinned
    known = [info.run_id for info in group.models if CORRUPTED_TOP1 in info.metrics]
    chosen = {pinned, *task.models}
    shown = sorted(known, key=lambda run_id: run_id not in chosen)[:MAX_DRAWN]
    frame = make_frame(
        {
            group.names[run_id]: stored_interventions.curves(store, run_id, 0)
            for run_id in known
            if run_id in shown
        }
    )
    if not frame.empty:
        draw_curves(frame, list(group.names.values()), "compare-robustness")
        others = [group.names[one] for one in chosen - {*known, pinned} if one in group.names]
        if others:
            st.caption(f"Not measured: {plain(', '.join(sorted(others)))}. Pin one to measure it.")
    if pinned not in known:
        info = next(one for one in group.models if one.run_id == pinned)
        offer_robustness(store, info, 0, group.names[pinned])
