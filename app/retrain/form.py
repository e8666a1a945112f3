"""The form of the retrain page: hyperparameters to change, proposals, and a place in the queue."""

from contextlib import suppress

import streamlit as st

from app.parts.columns import roomy_columns
from app.parts.lacking import draw_lacking
from app.parts.leads import draw_row, lead
from app.parts.runs import STATE
from app.parts.verdicts import draw_verdicts
from app.parts.widgets import plain
from app.parts.writing import ask_name, may_write
from app.reads import stored_findings, stored_queue, stored_runs
from app.reads.stored_queue import finished_retries
from app.retrain.draft import (
    ASKED,
    FILLED,
    INITIAL,
    QUEUE,
    QUEUED,
    fill,
    find_changes,
    format_changes,
    is_queued,
    submit,
    values_in_form,
)
from app.retrain.fields import draw_fields
from app.retrain.image_size import refuse_size
from app.retrain.proposals import draw_proposals
from app.retrain.queued import draw_said
from app.retrain.said import form_key
from app.retrain.sections import BEFORE_AND_AFTER
from pipelines.retry.proposals import find_reason
from pipelines.retry.request_state import why_not_retried
from pipelines.retry.settings import Settings, change_settings, parse_changes, settings_of
from pipelines.training.request import IMAGE_SIZE
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import MAX_REASON_LENGTH

FORM = "form"
"""The place of the form's button, beside those of the proposals."""


def _take_changes(store: Store, run: RunInfo, start: Settings, key: str) -> None:
    """Fill the form with what a link asks for, ``change=name:value`` as findings do, and why."""
    linked = STATE.asks_once("change")
    asked = linked or []
    taken, values = _read_changes(start, asked)
    if linked is not None:
        st.session_state[f"{key}-{ASKED}"] = values if taken else None
    for name in parse_changes(taken):
        st.session_state[f"{key}-{name}"] = values[name]
        st.session_state[f"{key}-{FILLED}"] = True
    if asked:
        STATE.answer({"change": taken})
    if taken:
        findings = stored_findings.of_run(store, run) if run.epoch else ()
        wanted, resized = values_in_form(start, key), stored_queue.resized_of(store, run)
        if reason := find_reason(start, wanted, findings, resized):
            st.session_state[f"{key}-why"] = reason[:MAX_REASON_LENGTH]
    _keep_changes(start, key)


def _read_changes(start: Settings, changes: list[str]) -> tuple[list[str], Settings]:
    """Return the changes that can be made, and all settings with them; none if not together.

    Guidance is valid only where what mixes images is off, so none of them is tried alone.
    """
    known = [one for one in changes if {*parse_changes([one])} <= {*start}]
    for taken in (known, [one for one in known if _is_allowed(one)]):
        with suppress(UserError):  # what a link says may be anything
            return taken, change_settings(start, parse_changes(taken))
    return [], start


def _is_allowed(change: str) -> bool:
    """Whether a change is valid by itself, whatever the other settings are."""
    with suppress(UserError):
        Hyperparameters.from_mapping(parse_changes([change]))
        return True
    return False


def _keep_changes(start: Settings, key: str) -> None:
    """Leave those changes in the address that the form still holds, if it changes any of them."""
    named, now = STATE.address().get("change", []), values_in_form(start, key)
    if not named:
        return
    taken, values = _read_changes(start, named)
    names = {change: name for change in taken for name in parse_changes([change])}
    held = [change for change in taken if values[names[change]] == now[names[change]]]
    if not any(start[names[change]] != now[names[change]] for change in held):
        held = []
    if held != named:
        STATE.write({"change": held}, keep=True)


def draw_form(store: Store, run: RunInfo) -> None:
    """Draw proposals and the form; what is queued starts from the run."""
    if reason := why_not_retried(run):
        draw_lacking(reason)
        draw_verdicts(store, run)
        return
    start = settings_of(run)
    key = form_key(run.run_id)
    for name, value in start.items():
        st.session_state.setdefault(f"{key}-{name}", value)
        # Kept although another section or group does not draw it.
        st.session_state[f"{key}-{name}"] = st.session_state[f"{key}-{name}"]
    _take_changes(store, run, start, key)
    retried = _draw_whose(store, run)
    draw_proposals(store, run, start, key, leads=not retried)
    draw_verdicts(store, run, retry=False)
    st.markdown("**Or change values yourself**")
    draw_fields(store, run, start, key)
    _draw_submit(store, run, start, key)


def _draw_whose(store: Store, run: RunInfo) -> bool:
    """Say which run the proposals and the form are about; return if a retry of it has finished."""
    st.markdown(f"**What to change in {plain(run.name, LONGEST_NAME)}**")
    known = {one.run_id: one for one in stored_runs.all_runs(store)}
    retries = [known[one] for one in finished_retries(store, run.run_id) if one in known]
    for retry in retries[:1]:
        row = draw_row(
            f"This is still about {plain(run.name, LONGEST_NAME)}, not about its retry "
            f"{plain(retry.name, LONGEST_NAME)}: see *{BEFORE_AND_AFTER}* first."
        )
        lead(row, "retrain", "Go on from the retry", {"run": retry.run_id, "section": "change"})
    return bool(retries)


def _draw_submit(store: Store, run: RunInfo, start: Settings, key: str) -> None:
    changes = format_changes(find_changes(start, key))
    with st.container(border=True):
        st.markdown(f"**Changed:** {plain(changes)}" if changes else "**Changed:** nothing yet.")
        weights, who, why = roomy_columns(f"{key}-submit", (3, 2, 4), 280)
        kept = sorted(stored_runs.kept_checkpoints(store, run.run_id, run.epoch))
        weights.selectbox(
            "Start from",
            [INITIAL, *reversed(kept)],
            format_func=lambda at: (
                f"initial weights ({one_line(run.weights, LONGEST_NAME)})"
                if at == INITIAL
                else f"checkpoint of epoch {at}"
            ),
            key=f"{key}-weights",
            help="The weights that training begins with.",
        )
        with who:
            ask_name(f"{key}-person-{FORM}")
        why.text_input(
            "Why",
            max_chars=MAX_REASON_LENGTH,
            key=f"{key}-why",
            placeholder="What do you expect to change?",
        )
        draw_said(store, key, FORM)
        values = values_in_form(start, key)
        queued = is_queued(store, run, values, key)
        if refusal := refuse_size(store, run, values[IMAGE_SIZE]):
            st.error(plain(refusal))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                QUEUED if queued else QUEUE,
                icon=":material/queue:",
                type="primary",
                key=f"{key}-queue-{FORM}",
                disabled=queued or bool(refusal) or not may_write(),
                on_click=submit,
                args=(store, run, key, FORM),
            )
            st.button("Reset to the run's values", on_click=fill, args=(start, "", key))
            st.caption("A worker trains it and logs it like every other run.")
