"""Which of several runs to take, in the words of their report."""

from collections.abc import Sequence

import streamlit as st

from app.parts.findings import draw_findings
from app.parts.report import hinder
from app.parts.widgets import guarded, plain
from app.reads.stored_story import story_of
from pipelines.report import ranking
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def draw_answer(store: Store, runs: Sequence[RunInfo]) -> str:
    """Say which of several runs to take, how sure that is, and if two look at the same places.

    Nothing is said where no report can tell of them together.

    Args:
        store: where they are.
        runs: what the page shows; those without a complete epoch are left out.

    Returns:
        The id of the run to take; "" where none clearly is.
    """
    told = [run for run in runs if run.epoch]
    if len(told) < 2 or hinder(told):
        return ""
    with guarded():
        story = story_of(store, told)
        faults = " ".join(ranking.list_faults(story))
        st.markdown(f"{_stress(plain(ranking.answer(story)))} {plain(faults)}".rstrip())
        if between := ranking.find_between(story):
            draw_findings(between, "overview")
        best = ranking.recommend(story)
        return best.run.run_id if best else ""
    return ""


def _stress(answer: str) -> str:
    """Return the answer, already Markdown, with which run to take in bold."""
    name, found, rest = answer.partition(ranking.TAKE)
    return f"**{name}{found}**{rest}" if found else answer
