"""The queue as people see it: what came of the last request, what is under way, the workers."""

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from app.parts.claims import write_claim
from app.parts.followed_requests import find_followed, follow_requests, hide_request, is_hidden
from app.parts.requests import STATES, UNDER_WAY
from app.parts.widgets import plain
from app.parts.writing import cancel, put_first
from app.reads import stored_queue
from app.retrain.actions import act_on, draw_failure
from app.retrain.resized import describe_retry
from app.retrain.said import find_said, form_key
from app.retrain.sections import BEFORE_AND_AFTER, show_section
from app.retrain.workers import draw_workers
from pipelines.retry.request_state import RequestInfo
from pipelines.retry.studies import Queue
from pipelines.retry.workers import WorkerInfo
from saliencnn.common.sentences import count, duration
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

MAX_FOLLOWED = 3
"""Ended requests that this session has yet to look at and that stay in sight, the newest ones."""
MAX_ENDED = 20
"""Ended requests that are listed, the newest ones."""
_PLACES = "board-places"
"""Key of the session's state: how many requests under way were drawn last."""


def draw_board(store: Store, run_id: str) -> None:
    """Draw requests and workers as they are now; to be redrawn every few seconds.

    Args:
        store: whose queue it is.
        run_id: of the run that the page shows: what came last of its own stays in sight, and so
            does what ended while this session watched, until it is looked at.
    """
    queue = stored_queue.find_queue(store)
    said = find_said(form_key(run_id))
    requests = stored_queue.all_requests(store)
    workers = stored_queue.all_workers(store)
    runs = stored_queue.runs_of(store, requests)
    draw_failure()
    live = [info for info in requests if info.state in UNDER_WAY]
    ended = [info for info in requests if info.state not in UNDER_WAY]
    live.sort(key=lambda info: (info.state != "running", info.turn))
    follow_requests(info.id for info in live if run_id in (info.from_run, info.run_id))
    followed = find_followed(ended, runs)[-MAX_FOLLOWED:]
    last = [one for one in ended[-1:] if not live and run_id in (one.from_run, one.run_id)]
    newest = [one for one in ended if one in [*followed, *last] and not is_hidden(one.id)]
    # Each has a place of its own: what a browser still shows there is never another's.
    under_way, working, came_of = st.container(), st.container(), st.container()
    with under_way:
        for info in live:
            _draw_request(store, queue, info, runs)
        _clear_places(len(live))
    with working:
        names = {info.id: _name_request(info, runs) for info in requests}
        below = any(info.id == said.request_id and info.state == "queued" for info in live)
        ended_ids = {info.id for info in ended}
        settled = [_follow_request(worker, ended_ids) for worker in workers]
        draw_workers(queue, settled, bool(live), names, below)
    with came_of:
        for info in reversed(newest):
            _draw_request(store, queue, info, runs, hide=True)
    if earlier := [one for one in ended if one not in newest]:
        with st.expander(f"Earlier requests ({len(earlier)})"):
            for info in earlier[: -MAX_ENDED - 1 : -1]:
                _draw_request(store, queue, info, runs)


def _clear_places(used: int) -> None:
    """Clear the places of requests that have ended: a browser shows them until the last is drawn.

    Args:
        used: places that show a request now.
    """
    before = st.session_state.get(_PLACES, 0)
    for _ in range(before - used):
        st.empty()
    st.session_state[_PLACES] = used


def _follow_request(worker: WorkerInfo, ended: Collection[str]) -> WorkerInfo:
    """Return a worker as its request stands: both are read, one after the other."""
    if worker.state == "training" and worker.request in ended:
        return replace(worker, state="idle", request="")
    return worker


def _draw_request(
    store: Store, queue: Queue, info: RequestInfo, runs: dict[str, RunInfo], hide: bool = False
) -> None:
    """Draw a request: how it stands, what came of it, and its buttons; on demand one to hide it."""
    run = runs.get(info.run_id or "")
    origin = runs.get(info.from_run)
    with st.container(border=True):
        head, actions = st.columns([5, 2], vertical_alignment="center")
        name = _name_request(info, runs)
        of = f" of {plain(origin.name, LONGEST_NAME)}" if origin else ""
        head.markdown(
            f"{STATES[info.state]} &nbsp; {name}{of} · {_format_request(info)}",
            help=plain(info.why) or None,
        )
        if info.state == "running":
            planned = planned_epochs(info)
            done = min(1.0, run.epoch / planned) if run and planned else 0.0
            head.progress(done, plain(format_progress(run, planned)))
        if info.reason:
            head.caption(plain(info.reason))
        trained = run if info.state == "completed" else None
        if trained and origin and (outcome := describe_retry(store, origin, trained)):
            head.markdown(write_claim(outcome))
        with actions.container(horizontal=True, horizontal_alignment="right"):
            if info.state == "queued":
                act_on("Put first", info.id, partial(put_first, queue, info.id))
            if info.state in UNDER_WAY:
                act_on("Cancel", info.id, partial(cancel, queue, info.id))
            elif run and run.epoch and origin:
                st.button(
                    BEFORE_AND_AFTER,
                    key=f"board-compare-{info.id}",
                    icon=":material/compare:",
                    type="primary",
                    on_click=show_section,
                    args=(BEFORE_AND_AFTER, origin.run_id, run.run_id),
                )
            if hide:
                key = f"board-hide-{info.id}"
                st.button("Hide", key=key, on_click=hide_request, args=(info.id,))


def planned_epochs(info: RequestInfo) -> int:
    """Return for how many epochs a request trains; 0 where only a head is fitted anew."""
    if info.wanted.get("ignored_groups"):
        return 0
    return int(info.wanted["hyperparameters"].get("epochs", 1))


def format_progress(run: RunInfo | None, planned: int) -> str:
    """Say what is done for a request now, seconds an epoch, and the time left.

    Args:
        run: that trains it; None before there is one.
        planned: epochs; 0 where only a head is fitted anew.
    """
    if not planned:
        return "reads the training images once and fits the head anew"
    if run is None:
        return f"loading images and network; {count(planned, 'epoch', 'epochs')} will follow"
    doing = run.progress or f"{run.epoch} of {count(planned, 'epoch', 'epochs')}"
    seconds = run.metrics.get("seconds")
    if seconds is None:
        return f"{doing}; the time left is known after the first epoch"
    left = duration(seconds * (planned - run.epoch))
    return f"{doing}; {duration(seconds)} an epoch, about {left} left"


def _name_request(info: RequestInfo, runs: Mapping[str, RunInfo]) -> str:
    """Name a request by what its run is called, or will be."""
    run = runs.get(info.run_id or "")
    name = run.name if run else info.wanted.get("name")
    return f"**{plain(name, LONGEST_NAME)}**" if name else "**a retry**"


def _format_request(info: RequestInfo) -> str:
    requested = (
        f"requested by {plain(info.asked_by)} {duration(max(0.0, time.time() - info.asked_at))} ago"
    )
    tries = f" · {info.attempts} attempts" if info.attempts > 1 else ""
    what, _, _ = info.why.partition(". ")  # the whole reason is a hover away
    why = f" · _{plain(what)}_" if what else ""
    return f"{requested}{tries}{why}"
