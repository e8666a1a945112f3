"""A kept walkthrough as steps: what a person pinned, live where it is maps, and what they say."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import streamlit as st

from app.parts.chart import note_subject
from app.parts.curves import unique_names
from app.parts.leads import lead
from app.parts.run_names import describe
from app.parts.standing_choice import KEY, standings_of
from app.parts.widgets import plain
from app.present.comparison import tell_networks
from app.present.maps import draw_maps
from app.present.step import Live, Shown, Step
from app.present.story import FINDINGS, tell_changes
from app.present.words import tell_advice, tell_findings
from app.reads import stored_evaluations, stored_findings, stored_runs
from app.reads.stored_story import story_of
from pipelines.trust.results import newest_epoch, results_of, trust_table
from saliencnn.common.sentences import count
from saliencnn.drawing.parts import Chart, Size, Words
from saliencnn.drawing.run_charts import accuracy_chart
from saliencnn.findings.method_groups import list_advised
from saliencnn.findings.methods import judge_methods
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.walkthroughs import Pin, Walkthrough

GONE = Words("The run that this view shows is no longer in the store.")


def list_pinned_steps(store: Store, kept: Walkthrough) -> list[Step]:
    """Return a walkthrough's steps: its name, then each pinned view."""
    return [
        Step(kept.name, partial(_tell_opening, kept)),
        *(
            Step(
                pin.sentence,
                partial(_tell_pin, store, pin),
                pin.query if pin.page == "progression" else {},
            )
            for pin in kept.pins
        ),
    ]


def _tell_opening(kept: Walkthrough) -> Sequence[Shown]:
    views = count(len(kept.pins), "view", "views")
    listed = enumerate((pin.sentence for pin in kept.pins), start=1)
    return (
        *(Words(sentence, Size.LEAD, bullet=f"{place}.") for place, sentence in listed),
        Words(f"{views}, kept by {kept.person} on {kept.time[:10]}", Size.SMALL),
    )


def _tell_pin(store: Store, pin: Pin) -> Sequence[Shown]:
    known = {run.run_id: run for run in stored_runs.all_runs(store) if run.epoch}
    named = [*pin.query.get("run", ()), *pin.query.get("beside", ())]
    runs = [known[run_id] for run_id in named if run_id in known]
    note_subject(describe(runs))
    told: Sequence[Shown] = ()
    if pin.page == "compare":
        told = _tell_compare(store, pin)
    elif pin.page in FIGURES:
        told = [*FIGURES[pin.page](store, pin, runs)] if runs else [GONE]
    return Live(partial(_draw_source, pin)), *told


def _draw_source(pin: Pin) -> None:
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(f"{plain(pin.title)}. {plain(pin.person)}, {pin.time[:10]}", width="stretch")
    lead(row, pin.page, "Open the page", pin.query)


def _tell_compare(store: Store, pin: Pin) -> Sequence[Shown]:
    """Return what stands out among the networks, and their accuracies and costs."""
    shown = pin.query.get("pin", ())
    named = {*pin.query.get("model", ()), *shown}
    group = stored_evaluations.group_of(store, named, standings_of(pin.query.get(KEY, ())))
    found = stored_findings.of_comparison(store, group)[:FINDINGS]
    return (tell_networks(group, found, next(iter(shown), "")),)


def _tell_progression(store: Store, pin: Pin, runs: list[RunInfo]) -> Iterator[Shown]:
    yield Live(partial(draw_maps, store, runs[0], runs[1] if len(runs) > 1 else None))


def _tell_overview(store: Store, pin: Pin, runs: list[RunInfo]) -> Iterator[Shown]:
    for run in runs:
        yield from tell_findings(stored_findings.of_run(store, run)[:1])
    ends = tuple((run.run_id, run.epoch) for run in runs)
    history = stored_runs.history(store, ends, ("val_accuracy", "counterfactual_accuracy"))
    names = unique_names(runs)
    named = history.assign(run=history["run_id"].map(names))
    yield Chart(accuracy_chart, (named, list(names.values())))


def _tell_trust(store: Store, pin: Pin, runs: list[RunInfo]) -> Iterator[Shown]:
    audits = stored_runs.audits(store, runs[0].run_id)
    asked = [int(text) for text in pin.query.get("epoch", ()) if text.isdecimal()]
    checked = {audit.epoch for audit in audits}
    epoch = next((one for one in asked if one in checked), newest_epoch(audits))
    if epoch is None:
        yield Words("Nobody has checked the maps of this run.")
        return
    yield from tell_advice(list_advised(judge_methods(results_of(trust_table(audits, epoch)))))
    yield Words(f"Epoch {epoch}.", Size.SMALL)


def _tell_retrain(store: Store, pin: Pin, runs: list[RunInfo]) -> Iterator[Shown]:
    if len(runs) > 1:
        yield from tell_changes(story_of(store, runs[:2]))


FIGURES: dict[str, Callable[[Store, Pin, list[RunInfo]], Iterator[Shown]]] = {
    "progression": _tell_progression,
    "overview": _tell_overview,
    "trust": _tell_trust,
    "retrain": _tell_retrain,
}
"""Page -> what tells its chief figure; views of other pages are opened by their link."""
