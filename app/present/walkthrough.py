"""A kept walkthrough as steps: what a person pinned, live where it is maps, and what they say."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.compare.picking import is_dark
from app.parts.chart import draw_chart, draw_large_chart, note_subject
from app.parts.curves import unique_names
from app.parts.findings import MARKS, draw_summary
from app.parts.leads import lead
from app.parts.run_names import describe
from app.parts.widgets import plain
from app.present.maps import draw_maps
from app.present.step import Step
from app.present.story import CHART_HEIGHT, FINDINGS
from app.reads import stored_findings, stored_runs
from app.retrain.before_after import draw_changes, draw_numbers
from app.trust.advice import format_advice
from pipelines.comparison.gather import read_group
from pipelines.comparison.groups import cost_frame, known_costs
from pipelines.trust.results import newest_epoch, results_of, trust_table
from saliencnn.common.sentences import count
from saliencnn.drawing.network_charts import complexity_chart
from saliencnn.drawing.run_charts import accuracy_chart
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.walkthroughs import Pin, Walkthrough


def list_pinned_steps(store: Store, kept: Walkthrough) -> list[Step]:
    """Return a walkthrough's steps: its name, then each pinned view."""
    return [
        Step(kept.name, partial(_draw_opening, kept)),
        *(
            Step(
                pin.sentence,
                partial(_draw_pin, store, pin),
                pin.query if pin.page == "progression" else {},
            )
            for pin in kept.pins
        ),
    ]


def _draw_opening(kept: Walkthrough) -> None:
    with st.container(key="step-lead"):
        st.markdown("\n".join(f"1. {plain(pin.sentence)}" for pin in kept.pins))
    views = count(len(kept.pins), "view", "views")
    st.caption(f"{views}, kept by {plain(kept.person)} on {kept.time[:10]}")


def _draw_pin(store: Store, pin: Pin) -> None:
    known = {run.run_id: run for run in stored_runs.all_runs(store) if run.epoch}
    named = [*pin.query.get("run", ()), *pin.query.get("beside", ())]
    runs = [known[run_id] for run_id in named if run_id in known]
    note_subject(describe(runs))
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(f"{plain(pin.title)}. {plain(pin.person)}, {pin.time[:10]}", width="stretch")
    lead(row, pin.page, "Open the page", pin.query)
    if pin.page == "compare":
        _draw_compare(store, pin)
    elif pin.page in FIGURES and runs:
        FIGURES[pin.page](store, pin, runs)
    elif pin.page in FIGURES:
        st.info("The run that this view shows is no longer in the store.")


def _draw_compare(store: Store, pin: Pin) -> None:
    """Draw what stands out among the networks, and their accuracies and costs."""
    shown = pin.query.get("pin", ())
    group = read_group(store, {*pin.query.get("model", ()), *shown})
    words, chart = st.columns(2, vertical_alignment="center")
    for finding in stored_findings.of_comparison(store, group.models)[:FINDINGS]:
        words.markdown(f"{MARKS[finding.severity]} {plain(finding.sentence)}")
    unit, label = next(iter(known_costs(group).items()))
    frame = cost_frame(group, unit, next(iter(shown), ""))
    with chart:
        draw_chart(complexity_chart, frame, label, is_dark(), width="content")


def _draw_progression(store: Store, pin: Pin, runs: list[RunInfo]) -> None:
    draw_maps(store, runs[0], runs[1] if len(runs) > 1 else None)


def _draw_overview(store: Store, pin: Pin, runs: list[RunInfo]) -> None:
    for run in runs:
        draw_summary(stored_findings.of_run(store, run)[:1])
    ends = tuple((run.run_id, run.epoch) for run in runs)
    history = stored_runs.history(store, ends, ("val_accuracy", "counterfactual_accuracy"))
    names = unique_names(runs)
    named = history.assign(run=history["run_id"].map(names))
    draw_large_chart(accuracy_chart, named, list(names.values()), height=CHART_HEIGHT)


def _draw_trust(store: Store, pin: Pin, runs: list[RunInfo]) -> None:
    audits = stored_runs.audits(store, runs[0].run_id)
    asked = [int(text) for text in pin.query.get("epoch", ()) if text.isdecimal()]
    checked = {audit.epoch for audit in audits}
    epoch = next((one for one in asked if one in checked), newest_epoch(audits))
    if epoch is None:
        st.info("Nobody has checked the maps of this run.")
        return
    with st.container(key="step-lead"):
        st.markdown(format_advice(results_of(trust_table(audits, epoch))))
    st.caption(f"Epoch {epoch}.")


def _draw_retrain(store: Store, pin: Pin, runs: list[RunInfo]) -> None:
    if len(runs) < 2:
        return
    before, after = sorted(runs[:2], key=lambda run: run.started)
    draw_numbers(before, after)
    draw_changes(before, after)


FIGURES: dict[str, Callable[[Store, Pin, list[RunInfo]], None]] = {
    "progression": _draw_progression,
    "overview": _draw_overview,
    "trust": _draw_trust,
    "retrain": _draw_retrain,
}
"""Page -> what draws its chief figure; views of other pages are opened by their link."""
