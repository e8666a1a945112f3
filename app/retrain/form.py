"""The form of the retrain page: hyperparameters to change, proposals, and a place in the queue."""

from contextlib import suppress
from dataclasses import Field, fields, replace
from typing import Any

import streamlit as st

from app.parts.columns import roomy_columns
from app.parts.lacking import draw_lacking
from app.parts.runs import STATE
from app.parts.scrolling import scroll_to
from app.parts.verdicts import draw_verdicts
from app.parts.widgets import FIELD_WIDTH, plain, say_error
from app.parts.writing import ask_name, enqueue, may_write, typed_name
from app.reads import stored_queue, stored_runs
from app.retrain.criterion import choose_criterion
from app.retrain.marking import draw_marking
from app.retrain.sections import show_queue
from pipelines.retry.explain_proposals import format_value
from pipelines.retry.history import comparable
from pipelines.retry.naming import name_retry
from pipelines.retry.request_state import request_retry, why_not_retried
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import MAX_REASON_LENGTH

GROUPS: dict[str, tuple[str, ...]] = {
    "Augmentation": ("crop", "flip", "color_jitter", "grayscale", "erasing", "mixup", "cutmix"),
    "Optimization": (
        *("optimizer", "learning_rate", "head_factor", "warmup", "schedule"),
        *("weight_decay", "momentum"),
        *("batch_size", "balance", "epochs", "patience"),
    ),
    "Regularization": ("label_smoothing", "dropout", "freeze_backbone"),
    "Guidance": ("guidance", "guidance_weight", "ignored"),
    "Seed and control": ("seed", "shuffle_labels"),
}
PROPOSALS = "retry-proposals"
"""Key of the container with the proposals."""
PROPOSED = 3
"""Proposals at a time."""
INITIAL = "initial"
"""Stands for the weights that the run itself began with."""


def _take_changes(start: Hyperparameters, key: str) -> None:
    """Fill the form with what a link asks for: ``change=name:value``, as findings do."""
    asked, taken = STATE.asks_once("change") or [], []
    for change in asked:
        name, _, value = change.partition(":")
        with suppress(UserError):  # what a link says may be anything
            changed = Hyperparameters.from_mapping({**start.as_dict(), name: value}).as_dict()
            if name in changed:
                st.session_state[f"{key}-{name}"] = changed[name]
                taken.append(change)
    if asked:
        STATE.answer({"change": taken})


def draw_form(store: Store, run: RunInfo) -> None:
    """Draw proposals and the form; what is queued starts from the run."""
    if reason := why_not_retried(run):
        draw_lacking(reason)
        draw_verdicts(store, run)
        return
    start = Hyperparameters.from_mapping(run.hyperparameters)
    key = f"retry-{run.run_id}"
    for name, value in start.as_dict().items():
        st.session_state.setdefault(f"{key}-{name}", value)
        # Kept although another section of the page does not draw it.
        st.session_state[f"{key}-{name}"] = st.session_state[f"{key}-{name}"]
    _take_changes(start, key)
    draw_verdicts(store, run)
    _draw_proposals(store, run, start, key)
    for group, names in GROUPS.items():
        st.markdown(f"**{group}**")
        row = st.container(horizontal=True)
        for spec in (f for f in fields(Hyperparameters) if f.name in names):
            with row.container(width=FIELD_WIDTH):
                _draw_field(spec, f"{key}-{spec.name}")
        if "ignored" in names:
            draw_marking(store, run, key)
    _draw_submit(store, run, start, key)


def _draw_field(spec: Field[Any], key: str) -> None:
    meta, title = spec.metadata, spec.name.replace("_", " ")
    help_text = f"{meta['help']} Default {spec.default}."
    if "choices" in meta:
        st.selectbox(title, meta["choices"], key=key, help=help_text)
    elif isinstance(spec.default, str):
        st.text_input(title, key=key, help=help_text, max_chars=MAX_REASON_LENGTH)
    elif isinstance(spec.default, bool):
        st.toggle(title, key=key, help=help_text)
    elif isinstance(spec.default, int):
        st.number_input(title, meta["low"], meta["high"], step=1, key=key, help=help_text)
    else:
        low, high = float(meta["low"]), float(meta["high"])
        step = low if meta["log"] else 0.05 if high >= 0.5 else 0.01
        bounds = f" From {low:g} to {high:g}."
        st.number_input(
            title, low, high, step=step, format="%.4g", key=key, help=help_text + bounds
        )


def _draw_proposals(store: Store, run: RunInfo, start: Hyperparameters, key: str) -> None:
    history = tuple(stored_queue.history_of(store, run).values())
    criterion = choose_criterion(run, history)
    known = len(comparable(history, criterion).runs)
    row = st.container(horizontal=True, vertical_alignment="center", key=PROPOSALS)
    if row.button("Ask for proposals", icon=":material/lightbulb:", key=f"{key}-ask"):
        st.session_state[f"{key}-asked"] = st.session_state.get(f"{key}-asked", 0) + 1
        scroll_to(PROPOSALS, str(st.session_state[f"{key}-asked"]))
    row.caption(
        f"Optuna's proposals learn from the {count(known, 'run', 'runs')} of {plain(run.arch)} on "
        f"these images{_format_aim(criterion)}. They include other people's runs and avoid what "
        "was rejected. A proposal fills the form, where you can still change it.",
        help=define("Optuna"),
    )
    pressed = st.session_state.get(f"{key}-asked", 0)
    if not pressed:
        return
    found = stored_queue.proposals(start, history, PROPOSED, pressed - 1, criterion)
    for place, (proposal, reason) in enumerate(found):
        with st.container(border=True):
            words, action = st.columns([7, 1], vertical_alignment="center")
            words.markdown(plain(reason))
            action.button(
                "Use it",
                key=f"{key}-use-{place}",
                on_click=_use,
                args=(proposal, reason, key),
                width="stretch",
            )


def _format_aim(criterion: str) -> str:
    if not criterion:
        return ", towards higher accuracy"
    metric = METRICS[criterion]
    return (
        f" whose {metric.label} is known, towards higher accuracy and {metric.better} "
        f"{metric.label}"
    )


def _use(proposal: Hyperparameters, reason: str, key: str) -> None:
    for name, value in proposal.as_dict().items():
        st.session_state[f"{key}-{name}"] = value
    st.session_state[f"{key}-why"] = reason[:MAX_REASON_LENGTH]
    st.session_state.pop(f"{key}-said", None)


def _draw_submit(store: Store, run: RunInfo, start: Hyperparameters, key: str) -> None:
    changed = _find_changes(start, key)
    changes = ", ".join(
        f"{n.replace('_', ' ')} {format_value(a)} → {format_value(b)}"
        for n, (a, b) in changed.items()
    )
    with st.container(border=True):
        st.markdown(f"**Changed:** {plain(changes)}" if changed else "**Changed:** nothing yet.")
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
            ask_name(f"{key}-person")
        why.text_input(
            "Why",
            max_chars=MAX_REASON_LENGTH,
            key=f"{key}-why",
            placeholder="What do you expect to change?",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Queue it",
                icon=":material/queue:",
                type="primary",
                disabled=not may_write(),
                on_click=_submit,
                args=(store, run, key),
            )
            st.button("Reset to the run's values", on_click=_use, args=(start, "", key))
            st.caption("A worker trains it and logs it like every other run.")
        if f"{key}-said" in st.session_state:
            good, sentence = st.session_state[f"{key}-said"]
            (st.success if good else st.error)(plain(sentence))


def _find_changes(start: Hyperparameters, key: str) -> dict[str, tuple[Any, Any]]:
    """Return name -> (old, new) of every value that the form changes."""
    now = {name: st.session_state[f"{key}-{name}"] for name in start.as_dict()}
    return {name: (old, now[name]) for name, old in start.as_dict().items() if now[name] != old}


def _submit(store: Store, run: RunInfo, key: str) -> None:
    """Queue what the form says; a callback, so that the queue below shows it at once."""
    state = st.session_state
    at = state[f"{key}-weights"]
    try:
        changed = _find_changes(Hyperparameters.from_mapping(run.hyperparameters), key)
        values = {name: new for name, (_, new) in changed.items()}
        request = request_retry(run, values, name_retry(run.name, values))
        if at != INITIAL:
            request = replace(request, weights=f"run:{run.run_id}:{at}")
        queue = stored_queue.find_queue(store)
        why = state[f"{key}-why"] or ""
        show_queue(enqueue(queue, run, request, typed_name(f"{key}-person"), why))
        state[f"{key}-said"] = (True, "It is queued; see above.")
    except Exception as error:
        state[f"{key}-said"] = (False, say_error(error))
    stored_queue.forget_queue()
