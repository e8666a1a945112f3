"""Which of several runs to take, in the words of their report."""

from collections.abc import Sequence

import streamlit as st

from app.parts.claims import write_claim
from app.parts.findings import draw_findings
from app.parts.leads import draw_row, lead
from app.parts.report import hinder
from app.parts.widgets import guarded, plain
from app.reads.stored_story import story_of
from pipelines.report import ranking
from pipelines.report.chapters import Chapters
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
        st.markdown(_write(ranking.answer(story), story))
        _draw_limit(story)
        if between := ranking.find_between(story):
            draw_findings(between, "overview")
        best = ranking.recommend(story)
        return best.run.run_id if best else ""
    return ""


def say_better(store: Store, told: Sequence[RunInfo], better: RunInfo) -> str:
    """Say that a run that the page does not show is the one to take; "" where it is not.

    Args:
        store: where they are.
        told: what the page shows.
        better: the other run.
    """
    return "" if hinder(told) else ranking.answer_beside(story_of(store, [*told, better]))


def lead_to_better(told: Sequence[RunInfo], better: RunInfo, sentence: str) -> None:
    """Draw what ``say_better`` says, and a link to all of the runs: no headline of the page."""
    row = draw_row(write_claim(sentence, strong=False))
    lead(row, "overview", "See all three", {"run": [run.run_id for run in (better, *told)]})


def _draw_limit(story: Chapters) -> None:
    """Draw what to mind of the run to take, where it is taken, if anything."""
    if limit := ranking.find_limit(story):
        draw_findings([limit], "overview")


def _write(answer: str, story: Chapters) -> str:
    """Return the answer in Markdown, and what is wrong with the runs of which it does not say."""
    return f"{_stress(plain(answer))} {plain(' '.join(ranking.list_faults(story)))}".rstrip()


def _stress(answer: str) -> str:
    """Return the answer, already Markdown, with which run to take in bold."""
    name, found, rest = answer.partition(ranking.TAKE)
    return f"**{name}{found}**{rest}" if found else answer
