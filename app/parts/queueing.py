"""Queueing what a worker does, from a page that is not Retrain, and following it from there."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

import streamlit as st

from app.parts.requests import STATES, UNDER_WAY
from app.parts.widgets import FIELD_WIDTH, REFRESH, guarded, plain, say_error
from app.parts.writing import ask_name, enqueue, typed_name
from app.reads import stored_queue, stored_runs
from pipelines.retry.request_state import RequestInfo
from pipelines.retry.studies import Queue
from pipelines.training.request import Request
from saliencnn.store.runs import RunInfo


def offer_request(
    key: str,
    label: str,
    words: str,
    queue: Queue,
    run: RunInfo,
    make: Callable[[], Request],
    why: str,
    leads: bool = False,
) -> None:
    """Ask for a name and draw the button that queues a request.

    Args:
        key: of the place on the page, unique.
        label: of the button.
        words: what comes of it, from data or not.
        queue: where.
        run: what the request starts from.
        make: returns the request.
        why: the reason that stands with it.
        leads: whether it is what to do first on the page.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ask_name(_name(key), FIELD_WIDTH)
        st.button(
            label,
            icon=":material/queue:",
            type="primary" if leads else "secondary",
            key=f"{key}-queue",
            on_click=_submit,
            args=(key, queue, run, make, why),
        )
        st.caption(plain(words))
    if f"{key}-error" in st.session_state:
        st.error(plain(st.session_state.pop(f"{key}-error")))


def draw_under_way(info: RequestInfo, run: RunInfo, what: str) -> None:
    """Say how a request is doing until it has ended, and lead to where it can be followed.

    Args:
        info: the request, queued or running.
        run: what it started from.
        what: is made.
    """
    follow_under_way([info], partial(_draw_under_way, run=run, what=what))


def follow_under_way(requests: Sequence[RequestInfo], draw: Callable[[RequestInfo], None]) -> None:
    """Draw requests under way every few seconds as they are then, and the whole page after one.

    Args:
        requests: which.
        draw: draws one of them.
    """
    if requests:
        ids = {info.id for info in requests}
        st.fragment(guarded()(_follow), run_every=REFRESH)(ids, draw)


def _follow(ids: Collection[str], draw: Callable[[RequestInfo], None]) -> None:
    known = stored_queue.find_requests(stored_runs.find_store())
    left = [info for info in known if info.id in ids and info.state in UNDER_WAY]
    if len(left) < len(ids):
        st.rerun()
    for info in left:
        draw(info)


def _draw_under_way(info: RequestInfo, run: RunInfo, what: str) -> None:
    st.info(f"{STATES[info.state]}: {plain(what)}, requested by {plain(info.asked_by)}.")
    st.page_link(
        "views/retrain.py",
        label="Follow it, or start a worker, on the Retrain page",
        icon=":material/arrow_forward:",
        query_params={"run": run.run_id},
    )


def _name(key: str) -> str:
    return f"{key}-person"


def _submit(key: str, queue: Queue, run: RunInfo, make: Callable[[], Request], why: str) -> None:
    try:
        enqueue(queue, run, make(), typed_name(_name(key)), why)
    except Exception as error:
        st.session_state[f"{key}-error"] = say_error(error)
    stored_queue.forget_queue()
