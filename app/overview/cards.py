"""One card for each run: what stands out, its numbers and its verdicts."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app.overview.class_search import draw_class_search
from app.overview.example import draw_example
from app.overview.heading import draw_heading, draw_methods
from app.overview.pictured import choose_pictured
from app.parts.answer import draw_answer
from app.parts.checking import note_checking
from app.parts.columns import roomy_columns
from app.parts.findings import UNCHECKED, draw_findings, link_query
from app.parts.followed_link import Query
from app.parts.leads import draw_row, lead
from app.parts.missed import can_compare, lead_to_colours, link_to_missed
from app.parts.run_names import MARKS, STANDINGS
from app.parts.stopping import draw_stop
from app.parts.upload import OWN
from app.parts.verdicts import draw_verdict_line, offer_verdicts
from app.parts.widgets import plain
from app.reads import stored_findings, stored_runs
from saliencnn.common.metrics import METRICS, OF_MAPS
from saliencnn.common.sentences import count_missed, quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.data.leaks import LEAKS
from saliencnn.findings.few import mark_few
from saliencnn.findings.finding import Evidence, Finding
from saliencnn.findings.hedges import drop_hedge
from saliencnn.measures.rates import wilson_interval
from saliencnn.store.connection import Store
from saliencnn.store.map_sample import describe_sample
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

NUMBERS = (
    *("val_accuracy", "best_val_accuracy", "val_balanced_accuracy", "val_top5", "val_macro_f1"),
    *("test_accuracy", "test_balanced_accuracy", "counterfactual_accuracy"),
    *("focus", "focus_gradcampp", "empty_maps", "negative_energy"),
)
"""Those that end it, each with what it means."""
OTHERS = {
    "best_val_accuracy": "val_accuracy",
    "val_balanced_accuracy": "val_accuracy",
    "test_balanced_accuracy": "test_accuracy",
}
"""Shown only where it differs from the other: the best epoch is an earlier one, or classes differ
in how many images they have."""
BESIDE, CARD = 2, 440
"""Runs beside each other where the page has room, and pixels that each must have."""
DECIDED = 3
"""Runs about which one row of buttons decides."""
MOST, FEW = 6, 2
"""Findings that each run shows at first: where all stand in one row, and where more do."""
METHODS = "methods"
"""The finding that a card's head says; below stands only whether one of them is enough."""
WEAKEST = 3
"""Classes whose maps are one click from a run's findings."""


def draw_head(store: Store, run_ids: list[str]) -> list[RunInfo]:
    """Draw which run to take, and of each its numbers and verdicts; return the runs as of now."""
    known = {run.run_id: run for run in stored_runs.all_runs(store)}
    shown = [known[run_id] for run_id in run_ids if run_id in known]
    best = draw_answer(store, shown)
    decided = bool(best) and len(shown) <= DECIDED
    if decided:
        offer_verdicts(store, shown, best)
    shared = _list_shared_notes(shown)
    for sentence in shared:
        st.caption(plain(sentence))
    asked = draw_class_search(store, shown)
    found = {run.run_id: stored_findings.of_run(store, run) for run in shown}
    best_first = sorted(shown, key=lambda run: run.run_id != best)
    pictured = choose_pictured(store, best_first, found)
    beside = roomy_columns("overview-cards", (1,) * min(len(shown) or 1, BESIDE), CARD)
    for place, run in enumerate(best_first):
        with beside[place % len(beside)], st.container(border=True):
            most = MOST if len(shown) <= BESIDE else FEW
            own = pictured[run.run_id]
            own_found = note_checking(run, run.epoch, found[run.run_id])
            told = [drop_hedge(one) if asked else one for one in own_found]
            _draw_card(run, store, told, own, most, shared, decided)
    return shown


def _list_shared_notes(runs: list[RunInfo]) -> list[str]:
    """Return the notes that all of several runs have: they stand above their cards, once."""
    if len(runs) < 2:
        return []
    return [note for note in runs[0].notes if all(note in run.notes for run in runs)]


def _draw_card(
    run: RunInfo,
    store: Store,
    found: Sequence[Finding],
    pictured: tuple[str, int | None],
    most: int,
    shared: list[str],
    decided: bool,
) -> None:
    """Draw one run: its picture and verdict, up to so many findings, and its numbers.

    Args:
        run: which.
        store: where it is.
        found: what stands out in it.
        pictured: the class, "" for none, and the image of its picture; see ``draw_example``.
        most: findings that are shown at first.
        shared: notes that stand above all cards.
        decided: whether verdicts do, too.
    """
    row = st.container(horizontal=True)
    example = draw_example(row, store, run, *pictured)
    with row.container(width="stretch"):
        _draw_name(run, store)
        draw_heading(store, run)
        if not any(one.rule == UNCHECKED for one in found):
            draw_methods(store, run)
        links = draw_row("")
        if example:
            label = f"What it looks at in {plain(quote(example.class_name, LONGEST_NAME))}"
            query = {**link_to_maps(run, example.class_name), "image": str(example.image)}
            lead(links, "progression", label, query)
        if run.epoch and not describe_missing(run):
            own = {"run": run.run_id, "images": OWN}
            lead(links, "progression", "Explain an image of your own", own)
        if not decided:
            draw_verdict_line(store, run, links)
    if run.epoch:
        draw_findings([one for one in found if one.rule != METHODS], "overview", most)
        if example and example.agreement:
            st.caption(plain(example.agreement))
        _lead_to_weakest(store, run)
    _draw_numbers(run, store, shared)
    if run.status == "running":
        draw_stop(store, run)


def _draw_name(run: RunInfo, store: Store) -> None:
    planned = run.hyperparameters.get("epochs", "" if run.watched else "?")
    of_planned = f" of {plain(planned, LONGEST_NAME)}" if planned else ""
    link = _run_link(store, run)
    row = st.container(horizontal=True, vertical_alignment="center")
    row.page_link(
        "views/progression.py",
        label=f"**{plain(run.name, LONGEST_NAME)}**",
        query_params={"run": run.run_id},
        width="content",
        help="See its maps, epoch by epoch.",
    )
    row.markdown(
        f"{_name_state(run)} · {plain(run.arch)} on "
        f"{plain(run.image_set, LONGEST_NAME)} · epoch {run.epoch}{of_planned}"
        + (f" · [open in MLflow]({link})" if link else "")
        + (f" · _{plain(run.progress)}_" if run.progress and run.status == "running" else ""),
        width="stretch",
    )
    if run.reason:
        st.warning(plain(run.reason), icon=":material/report:")


def _name_state(run: RunInfo) -> str:
    """Say how a run stands; of one that is finished what was decided, where anything was."""
    if run.standing and run.status == "finished":
        return STANDINGS[run.standing]
    return f"{MARKS[run.status]} {run.status}"


def _draw_numbers(run: RunInfo, store: Store, shared: list[str]) -> None:
    row = st.container(horizontal=True)
    numbers = {
        name: METRICS[name].write(run.metrics[name]) for name in NUMBERS if name in run.metrics
    }
    for name, value in numbers.items():
        if value != numbers.get(OTHERS.get(name, "")):
            sample = describe_sample(run) if name in OF_MAPS else ""
            row.metric(
                METRICS[name].title + sample, value, help=METRICS[name].help, width="content"
            )
    for sentence in (*run.notes, *run.unreadable):
        if sentence not in shared:
            st.caption(plain(sentence))
    skipped = stored_runs.skipped(store, run.run_id, run.epoch > 0)
    if len(skipped):
        with st.expander(f"Skipped images ({len(skipped)})"):
            st.dataframe(skipped, hide_index=True)
    if any(LEAKS in sentence for sentence in run.notes):
        leaks = stored_runs.leaks(store, run.run_id)
        with st.expander(f"Images that are there twice ({len(leaks)} pairs)"):
            st.dataframe(leaks, hide_index=True)


def _lead_to_weakest(store: Store, run: RunInfo) -> None:
    """Link to missed images of the classes of which images prove most that they are missed."""
    table = stored_runs.per_class(store, run.run_id, run.epoch)
    table = table[(table["images"] > 0) & (table["recall"] < 1)]
    if table.empty:
        return
    _, high = wilson_interval(table["recall"].to_numpy(), table["images"].to_numpy())
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown("Most missed classes:", width="content")
    weakest = np.argsort(high, kind="stable")[:WEAKEST]
    for place in weakest:
        name, recall, images = table.iloc[place][["class", "recall", "images"]]
        counted = count_missed(round((1 - recall) * images), images)
        label = f"{plain(quote(name, LONGEST_NAME))} {counted}"
        missed = link_to_missed(store, run, run.epoch, int(table.index[place]))
        query = {**link_to_maps(run, name), **missed}
        lead(row, "progression", f"{label}{mark_few(images)}", query)
    comparable = table.index[weakest][can_compare(table.iloc[weakest])]
    for target in comparable[:1]:
        lead_to_colours(row, store, run, run.epoch, int(target), named=True)


def link_to_maps(run: RunInfo, name: str) -> Query:
    """Return the parameters of a link to the maps of a class."""
    return link_query(Evidence("progression", {"run": run.run_id, "class": name}))


def _run_link(store: Store, run: RunInfo) -> str | None:
    """Return the run's address in MLflow's own pages, where a server shows them."""
    if not store.is_server:
        return None
    page = f"#/experiments/{run.experiment_id}/runs/{run.run_id}"
    # MLflow's own page would else be the one for language models, whatever the experiment says.
    return f"{store.address}/{page}?workflowType=machine_learning"
