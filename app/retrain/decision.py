"""Whether a retry helped, which of two runs to take, and the verdicts that follow from it."""

from collections.abc import Sequence

import streamlit as st

from app.parts.answer import draw_answer, lead_to_better, say_better
from app.parts.claims import write_claim
from app.parts.verdicts import offer_verdicts
from app.parts.widgets import guarded
from app.reads import stored_images
from app.retrain.resized import describe_retry
from pipelines.report.best_run import find_better
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def draw_decision(
    store: Store, before: RunInfo, after: RunInfo, comparable: Sequence[RunInfo], short: str
) -> None:
    """Say whether a retry helped and which run to take, and offer verdicts on both.

    Args:
        store: where they are.
        before: the earlier of the two.
        after: the later one.
        comparable: runs of the same architecture on the same images, one of which may be the one
            to take.
        short: that the later one was trained too short to be judged, in a sentence: nothing is
            proposed then; "" where it was not.
    """
    shown = [after, before]
    if outcome := describe_retry(store, before, after):
        so_far = "So far: " if short else ""
        st.markdown(f"{so_far}{write_claim(outcome, strong=not short)}")
    better, sentence = _find_other(store, shown, comparable), ""
    with guarded():
        sentence = say_better(store, shown, better) if better else ""
    if better and sentence:
        lead_to_better(shown, better, sentence)
    best = "" if short or sentence else draw_answer(store, [before, after])
    offer_verdicts(store, shown, best, retry=not best, said=short)


def _find_other(
    store: Store, shown: Sequence[RunInfo], comparable: Sequence[RunInfo]
) -> RunInfo | None:
    """Return the run beside those shown that is clearly right more often, if there is one."""
    if len({run.images_id for run in shown}) > 1:
        return None
    images_id = shown[0].images_id
    others = [run for run in comparable if run not in shown and run.images_id == images_id]
    return find_better(shown, others, len(stored_images.image_index(store, images_id)))
