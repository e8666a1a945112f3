"""Before and after: a run beside its retry, on the same images."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.chart import note_subject
from app.parts.curves import draw_curves
from app.parts.followed_requests import find_followed, leave_requests
from app.parts.presenting import offer_presenting
from app.parts.report import offer_report
from app.parts.run_names import LONGEST_LABEL, describe, label, short_id
from app.parts.runs import STATE
from app.parts.shared_choice import draw_choice
from app.parts.widgets import plain
from app.reads import stored_queue, stored_runs
from app.retrain.cases import draw_cases
from app.retrain.cautions import draw_cautions, explain_loss
from app.retrain.decision import draw_decision
from app.retrain.longer import describe_short, offer_longer
from app.retrain.other_retries import lead_to_retries, say_under_way
from app.retrain.resized import are_compared, describe_images
from app.retrain.sections import partner_key
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import list_some
from saliencnn.common.shown import tell_apart
from saliencnn.store.connection import Store
from saliencnn.store.run_info import NOT_KNOWN, list_changes
from saliencnn.store.runs import RunInfo

NUMBERS = ("best_val_accuracy", "counterfactual_accuracy", "focus")
"""The metrics that decide, where both runs have them."""
OTHERS = ("total_variation", "entropy", "attended_area")
"""Those of maps of which neither more nor less is better by itself."""
OF_MAPS = ("focus", *OTHERS)
"""Those that depend on how fine maps are."""


def draw_before_after(store: Store, run: RunInfo) -> None:
    """Draw two runs side by side: numbers, what changed, curves, the same cases' maps, verdicts."""
    partners = _find_partners(store, run)
    say_under_way(store, run)
    if not partners:
        st.info(
            "No other run of this architecture on these images has a complete epoch yet. Queue "
            "a retry; it appears here with its first.",
            icon=":material/compare:",
        )
        lead_to_retries(store, stored_queue.find_requests(store))
        return
    known = {other.run_id: (before, other) for before, other in partners}
    other_is_after, other = known[_choose_partner(run, known)]
    STATE.write({"beside": [other.run_id]}, defaults={"beside": [partners[0][1].run_id]}, keep=True)
    before, after = (run, other) if other_is_after else (other, run)
    requests = stored_queue.find_requests(store)
    pair = {run.run_id, other.run_id}
    leave_requests(one.id for one in requests if {one.from_run, one.run_id} == pair)
    lead_to_retries(store, find_followed(requests, stored_queue.runs_of(store, requests)))
    note_subject(describe([before, after]))
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"**{plain(before.name)}** before, **{plain(after.name)}** after")
    with row:
        offer_report(store, [before, after])
        offer_presenting([before, after], "retrain")
    if told := describe_images(store, before, after):
        st.info(plain(told), icon=":material/aspect_ratio:")
    if short := describe_short(before, after):
        st.markdown(f"**{plain(short)}**")
        offer_longer(store, before, after)
    draw_decision(store, before, after, [one for _, one in partners], short)
    compared = are_compared(store, before, after)
    if compared:
        draw_numbers(before, after)
    draw_cautions(store, before, after)
    draw_changes(before, after)
    if compared:
        draw_cases(store, before, after)
    draw_curves(store, [before, after])
    if sentence := explain_loss(before.metrics, after.metrics):
        st.caption(sentence)


def _choose_partner(run: RunInfo, known: Mapping[str, tuple[bool, RunInfo]]) -> str:
    """Let the person choose a run to stand beside one; return its id."""
    state, first = st.session_state, next(iter(known))
    chosen, key = partner_key(run.run_id), f"{partner_key(run.run_id)}-choice"
    for asked in STATE.asks_once("beside") or []:
        state[chosen] = asked
    if state.get(chosen) not in known:
        state[chosen] = first

    def take() -> None:
        state[chosen] = state[key]

    names = {run_id: _name_partner(*pair) for run_id, pair in known.items()}
    draw_choice(
        "Compare with",
        list(known),
        state[chosen],
        key,
        take,
        tell_apart(names, LONGEST_LABEL, mark=short_id),
        "Retries of this run first, then the run that it is a retry of, then others.",
    )
    return str(state[chosen])


def _find_partners(store: Store, run: RunInfo) -> list[tuple[bool, RunInfo]]:
    """Return (whether it came after, run) of all runs that can stand beside one."""
    runs = {r.run_id: r for r in stored_runs.all_runs(store)}
    requests = stored_queue.find_requests(store)
    retried = [q.run_id for q in reversed(requests) if q.from_run == run.run_id and q.run_id]
    origins = [q.from_run for q in requests if q.run_id == run.run_id]
    same = [r.run_id for r in runs.values() if r.is_comparable_with(run)]
    order = dict.fromkeys([*retried, *origins, *same])
    return [
        (runs[run_id].started >= run.started, runs[run_id])
        for run_id in order
        if run_id in runs and run_id != run.run_id and runs[run_id].epoch
    ]


def _name_partner(after: bool, run: RunInfo) -> str:
    return f"{'after' if after else 'before'}: {label(run)}"


def draw_numbers(before: RunInfo, after: RunInfo) -> None:
    """Draw the numbers of the run after, and the differences to the run before."""
    resized = before.images_id != after.images_id
    both = [
        name for name in (*NUMBERS, *OTHERS) if name in before.metrics and name in after.metrics
    ]
    known = [name for name in both if not (resized and name in OF_MAPS)]
    row = st.container(horizontal=True)
    for name in known:
        if name in NUMBERS:
            _draw_number(row, name, before, after)
    st.caption(
        "The large numbers are those of the run after; the small ones say how far they are from "
        "the run before. Best accuracy is that of its best epoch, the others are of its last one."
    )
    if others := [name for name in known if name in OTHERS]:
        with st.expander("More numbers of the maps"):
            st.caption("They describe the maps; neither more nor less of them is better by itself.")
            row = st.container(horizontal=True)
            for name in others:
                _draw_number(row, name, before, after)


def _draw_number(row: DeltaGenerator, name: str, before: RunInfo, after: RunInfo) -> None:
    metric, value = METRICS[name], after.metrics[name]
    row.metric(
        metric.title,
        metric.write(value),
        metric.write_change(value, before.metrics[name]),
        delta_color="normal" if name in NUMBERS else "off",
        help=metric.help,
        width="content",
    )


def draw_changes(before: RunInfo, after: RunInfo) -> None:
    """Draw a table of the settings in which two runs differ."""
    changes = [(name.replace("_", " "), values) for name, values in list_changes([before, after])]
    rows = [(name, *values) for name, values in changes if NOT_KNOWN not in values]
    of_one = [name for name, values in changes if NOT_KNOWN in values]
    if not rows:
        known = "Nothing that is known of both" if before.watched or after.watched else "Nothing"
        st.caption(f"{known} was changed between the two.")
        return
    frame = pd.DataFrame(rows, columns=["what changed", "before", "after"])
    st.dataframe(frame, hide_index=True, height="content")
    if len(rows) > 1 and not describe_short(before, after):
        st.caption(
            f"{len(rows)} settings were changed at once, so these numbers cannot tell which of "
            "them helped or harmed. A retry that changes one alone can."
        )
    if of_one:
        st.caption(f"Known of one of them alone: {plain(list_some(of_one, len(of_one)))}.")
