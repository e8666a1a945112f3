"""What came of a button that queues, said beside it, for as long as the page shows it."""

from functools import partial

import streamlit as st

from app.parts.leads import draw_row, lead
from app.parts.queueing import follow_under_way
from app.parts.requests import UNDER_WAY
from app.parts.widgets import plain
from app.reads import stored_queue
from app.retrain.actions import draw_failure, follow_action
from app.retrain.said import find_said
from app.retrain.workers import draw_start
from pipelines.retry.request_state import RequestInfo
from saliencnn.store.connection import Store


def draw_said(store: Store, key: str, place: str) -> None:
    """Say beside a button what came of it, and how what it queued is doing now.

    Args:
        store: whose queue it is.
        key: with which the keys of the form's fields begin.
        place: of the button.
    """
    said = find_said(key)
    if said.place != place:
        return
    words = plain(said.words)
    if not said.request_id:
        st.error(words)
        return
    known = {info.id: info for info in stored_queue.all_requests(store)}
    info = known.get(said.request_id)
    if info and info.state in UNDER_WAY:
        follow_under_way([info], partial(_draw_under_way, store, words))
    else:
        _draw_ended(info, words)


def _draw_under_way(store: Store, words: str, info: RequestInfo) -> None:
    follow_action()
    draw_failure()
    if info.state == "queued":
        _draw_waiting(store, words)
    else:
        st.info(
            f"A worker trains it: {words}. The queue above shows how far it is.",
            icon=":material/play_arrow:",
        )


def _draw_ended(info: RequestInfo | None, words: str) -> None:
    if info is None:
        st.info(f"No longer in the queue: {words}.")
    elif info.state == "completed":
        _draw_trained(info, words)
    else:
        draw = st.error if info.state == "failed" else st.info
        draw(f"{info.state.capitalize()}: {words}. {plain(info.reason)}")


def _draw_waiting(store: Store, words: str) -> None:
    workers = stored_queue.all_workers(store)
    alive = [worker for worker in workers if worker.alive]
    ready = [worker for worker in alive if worker.state != "paused"]
    if ready:
        st.success(f"Queued: {words}. A worker is running and takes it when its turn comes.")
    elif alive:
        st.warning(f"Queued: {words}. The worker is paused: resume it in the queue above.")
    else:
        st.info(f"Queued: {words}.")
        why = "No worker is running yet."
        draw_start(stored_queue.find_queue(store), workers, "queued", said=why)


def _draw_trained(info: RequestInfo, words: str) -> None:
    st.success(f"Trained: {words}.")
    if info.run_id:
        query = {"run": info.from_run, "section": "before-after", "beside": info.run_id}
        lead(draw_row(""), "retrain", "See whether it helped", query)
