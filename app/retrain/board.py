"""The queue as people see it: requests with their progress, and the workers."""

import time
from collections.abc import Callable
from functools import partial

import streamlit as st

from app.parts.requests import STATES, UNDER_WAY
from app.parts.widgets import plain, say_error
from app.parts.writing import (
    cancel,
    may_write,
    pause_worker,
    put_first,
    resume_worker,
    start_local_worker,
)
from app.reads import stored_queue, stored_runs
from pipelines.retry.request_state import RequestInfo
from pipelines.retry.studies import Queue
from pipelines.retry.workers import WorkerInfo, is_starting
from saliencnn.common.markdown import code
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

MAX_ENDED = 20
"""Ended requests that are listed, the newest ones."""


def draw_board(store: Store) -> None:
    """Draw requests and workers as they are now; to be redrawn every few seconds."""
    queue = stored_queue.find_queue(store)
    requests = stored_queue.all_requests(store)
    workers = stored_queue.all_workers(store)
    runs = {run.run_id: run for run in stored_runs.all_runs(store)}
    if "board-said" in st.session_state:
        st.error(plain(st.session_state.pop("board-said")))
    live = [info for info in requests if info.state in UNDER_WAY]
    ended = [info for info in requests if info.state not in UNDER_WAY]
    live.sort(key=lambda info: (info.state != "running", info.turn))
    if not live:
        st.caption("Nothing is queued. Change something above and queue it.")
    for info in live:
        _draw_request(queue, info, runs)
    _draw_workers(queue, workers, waiting=bool(live))
    if ended:
        with st.expander(f"Ended requests ({len(ended)})"):
            for info in ended[: -MAX_ENDED - 1 : -1]:
                _draw_request(queue, info, runs)


def _draw_request(queue: Queue, info: RequestInfo, runs: dict[str, RunInfo]) -> None:
    run = runs.get(info.run_id or "")
    origin = runs.get(info.from_run)
    with st.container(border=True):
        head, actions = st.columns([5, 2], vertical_alignment="center")
        name = f"**{plain(run.name, LONGEST_NAME)}**" if run else f"Retry {code(info.id)}"
        of = f" of {plain(origin.name, LONGEST_NAME)}" if origin else ""
        head.markdown(f"{STATES[info.state]} &nbsp; {name}{of} · {_format_request(info)}")
        if run and info.state == "running":
            planned = int(run.hyperparameters.get("epochs", 1))
            head.progress(min(1.0, run.epoch / planned), plain(format_progress(run, planned)))
        if info.reason:
            head.caption(plain(info.reason))
        if info.state in UNDER_WAY:
            with actions.container(horizontal=True, horizontal_alignment="right"):
                if info.state == "queued":
                    _action("Put first", info.id, partial(put_first, queue, info.id))
                _action("Cancel", info.id, partial(cancel, queue, info.id))
        elif run:
            with actions.container(horizontal=True, horizontal_alignment="right"):
                st.page_link(
                    "views/overview.py",
                    label="Open its run",
                    icon=":material/arrow_forward:",
                    query_params={"run": run.run_id},
                )


def format_progress(run: RunInfo, planned: int) -> str:
    """Say how far a run is and how long it will take at the pace of its newest epoch."""
    done = f"{run.epoch} of {planned} epochs"
    doing = f", {run.progress}" if run.progress else ""
    seconds = run.metrics.get("seconds")
    if seconds is None:
        return f"{done}{doing}"
    return f"{done}{doing}; about {_duration(seconds * (planned - run.epoch))} left"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _format_request(info: RequestInfo) -> str:
    minutes = _duration(max(0.0, time.time() - info.asked_at))
    requested = f"requested by {plain(info.asked_by)} {minutes} ago"
    tries = f" · {info.attempts} attempts" if info.attempts > 1 else ""
    why = f" · _{plain(info.why)}_" if info.why else ""
    return f"{requested}{tries}{why}"


def _draw_workers(queue: Queue, workers: list[WorkerInfo], waiting: bool) -> None:
    alive = [worker for worker in workers if worker.alive]
    for worker in alive:
        with st.container(horizontal=True, vertical_alignment="center"):
            paused = worker.wanted == "paused"
            on = f" on {code(worker.request)}" if worker.request else ""
            state = f"{plain(worker.state)}{on}" + (", takes no new requests" if paused else "")
            st.markdown(f":material/memory: **{plain(worker.name)}** · {state}")
            if paused:
                _action("Resume", worker.id, partial(resume_worker, queue, worker.id))
            else:
                _action("Pause", worker.id, partial(pause_worker, queue, worker.id))
    if alive:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        where = "No worker is running" + (", so queued requests wait." if waiting else ".")
        if is_starting(queue):
            st.caption("A worker is starting; it takes what is queued in a moment.")
        elif queue.is_embedded:
            _action("Start a worker here", "local", partial(start_local_worker, queue))
            st.caption(f"{where} It trains on this machine in a process of its own.")
        else:
            st.caption(f"{where} Start one on any machine with `saliencnn worker`.")


def _action(label: str, about: str, act: Callable[[], object]) -> None:
    if may_write():
        st.button(label, key=f"board-{label}-{about}", on_click=_try, args=(act,))


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception as error:
        st.session_state["board-said"] = say_error(error)
    stored_queue.forget_queue()
    stored_runs.all_runs.clear()
