"""Which presentation is shown, and at which step; the address says both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.compare.state import STATE as COMPARISON
from app.compare.state import VERDICTS
from app.parts.chart import note_subject
from app.parts.page_state import PageState, place_notice
from app.parts.presenting import presented_from
from app.parts.run_names import describe
from app.parts.runs import STATE, open_page
from app.parts.standing_choice import KEY
from app.present.comparison import find_comparison_steps, is_comparison
from app.present.step import Step
from app.present.story import list_steps
from app.present.walkthrough import list_pinned_steps
from app.reads import stored_runs
from app.reads.stored_story import story_of
from pipelines.report.chapters import MAX_RUNS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.walkthroughs import Query

_CLOSED, _GOING = "presentation-closed", "presentation-going"


@dataclass(frozen=True)
class Presentation:
    """What the address names.

    Attributes:
        steps: of it.
        state: of the pages that show the same; its attribute ``step`` is the one that is shown.
    """

    steps: Sequence[Step]
    state: PageState[Any]


def find_presentation() -> Presentation:
    """Return what the address names: a comparison, a kept walkthrough, or the story of runs."""
    if is_comparison():
        place_notice()
        return Presentation(find_comparison_steps(stored_runs.find_store()), COMPARISON)
    return Presentation(_find_steps(*open_page("", "", several=True)), STATE)


def _find_steps(store: Store, runs: Sequence[RunInfo]) -> list[Step]:
    """Return the steps of what the address names: a kept walkthrough, or the story of runs.

    Without either it is the story of the runs that the pages show.
    """
    if link := STATE.link():
        STATE.update(walkthrough=next(iter(link.get("walkthrough", [])), ""))
    if kept := STATE.get().walkthrough:
        STATE.write({"walkthrough": [kept]}, keep=True)
        run_id, _, walkthrough_id = kept.partition(":")
        return list_pinned_steps(store, stored_runs.walkthrough(store, run_id, walkthrough_id))
    now, known = STATE.get(), {run.run_id: run for run in runs if run.epoch}
    wanted = [run_id for run_id in (now.runs or (now.run,)) if run_id in known]
    told = [known[run_id] for run_id in wanted or [*known][:1]]
    STATE.write({"run": [run.run_id for run in told], "walkthrough": []}, keep=True)
    note_subject(describe(told))
    return list_steps(store, story_of(store, told[:MAX_RUNS]))


def follow_step(shown: Presentation) -> int:
    """Return the step to show, from 1, and write it into the address."""
    steps, state = shown.steps, shown.state
    asked, going = state.asks_once("step"), st.session_state.pop(_GOING, None)
    if going is not None:  # a key that came while the address was being written
        state.update(step=going)
    elif asked is not None:
        known = [int(text) for text in asked[:1] if text in map(str, range(1, len(steps) + 1))]
        state.update(step=next(iter(known), 1))
        query = steps[state.get().step - 1].query
        if query and not {*query} & {*state.address()}:  # opened at a pinned view, as it was pinned
            _open(query, state.get().step)
            st.rerun()
    step = min(state.get().step, len(steps))
    state.write({"step": [str(step)]}, {"step": ["1"]}, keep=True)
    return step


def go_to(shown: Presentation, step: int) -> None:
    """Go to a step; a pinned view is shown as it was pinned. A callback."""
    st.session_state[_GOING] = step
    if query := shown.steps[step - 1].query:
        _open(query, step)
    else:
        shown.state.update(step=step)


def _open(query: Query, step: int) -> None:
    STATE.follow({**query, "walkthrough": [STATE.get().walkthrough], "step": [str(step)]})


def close() -> None:
    """Note that a person has closed the presentation; a callback."""
    st.session_state[_CLOSED] = True


def leave_if_closed() -> None:
    """Lead back to where the presentation was opened, if a person has closed it."""
    if not st.session_state.pop(_CLOSED, False):
        return
    page, query = presented_from() or _find_page()
    st.switch_page(f"views/{page}.py", query_params=query)


def _find_page() -> tuple[str, Query]:
    """Return the page that shows what the address presents."""
    if is_comparison():
        shown = COMPARISON.address()
        names = {VERDICTS: KEY, "step": ""}
        query = {names.get(name, name): values for name, values in shown.items()}
        return "compare", {name: values for name, values in query.items() if name}
    return "overview", {"run": list(STATE.get().runs or (STATE.get().run,))}
