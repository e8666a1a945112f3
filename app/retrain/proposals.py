"""Proposals of what to change: each fills the form, or is queued as it stands."""

import streamlit as st

from app.parts.runs import STATE
from app.parts.scrolling import scroll_to
from app.parts.widgets import FIELD_WIDTH, plain
from app.parts.writing import ask_name, may_write
from app.reads import stored_findings, stored_queue
from app.retrain.criterion import choose_criterion
from app.retrain.draft import draw_said, fill, is_queued, submit, values_in_form
from pipelines.retry.history import comparable
from pipelines.retry.known_good import find_trained
from pipelines.retry.longer import train_longer
from pipelines.retry.propose import MIN_RUNS
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import REJECTED

PROPOSALS = "retry-proposals"
"""Key of the container with the proposals."""
PROPOSED = 3
"""Proposals at a time."""
PLACE = "proposals"
"""The place of their buttons, beside that of the form."""


def draw_proposals(store: Store, run: RunInfo, start: Hyperparameters, key: str) -> None:
    """Draw proposals on request; each can fill the form, or be queued as it stands.

    Args:
        store: where the run is.
        run: the one to retrain.
        start: its values.
        key: with which the keys of the form's fields begin.
    """
    past = stored_queue.history_of(store, run)
    history = tuple(past.values())
    criterion = choose_criterion(run, history)
    known = len(comparable(history, criterion).runs)
    row = st.container(horizontal=True, vertical_alignment="bottom", key=PROPOSALS)
    linked = bool(STATE.asks_once("propose"))
    if linked or run.standing == REJECTED:  # whoever rejected it wants to know what to try next
        st.session_state.setdefault(f"{key}-asked", 1)
    pressed = row.button("Ask for proposals", icon=":material/lightbulb:", key=f"{key}-ask")
    asked = st.session_state.get(f"{key}-asked", 0) + pressed
    st.session_state[f"{key}-asked"] = asked
    if pressed or linked:
        scroll_to(PROPOSALS, str(asked))
    if asked:
        with row:
            ask_name(f"{key}-person-proposals", FIELD_WIDTH)
    row.caption(
        f"From {count(known, 'run', 'runs')} of {plain(run.arch)} on these images"
        f"{_format_aim(criterion)}.",
        width="content",
        help="Other people's runs count, and what was rejected or convicted by interventions is "
        "avoided. Each proposal says what it comes from: what is known to work, a change of one "
        f"value, or, from {MIN_RUNS} runs on, Optuna. Queue it as it stands, or let it fill the "
        f"form, where you can still change it.\n\n{define('Optuna')}",
    )
    if not asked:
        return
    found = stored_queue.proposals(start, history, PROPOSED, asked - 1, criterion)
    if longer := _propose_longer(store, run, start):
        found = [longer, *found][:PROPOSED]
    for place, (proposal, reason) in enumerate(found):
        trained = find_trained(proposal, past)
        with st.container(border=True):
            _draw_proposal(store, run, start, key, place, proposal, reason, bool(trained))
            if trained:
                _lead_to_trained(run, trained, past[trained].name)


def _propose_longer(
    store: Store, run: RunInfo, start: Hyperparameters
) -> tuple[Hyperparameters, str] | None:
    if not run.epoch or run.standing == REJECTED:
        return None
    return train_longer(start, stored_findings.of_run(store, run))


def _lead_to_trained(run: RunInfo, trained: str, name: str) -> None:
    """Say that a run has the proposal's values already, and lead to both."""
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"**You have this already: {plain(name)}.**", width="content")
    row.page_link(
        "views/overview.py",
        label="See both",
        icon=":material/arrow_forward:",
        query_params={"run": [trained, run.run_id]},
        width="content",
    )


def _draw_proposal(
    store: Store,
    run: RunInfo,
    start: Hyperparameters,
    key: str,
    place: int,
    proposal: Hyperparameters,
    reason: str,
    trained: bool,
) -> None:
    values = proposal.as_dict()
    chosen = values == values_in_form(start, key)
    words, beside = st.columns([3, 1], vertical_alignment="center")
    buttons = beside.container(horizontal=True, horizontal_alignment="right")
    words.markdown(plain(reason))
    buttons.button(
        "Chosen ✓" if chosen else "Use it",
        key=f"{key}-use-{place}",
        disabled=chosen,
        on_click=fill,
        args=(proposal, reason, key),
    )
    if not trained:
        buttons.button(
            "Queue it",
            key=f"{key}-queue-{place}",
            disabled=not may_write() or is_queued(store, run, values, key),
            on_click=submit,
            args=(store, run, key, PLACE, proposal, reason),
        )
    if chosen:
        draw_said(key, PLACE)


def _format_aim(criterion: str) -> str:
    if not criterion:
        return ", towards higher accuracy"
    metric = METRICS[criterion]
    return (
        f" whose {metric.label} is known, towards higher accuracy and {metric.better} "
        f"{metric.label}"
    )
