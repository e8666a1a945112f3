"""Proposals of what to change: each fills the form, or is queued as it stands."""

import streamlit as st

from app.parts.leads import draw_row, lead
from app.parts.shared_choice import show
from app.parts.widgets import FIELD_WIDTH, plain
from app.parts.writing import ask_name, may_write
from app.reads import stored_findings, stored_queue
from app.retrain.criterion import choose_criterion
from app.retrain.draft import (
    ASKED,
    CHOSEN,
    EDIT,
    QUEUE,
    QUEUED,
    fill,
    find_changes,
    format_changes,
    is_filled_for,
    is_queued,
    submit,
    values_in_form,
)
from app.retrain.evidence import draw_evidence
from app.retrain.image_size import find_factor
from app.retrain.queued import draw_said
from app.retrain.said import find_said
from pipelines.retry.history import comparable
from pipelines.retry.proposals import Proposal, train_for
from pipelines.retry.propose import MIN_RUNS
from pipelines.retry.remedies import MAX_EPOCHS
from pipelines.retry.settings import Settings
from pipelines.training.request import IMAGE_SIZE
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count, duration
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import REJECTED

AT_A_TIME, MOST = 3, 30
"""Proposals that are shown at first and with each click, and in all."""
PLACE = "proposals"
"""The place of their buttons, beside that of the form."""


def draw_proposals(store: Store, run: RunInfo, start: Settings, key: str, leads: bool) -> None:
    """Draw what to change; each proposal can fill the form, or be queued as it stands.

    Args:
        store: where the run is.
        run: the one to retrain.
        start: its values.
        key: with which the keys of the form's fields begin.
        leads: whether the first of them is what to do next, where anything asks for a change.
    """
    past, evidence = stored_queue.history_of(store, run), st.container()
    criterion = choose_criterion(run, [*past.values()])
    asked_for: Settings | None = st.session_state.get(f"{key}-{ASKED}")
    with st.container(horizontal=True):
        ask_name(f"{key}-person-proposals", FIELD_WIDTH)
        epochs = _choose_epochs(key)
    wanted = st.session_state.setdefault(f"{key}-wanted", AT_A_TIME)
    findings = stored_findings.of_run(store, run) if run.epoch else ()
    own, resized = Hyperparameters.from_mapping(start), stored_queue.resized_of(store, run)
    found = [
        train_for(one, own, epochs, past)
        for one in stored_queue.proposals(
            own, past, findings, wanted, criterion, start[IMAGE_SIZE], resized, asked_for
        )
    ]
    with evidence:
        asked = draw_evidence(findings, [one.reason.why for one in found])
    leads = bool(asked_for) or (leads and (asked or run.standing == REJECTED))
    names = {**past, **{one.run_id: one.past for one in resized}}
    first = next((place for place, one in enumerate(found) if not one.trained), None)
    shown = values_in_form(start, key)
    for place, proposal in enumerate(found):
        with st.container(border=True):
            first_to_do = leads and place == first
            said = _draw_proposal(store, run, start, key, place, proposal, first_to_do)
            if proposal.trained and not said:
                _lead_to_trained(run, proposal.trained, names[proposal.trained].name)
    if not any(one.change(start) == shown for one in found):  # the form was changed since
        draw_said(store, key, PLACE)

    def want_more() -> None:
        st.session_state[f"{key}-wanted"] += AT_A_TIME

    row = st.container(horizontal=True, vertical_alignment="center")
    row.button(
        "More proposals",
        icon=":material/lightbulb:",
        key=f"{key}-more",
        disabled=wanted >= MOST,
        on_click=want_more,
    )
    known = len(comparable([*past.values()], criterion).runs)
    row.caption(
        f"From {count(known, 'run', 'runs')} of {plain(run.arch)} on these images"
        f"{_format_aim(criterion)}.",
        width="content",
        help="Other people's runs count. What was rejected, or relies on a shortcut as "
        "interventions show, is avoided. Each proposal says what it comes from: what is known to "
        f"work, a change of one value, or, from {MIN_RUNS} runs on, Optuna. Train it as it stands, "
        f"or let it fill the form, where you can still change it.\n\n{define('Optuna')}",
    )


def _choose_epochs(key: str) -> int:
    """Let the person choose for how many epochs proposals train: what the form's field says."""
    shown, held = f"{key}-proposed-epochs", f"{key}-epochs"

    def take() -> None:
        st.session_state[held] = st.session_state[shown]

    return st.number_input(
        "Epochs",
        1,
        MAX_EPOCHS,
        step=1,
        key=show(shown, st.session_state[held]),
        on_change=take,
        width=FIELD_WIDTH,
        help="For how many epochs a proposal is trained that does not change that itself; the "
        "form below holds the same number. Times are at the pace of this run's training.",
    )


def _describe_training(run: RunInfo, epochs: int, size: str) -> str:
    """Say for how many epochs a retry trains, and how long that takes at the pace of its run."""
    seconds = run.metrics.get("seconds", 0.0) * find_factor(run, size)
    pace = f", about {duration(seconds * epochs)}" if seconds else ""
    return f"{count(epochs, 'epoch', 'epochs')}{pace}"


def _lead_to_trained(run: RunInfo, trained: str, name: str) -> None:
    """Say that a run has the proposal's values already, and lead to both."""
    row = draw_row(f"**You have this already: {plain(name)}.**")
    lead(row, "overview", "See both", {"run": [trained, run.run_id]})


def _draw_proposal(
    store: Store,
    run: RunInfo,
    start: Settings,
    key: str,
    place: int,
    proposal: Proposal,
    leads: bool,
) -> bool:
    """Draw a proposal; return whether it is said below it what came of its button."""
    values, reason = proposal.change(start), proposal.reason
    chosen, changes = values == values_in_form(start, key), find_changes(start, key)
    # In the form the epochs may yet change, so what holds for any of them stands there.
    advice = str(proposal.advice)
    edited = bool(changes) and not chosen and is_filled_for(advice, key)
    filled = chosen and bool(st.session_state.get(f"{key}-{ASKED}"))  # by a link, to be queued
    said = chosen and find_said(key).place == PLACE
    words, beside = st.columns([3, 1], vertical_alignment="top")
    buttons = beside.container(horizontal=True, horizontal_alignment="right")
    words.markdown(f"**{plain(reason.title)}**  \n{plain(reason.expected)}")
    words.caption(plain(reason.why))
    if edited or (chosen and not said):
        now = f"The form below holds: {format_changes(changes)}."
        words.markdown(plain(f"{now} Train it there." if edited else now))
    queued = is_queued(store, run, values, key)
    if not (queued or said):
        buttons.button(
            CHOSEN if chosen else EDIT,
            key=f"{key}-use-{place}",
            disabled=chosen,
            help="Fills the form below, where you can still change it before it is trained.",
            on_click=fill,
            args=(values, advice, key),
        )
    if not proposal.trained and not edited:
        buttons.button(
            QUEUED if queued else QUEUE,
            key=f"{key}-queue-{place}",
            type="primary" if leads and (filled or not {*changes} - {"epochs"}) else "secondary",
            help="Queues it as it stands; a worker trains it.",
            disabled=queued or not may_write(),
            on_click=submit,
            args=(store, run, key, PLACE, values, str(reason)),
        )
        told = _describe_training(run, values["epochs"], values[IMAGE_SIZE])
        buttons.caption(told, width="content")
    if chosen:
        draw_said(store, key, PLACE)
    return said


def _format_aim(criterion: str) -> str:
    if not criterion:
        return ", towards higher accuracy"
    metric = METRICS[criterion]
    return (
        f" whose {metric.label} is known, towards higher accuracy and {metric.better} "
        f"{metric.label}"
    )
