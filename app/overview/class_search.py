"""How one class does: found by its name at the top of the page, with links to its images."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app.parts.claims import write_claim
from app.parts.findings import lead_to_checks, suggest
from app.parts.leads import draw_row, lead
from app.parts.missed import lead_to_colours, link_to_missed
from app.parts.runs import STATE, choose_on_overview
from app.parts.shared_choice import draw_choice
from app.parts.widgets import plain
from app.reads import stored_findings, stored_runs
from app.reads.stored_class import findings_of_class
from saliencnn.common.sentences import count_of, join_words, quote
from saliencnn.common.shown import LONGEST_NAME, tell_apart
from saliencnn.findings.few import mark_few
from saliencnn.findings.hedges import is_hedged
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

KEY = "overview-class"
WIDTH = 480
"""Pixels of the field."""
MAX_TAKEN = 3
"""Classes that are named of those that the class is taken for."""


def draw_class_search(store: Store, runs: Sequence[RunInfo]) -> bool:
    """Let the person choose a class, and say of each run how it does there.

    Returns:
        Whether a class is chosen.

    Args:
        store: where the runs are.
        runs: those that the page shows; those without an epoch say nothing.
    """
    trained = [run for run in runs if run.epoch]
    tables = {run.run_id: stored_runs.per_class(store, run.run_id, run.epoch) for run in trained}
    counted = [table[table["images"] > 0] for table in tables.values()]
    offered = [*dict.fromkeys(name for table in counted for name in table["class"])]
    if not offered:
        return False
    names = tell_apart({one: one for one in offered}, LONGEST_NAME)
    wanted, true = STATE.get().on_overview
    # With the class that its images are taken for, the address names a pair.
    chosen = wanted if wanted in offered and not true else ""

    def take() -> None:
        choose_on_overview(st.session_state[KEY])

    labels = {"": "Choose a class, or type its name", **names}
    with st.container(width=WIDTH):
        draw_choice("How is one class?", list(labels), chosen, KEY, take, labels)
    for run in trained if chosen else ():
        places = np.flatnonzero(tables[run.run_id]["class"] == chosen)
        if len(places):
            classes = tables[run.run_id]["class"].tolist()
            _draw_class(store, run, classes, int(places[0]), len(trained) > 1)
    return bool(chosen)


def _draw_class(
    store: Store, run: RunInfo, classes: Sequence[str], target: int, several: bool
) -> None:
    """Say of one run how it does in a class, why images are missed, and what to do next."""
    counts = stored_runs.confusion(store, run.run_id, run.epoch)[target]
    right, images = int(counts[target]), int(counts.sum())
    who = run.name if several else "It"
    found = findings_of_class(store, run, target)[:1]
    looks = found[0].sentence if found else ""
    of = f"{quote(classes[target])}{mark_few(images)}"
    taken = _say_taken(counts, target, classes)
    claim = f"{who} is right on {count_of(right, images)} of {of}{';' if taken else '.'}"
    said = f"{claim} {taken}".strip()
    why = stored_findings.of_missed(store, run, target)
    if why is None:
        row = draw_row(write_claim(said, plain(looks), claim))
        query = {"run": run.run_id, "class": classes[target]}
        lead(row, "progression", "See its maps", query)
        return
    told = f"{write_claim(said, '', claim)}  \n{write_claim(why.sentence, plain(why.advice))}"
    draw_row(told, plain(f"{looks} {why.detail}".strip()))
    links, missed = draw_row(""), images - right
    suggest(links, why)
    label = "missed image" if missed == 1 else f"{missed:,} missed images"
    lead(links, "progression", f"See the {label}", link_to_missed(store, run, run.epoch, target))
    if is_hedged(why):
        lead_to_checks(links, run)
    if min(right, missed) >= MIN_GROUP:
        lead_to_colours(links, store, run, run.epoch, target)


def _say_taken(counts: np.ndarray, target: int, classes: Sequence[str]) -> str:
    """Say what a class's missed images are taken for, as a clause; "" where none is missed."""
    order = np.argsort(-counts, kind="stable")
    taken = [place for place in order if counts[place] and place != target]
    names = [f"{quote(classes[place], LONGEST_NAME)} ({counts[place]})" for place in taken]
    return f"missed ones are taken for {join_words(names, MAX_TAKEN)}." if names else ""
