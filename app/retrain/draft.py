"""The request that a person is about to queue, as the form's fields hold it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from app.parts.requests import UNDER_WAY
from app.parts.widgets import say_error
from app.parts.writing import enqueue, typed_name
from app.reads import stored_queue
from app.retrain.image_size import refuse_size
from app.retrain.said import Said
from pipelines.retry.naming import name_retry
from pipelines.retry.reason import format_change
from pipelines.retry.request_state import request_retry, trains_the_same
from pipelines.retry.settings import Settings, settings_of
from pipelines.training.request import IMAGE_SIZE, Request
from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import MAX_REASON_LENGTH

EDIT, CHOSEN = "Edit first", "In the form ✓"
"""What a button that fills the form says before, and while the form holds that."""
QUEUE, QUEUED = "Train it", "Queued ✓"
"""What a button that queues says before, and while it is queued or being trained."""
FILLED = "filled"
"""How a key of the session's state ends: whether values were put into the form just now."""
ASKED = "asked"
"""How a key of the session's state ends: all values as a link changed them, None without one."""
INITIAL = "initial"
"""Stands for the weights that the run itself began with."""


def fill(values: Settings, why: str, key: str) -> None:
    """Put values and the reason for them into the form; for callbacks.

    Args:
        values: all of them.
        why: in words.
        key: with which the keys of the form's fields begin.
    """
    for name, value in values.items():
        st.session_state[f"{key}-{name}"] = value
    st.session_state[f"{key}-why"] = why[:MAX_REASON_LENGTH]
    st.session_state[f"{key}-{FILLED}"] = True
    st.session_state.pop(f"{key}-said", None)


def is_filled_for(why: str, key: str) -> bool:
    """Whether the form was filled for a reason, whatever has been changed in it since."""
    return bool(why) and st.session_state.get(f"{key}-why") == why[:MAX_REASON_LENGTH]


def values_in_form(start: Settings, key: str) -> Settings:
    """Return what the form's fields hold."""
    return {name: st.session_state[f"{key}-{name}"] for name in start}


def find_changes(start: Settings, key: str) -> dict[str, tuple[Any, Any]]:
    """Return name -> (old, new) of every value that the form changes."""
    now = values_in_form(start, key)
    return {name: (old, now[name]) for name, old in start.items() if now[name] != old}


def format_changes(changed: Mapping[str, tuple[Any, Any]]) -> str:
    """Return changes as people read them; empty where there is none."""
    return ", ".join(format_change(name, *values) for name, values in changed.items())


def is_queued(store: Store, run: RunInfo, values: Settings, key: str) -> bool:
    """Whether the retry of a run with some values waits or is being trained already."""
    try:
        request = _make_request(run, values, key)
        return any(
            info.state in UNDER_WAY
            and not info.reason
            and info.from_run == run.run_id
            and trains_the_same(info.wanted, request)
            for info in stored_queue.all_requests(store)
        )
    except UserError:
        return False  # whoever queues it is told what is wrong


def submit(
    store: Store,
    run: RunInfo,
    key: str,
    place: str,
    proposal: Settings | None = None,
    why: str = "",
) -> None:
    """Queue what the form says; a callback, so that the page shows it at once.

    Args:
        store: where the run is.
        run: the one to retrain.
        key: with which the keys of the form's fields begin.
        place: of the button, where it is said what came of it.
        proposal: values to fill the form with first.
        why: the reason for them.
    """
    state = st.session_state
    if proposal:
        fill(proposal, why, key)
    try:
        changed = find_changes(settings_of(run), key)
        request = _make_request(run, {name: new for name, (_, new) in changed.items()}, key)
        _, size = changed.get(IMAGE_SIZE, (None, None))
        if size and (refusal := refuse_size(store, run, size)):
            raise UserError(refusal)
        queue = stored_queue.find_queue(store)
        why = state[f"{key}-why"] or ""
        request_id = enqueue(queue, run, request, typed_name(f"{key}-person-{place}"), why)
        said = format_changes(changed) or "the run's own values, again"
        state[f"{key}-said"] = Said(place, said, request_id)
    except Exception as error:
        state[f"{key}-said"] = Said(place, say_error(error))
    stored_queue.forget_queue()


def _make_request(run: RunInfo, values: Settings, key: str) -> Request:
    start = settings_of(run)
    changed = {name: new for name, new in values.items() if str(new) != str(start.get(name))}
    request = request_retry(run, changed, name_retry(run.name, changed))
    at = st.session_state.get(f"{key}-weights", INITIAL)
    return request if at == INITIAL else replace(request, weights=f"run:{run.run_id}:{at}")
