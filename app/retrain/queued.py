"""What came of a button that queues, said beside it, for as long as the page shows it."""

import streamlit as st

from app.parts.leads import draw_row, lead
from app.parts.requests import UNDER_WAY
from app.parts.widgets import REFRESH, guarded, plain
from app.reads import stored_queue
from app.retrain.actions import draw_failure, follow_action
from app.retrain.said import Said, find_said
from app.retrain.workers import draw_start
from pipelines.retry.request_state import RequestInfo
from saliencnn.store.connection import Store

_FOLLOWED = "queued-followed"
"""Key of the session's state: the request that was under way when this was drawn last."""


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
    if said.request_id:
        st.fragment(guarded()(_draw_queued), run_every=REFRESH)(store, said)
    else:
        st.error(plain(said.words))


def _draw_queued(store: Store, said: Said) -> None:
    """Draw how a request is doing; to be redrawn every few seconds."""
    follow_action()
    draw_failure()
    known = {info.id: info for info in stored_queue.all_requests(store)}
    info, words = known.get(said.request_id), plain(said.words)
    under_way = info is not None and info.state in UNDER_WAY
    if st.session_state.get(_FOLLOWED) == said.request_id and not under_way:
        del st.session_state[_FOLLOWED]
        st.rerun()  # buttons of the proposals say that it is under way
    if under_way:
        st.session_state[_FOLLOWED] = said.request_id
    if info is None:
        st.info(f"No longer in the queue: {words}.")
    elif info.state == "queued":
        _draw_waiting(store, words)
    elif info.state == "running":
        st.info(
            f"A worker trains it: {words}. The queue above shows how far it is.",
            icon=":material/play_arrow:",
        )
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
