"""Trained runs that nobody has evaluated yet: they are, on their own validation images."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.compare.state import STATE, brought
from app.parts.leads import lead
from app.parts.run_names import labels
from app.parts.runs import SEARCH_HELP
from app.parts.scrolling import scroll_to
from app.parts.shared_choice import name_in
from app.parts.slow_work import draw_button, draw_standing, is_under_way, take_done
from app.parts.widgets import plain
from app.parts.works import evaluate_trained
from app.parts.writing import may_write
from app.reads import stored_evaluations, stored_runs
from pipelines.comparison.view import MAPS
from pipelines.evaluation.trained import find_only_trained, runs_to_evaluate
from saliencnn.common.sentences import join_words
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

_KEY = "compare-add"
_BOX = "compare-adding"
_ASKED = "compare-adding-asked"
_EVALUATE = "compare-add-evaluate"
"""Key of the work, of which one is under way at a time."""
MAX_NAMED = 3
"""Image sets that are named of those that were never evaluated."""


def list_addable(store: Store) -> list[RunInfo]:
    """Return the runs that can be evaluated, the newest first."""
    runs = stored_runs.all_runs(store)
    return runs_to_evaluate(runs, stored_evaluations.all_evaluations(store))


def offer_runs(store: Store) -> None:
    """Let the person add trained runs to what can be compared, if there are any to add."""
    addable = {run.run_id: run for run in list_addable(store)}
    _list_same(store)
    if done := take_done(_EVALUATE):
        STATE.follow({"model": done.result, "tab": [MAPS]})
        st.rerun()
    if draw_standing(_EVALUATE) or not addable or not may_write():
        return
    label = f"Add trained runs ({len(addable)})"
    with st.expander(label, icon=":material/add:", key=_BOX, on_change="rerun"):
        wanted = [one for one in brought().networks if one in addable]
        st.session_state[_KEY] = [
            one for one in st.session_state.get(_KEY, wanted) if one in addable
        ]
        chosen = st.multiselect(
            "Runs",
            list(addable),
            key=_KEY,
            format_func=name_in(labels(addable)),
            help=SEARCH_HELP,
            placeholder="Search runs",
            select_all=False,
        )
        runs = [addable[one] for one in chosen]
        if runs:
            draw_button(
                evaluate_trained(store, runs, _EVALUATE),
                "Evaluate them" if len(runs) > 1 else "Evaluate it",
                "Each on its own validation images; those of the same images are then compared.",
            )
        else:
            st.caption("Nobody has evaluated them yet, so they are not among the networks.")
    if st.session_state.pop(_ASKED, False):
        scroll_to(_BOX, label)


def note_only_trained(store: Store) -> None:
    """Say which image sets are not offered, since nothing was evaluated on them, and lead there."""
    runs, infos = stored_runs.all_runs(store), stored_evaluations.all_evaluations(store)
    if not (found := find_only_trained(runs, infos)):
        return
    addable = {run.image_set for run in runs_to_evaluate(runs, infos)} if may_write() else set()
    evaluate = ", or evaluate them (*Add trained runs*)" if {*found} & addable else ""
    names = join_words([one_line(name, LONGEST_NAME) for name in found], MAX_NAMED)
    have = "has" if len(found) == 1 else "have"
    st.caption(f"{plain(names)} {have} only training runs: see Progression{evaluate}.")
    newest = next(iter(found.values()))
    lead(st.container(), "progression", "See Progression", {"run": newest.run_id})


def _list_same(store: Store) -> None:
    """Say of runs with the weights of another one under which name they are here."""
    infos = [one for one in stored_evaluations.all_evaluations(store) if one.same_runs]
    runs = {run.run_id: run for run in stored_runs.all_runs(store)} if infos else {}
    for info in infos:
        if same := [runs[one].name for one in info.same_runs if one in runs]:
            of = "has the same weights" if len(same) == 1 else "have the same weights"
            st.caption(f"Already here as {plain(info.model)}: {plain(join_words(same))} {of}.")


def lead_to_runs(row: DeltaGenerator, store: Store) -> None:
    """Draw a button in a row that opens ``offer_runs``, if there are any to add."""
    if list_addable(store) and may_write() and not is_under_way(_EVALUATE):
        row.button(
            "Add a trained run",
            key="compare-adding-open",
            type="tertiary",
            icon=":material/add:",
            help="One whose own validation images are enough to ask. Opens it in the sidebar.",
            on_click=lambda: st.session_state.update({_BOX: True, _ASKED: True}),
        )


def follow_store(store: Store, shown: set[str]) -> None:
    """Draw the page anew once the store has other networks than those that it offers."""
    if list_networks(store) != shown:
        st.rerun()


def list_networks(store: Store) -> set[str]:
    """Return the ids of all evaluations, and of the runs that can be evaluated."""
    infos = stored_evaluations.all_evaluations(store)
    return {info.run_id for info in infos} | {run.run_id for run in list_addable(store)}
