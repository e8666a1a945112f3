"""The workers as people see them: how each is, and what a person may want of it."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from app.parts.widgets import plain
from app.parts.writing import end_worker, pause_worker, resume_worker, start_local_worker
from app.retrain.actions import act_on
from pipelines.retry.local_worker import explain_failed_start, is_leaving, is_starting
from pipelines.retry.studies import Queue
from pipelines.retry.workers import ENDED, PAUSED, WorkerInfo
from saliencnn.common.markdown import code
from saliencnn.common.terms import define

STATES = {
    "starting": "ready in some seconds",
    "idle": "ready: it takes what is queued",
    "training": "trains",
    "reporting": "makes the report of",
    "paused": "paused: it takes no new requests",
    "waiting": "waits for a store that cannot be reached",
}
"""What a worker says of itself, as people read it."""
END_HELP = (
    "It ends at its next batch, within some seconds. What it trains goes back into the queue; "
    "the next worker goes on after its last complete epoch."
)


def draw_workers(
    queue: Queue,
    workers: Sequence[WorkerInfo],
    waiting: bool,
    names: Mapping[str, str],
    below: bool = False,
) -> None:
    """Draw the living workers; where a request waits for one, how to start it.

    Args:
        queue: whose they are.
        workers: all of the last day.
        waiting: whether a request waits for one.
        names: request's id -> what people call it, in Markdown.
        below: whether the page offers to start one further down, and says that it waits.
    """
    alive = [worker for worker in workers if worker.alive]
    for worker in alive:
        _draw_worker(queue, worker, names)
    if not alive and not below:
        said = "No worker is running, so queued requests wait." if waiting else ""
        draw_start(queue, workers, "local", waiting, said)


def draw_start(
    queue: Queue,
    workers: Sequence[WorkerInfo],
    place: str,
    waiting: bool = True,
    said: str = "",
) -> None:
    """Draw how to start a worker where none is alive, or that one starts.

    Args:
        queue: whose.
        workers: as far as the page knows them; none of them is alive.
        place: of the button on the page, unique.
        waiting: whether a request waits for a worker; else nothing is offered.
        said: a sentence that stands beside the button.
    """
    if is_starting(queue, [worker.id for worker in workers]):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Starting…",
                key=f"board-starting-{place}",
                disabled=True,
                icon=":material/hourglass_top:",
            )
            st.caption("A worker is starting; in some seconds it takes what is queued.")
        return
    if is_leaving(queue):
        if waiting:
            st.caption(f"{said} The last worker is ending; then another can be started.".strip())
        return
    if failed := explain_failed_start(queue):
        st.error(f"The worker ended before it was ready: {plain(failed)}", icon=":material/error:")
    if not waiting:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if queue.is_embedded:
            act_on("Start a worker here", place, partial(start_local_worker, queue))
            where = "The worker trains on this machine in a process of its own."
        else:
            where = "Start one on any machine with `saliencnn worker`."
        st.caption(f"{said} {where}".strip(), help=define("worker"))


def _draw_worker(queue: Queue, worker: WorkerInfo, names: Mapping[str, str]) -> None:
    on = f" {names.get(worker.request, code(worker.request))}" if worker.request else ""
    state = f"{plain(STATES.get(worker.state, worker.state))}{on}"
    if worker.wanted == ENDED:
        state = f"is being stopped{', what it trains goes back into the queue' if on else ''}"
    elif worker.wanted == PAUSED and worker.state != "paused":
        state += ", then pauses"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/memory: **{plain(worker.name)}** · {state}")
        if worker.wanted == ENDED:
            return
        if worker.wanted == PAUSED:
            act_on("Resume", worker.id, partial(resume_worker, queue, worker.id))
        else:
            act_on("Pause", worker.id, partial(pause_worker, queue, worker.id))
        act_on("Stop", worker.id, partial(end_worker, queue, worker.id), END_HELP)
