"""Everything that pages write, each under the name of who writes: the only place that does.

Hiding a button protects nothing, so who may not write is refused here. Maps that are computed while
somebody looks are kept in the store too; they follow from what is there and need nobody's name.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

import streamlit as st

from app.parts.followed_requests import follow_requests
from app.parts.kept_name import known_name, take_name
from app.parts.login import find_visitor
from app.parts.widgets import plain
from pipelines.computing.background import Standing, Work, the_background
from pipelines.retry import local_worker, workers
from pipelines.retry import queue as requests
from pipelines.retry.studies import Queue
from pipelines.review import decisions
from pipelines.review.decisions import Decided
from pipelines.training.request import Request
from saliencnn.common.errors import UserError
from saliencnn.common.names import MAX_NAME_LENGTH
from saliencnn.store import runs
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.saved_tasks import SavedTask, save_task
from saliencnn.store.verdicts import Decision
from saliencnn.store.walkthroughs import Pin, Query, Walkthrough, keep_walkthrough, make_pin

Result = TypeVar("Result")


def write_as(write: Callable[[str], Result], typed: str = "") -> Result:
    """Let the person at this session write something.

    Args:
        write: from the name under which it is written to the result.
        typed: the name that the person gave, which counts only without log-in.

    Raises:
        UserError: the person may only look.
    """
    visitor = find_visitor()
    if visitor.refusal:
        raise UserError(visitor.refusal)
    result = write(visitor.name or typed)
    if typed and not visitor.name:
        take_name(typed)
    return result


def may_write() -> bool:
    """Whether the person at this session may write; pages offer nothing else to others."""
    return not find_visitor().refusal


def ask_name(key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """Ask who decides; an empty field takes the name that the person gave before.

    With a log-in there is nothing to ask, and the page says under which name it is.
    """
    visitor = find_visitor()
    if visitor.name or visitor.refusal:
        st.caption(plain(visitor.refusal) or f"As **{plain(visitor.name)}**.", width=width)
        return
    if not st.session_state.get(key):
        st.session_state[key] = known_name()
    st.text_input(
        "Your name", max_chars=MAX_NAME_LENGTH, key=key, width=width, placeholder="required"
    )


def typed_name(key: str) -> str:
    """Return what ``ask_name`` was answered, for callbacks."""
    return st.session_state.get(key) or ""


def decide(
    store: Store,
    run_id: str,
    decision: Decision,
    reason: str,
    typed: str,
    epoch: int | None = None,
    image: int | None = None,
) -> Decided:
    """Give a verdict, and let the model registry follow it."""
    return write_as(
        lambda name: decisions.decide(store, run_id, decision, reason, name, epoch, image), typed
    )


def stop_run(store: Store, run_id: str, typed: str) -> None:
    """Ask a run under way to stop."""
    write_as(lambda name: runs.ask_to_stop(store, run_id, name), typed)


def enqueue(queue: Queue, start: RunInfo, request: Request, typed: str, why: str) -> str:
    """Queue the retry of a run, which this session follows; return the request's id."""
    queued = write_as(lambda name: requests.enqueue(queue, start, request, name, why), typed)
    follow_requests([queued])
    return queued


def cancel(queue: Queue, request_id: str) -> None:
    """Cancel a request, under the name that the person gave last."""
    typed = known_name() or "somebody on the dashboard"
    write_as(lambda name: requests.cancel(queue, request_id, name or typed))


def put_first(queue: Queue, request_id: str) -> None:
    """Put a waiting request before all others."""
    write_as(lambda _: requests.put_first(queue, request_id))


def pause_worker(queue: Queue, worker: str) -> None:
    """Let a worker take nothing new."""
    write_as(lambda _: workers.pause_worker(queue, worker))


def resume_worker(queue: Queue, worker: str) -> None:
    """Let a paused worker take requests again."""
    write_as(lambda _: workers.resume_worker(queue, worker))


def end_worker(queue: Queue, worker: str) -> None:
    """Let a worker end, and give back the request that it trains."""
    write_as(lambda _: workers.end_worker(queue, worker))


def start_local_worker(queue: Queue) -> None:
    """Start the embedded store's worker."""
    write_as(lambda _: local_worker.start_local_worker(queue))


def begin_work(work: Work, page: str, query: Query) -> Standing:
    """Let some work begin, under the name that is known of the person; return how it stands.

    Args:
        work: what to do.
        page: name of the page that shows what is found.
        query: parameters of that page's address.
    """
    return write_as(
        lambda name: the_background().begin_work(work, name or known_name(), page, query)
    )


def stop_work(key: str, number: int) -> None:
    """Stop work that is under way."""
    write_as(lambda name: the_background().stop_work(key, number, name or known_name()))


def save_comparison(store: Store, name: str, query: Mapping[str, Sequence[str]]) -> SavedTask:
    """Save a comparison task by name."""
    return write_as(lambda _: save_task(store, name, query))


def pin_view(page: str, query: Query, title: str, sentence: str, typed: str) -> Pin:
    """Return a view as the person at this session pins it; it is stored with a walkthrough."""
    return write_as(lambda name: make_pin(page, query, title, sentence, name), typed)


def keep_pins(
    store: Store, run_id: str, title: str, pins: Sequence[Pin], typed: str
) -> Walkthrough:
    """Keep pinned views with a run as a walkthrough."""
    return write_as(lambda name: keep_walkthrough(store, run_id, title, name, pins), typed)
