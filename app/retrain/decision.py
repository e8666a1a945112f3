"""Which of two runs to take, or which other one, and the verdicts that follow from it."""

from collections.abc import Sequence

import streamlit as st

from app.parts.answer import draw_answer
from app.parts.verdicts import offer_verdicts
from app.parts.widgets import plain
from app.reads import stored_images
from app.retrain.resized import describe_retry
from pipelines.report.best_run import find_better
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def draw_decision(
    store: Store, before: RunInfo, after: RunInfo, comparable: Sequence[RunInfo]
) -> str:
    """Say which run to take, and offer to accept it and to reject the others.

    Args:
        store: where they are.
        before: the earlier of the two.
        after: the later one.
        comparable: runs of the same architecture on the same images, one of which may be the one
            to take.

    Returns:
        The id of the run to take; "" where none clearly is.
    """
    shown, images = [after, before], len(stored_images.image_index(store, before.images_id))
    resized = before.images_id != after.images_id
    others = [] if resized else [run for run in comparable if run not in shown]
    others = [run for run in others if run.images_id == before.images_id]
    better = find_better(shown, others, images)
    best = draw_answer(store, [before, after], better)
    if resized and (outcome := describe_retry(store, before, after)):
        st.markdown(f"**{plain(outcome)}**")
    offered = [*shown, better] if better and best == better.run_id else shown
    offer_verdicts(store, offered, best, retry=not best)
    return best
