"""The story of runs as steps: the chapters of their report, in its order and its words."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from app.drawing.thumbnails import image_uri, tile_row
from app.parts.chart import draw_large_chart
from app.parts.findings import MARKS, SILENCE
from app.parts.run_names import STANDINGS
from app.parts.widgets import plain
from app.present.maps import draw_maps
from app.present.step import Step
from app.reads import stored_runs
from app.trust.advice import ADVICE_MARKS
from pipelines.report import ranking, wording
from pipelines.report.basis import ONLY_MAPS, list_deciding, weigh
from pipelines.report.cases import choose_classes, count_mistakes
from pipelines.report.chapters import Chapter, Chapters
from pipelines.report.story import gather_limits
from saliencnn.common.sentences import list_some
from saliencnn.common.terms import define
from saliencnn.drawing.run_charts import accuracy_chart
from saliencnn.findings.finding import Severity, choose_findings
from saliencnn.findings.method_groups import list_advised
from saliencnn.findings.methods import describe_unchecked, judge_methods
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.run_info import NOT_KNOWN, list_changes
from saliencnn.store.verdicts import MAX_REASON_LENGTH

TILE = 150
CHART_HEIGHT = 370
"""Pixels."""
FINDINGS = 3
"""Of each run: a step has one idea."""
MOST_LEADING = 2
"""Runs whose accuracy stands in the largest type, so that the step fits on a screen."""
MOST_NAMED = {1: len(METHODS), 2: 4, 3: 3}
"""Runs -> methods of each advice that a step names."""
LONGEST_REASON = 120
"""Characters of a verdict's reason where several runs are told of."""
MOST_CHANGES = 4
"""Settings that a step shows, likewise."""
Drawing = Callable[[Store, Chapters], None]


def list_steps(store: Store, chapters: Chapters) -> list[Step]:
    """Return the story's steps, the answer first."""
    titles = wording.list_titles(chapters)
    return [
        Step(wording.name_story(chapters), partial(_draw_answer, store, chapters)),
        *(Step(title, partial(DRAWINGS[key], store, chapters)) for key, title in titles.items()),
    ]


def _lead(*sentences: str) -> None:
    """Draw sentences, already Markdown, in the largest type."""
    with st.container(key="step-lead"):
        st.markdown("\n\n".join(sentences))


def _columns(chapters: Chapters) -> list[tuple[Chapter, st.delta_generator.DeltaGenerator]]:
    """Return a framed place for each run, side by side, each headed by the run's name."""
    columns = st.columns(len(chapters.runs))
    places = [column.container(border=True, height="stretch") for column in columns]
    for chapter, place in zip(chapters.runs, places, strict=True):
        place.markdown(f"### {plain(chapter.name)}")
    return list(zip(chapters.runs, places, strict=True))


def _draw_answer(store: Store, chapters: Chapters) -> None:
    _lead(plain(ranking.headline(chapters)))
    for chapter, place in _columns(chapters):
        place.markdown(f"**{STANDINGS[chapter.run.standing]}**")
        for finding in chapter.findings[:1]:
            place.markdown(f"{MARKS[finding.severity]} {plain(finding.sentence)}")
    _draw_sources(chapters)


def _draw_task(store: Store, chapters: Chapters) -> None:
    _lead(plain(wording.describe_data(chapters)))
    index, images_id = chapters.index, chapters.runs[0].run.images_id
    tiles = []
    for target in choose_classes(count_mistakes(chapters)):
        image = next(iter(np.flatnonzero(index.labels == target)), None)
        if image is not None:
            pixels = stored_runs.image(store, images_id, int(image))
            tiles.append((image_uri(pixels, 2 * TILE), index.classes[target]))
    st.html(tile_row(tiles, TILE))


def _draw_good(store: Store, chapters: Chapters) -> None:
    told = [plain(wording.describe_accuracy(chapter)) for chapter in chapters.runs]
    if len(told) <= MOST_LEADING:
        _lead(*told)
    else:
        st.markdown("\n\n".join(told))
    names = {chapter.run.run_id: chapter.name for chapter in chapters.runs}
    history = chapters.history.assign(run=chapters.history["run_id"].map(names))
    draw_large_chart(accuracy_chart, history, list(names.values()), height=CHART_HEIGHT)
    _draw_sources(chapters)


def _draw_sources(chapters: Chapters) -> None:
    """Say which runs and epochs the numbers are from."""
    told = (f"{one.name} is {wording.describe_source(one)}" for one in chapters.runs)
    st.caption(plain(f"{'; '.join(told)}."))


def _draw_where(store: Store, chapters: Chapters) -> None:
    runs = [chapter.run for chapter in chapters.runs]
    shown = [one.evidence.query.get("class", "") for one in ranking.find_between(chapters)]
    typical = next((name for name in shown if isinstance(name, str) and name), "")
    beside = runs[1] if len(runs) > 1 else None
    draw_maps(store, runs[0], beside, typical, chapters.runs[:2])


def _draw_trust(store: Store, chapters: Chapters) -> None:
    if len(chapters.runs) <= MOST_LEADING:
        _lead(define("sanity check"))
    advised = {one.run.run_id: list_advised(judge_methods(one.checks)) for one in chapters.runs}
    for chapter, place in _columns(chapters):
        if not chapter.checks:
            place.markdown(f"{describe_unchecked(chapter.run.epoch)}.")
            continue
        for one in advised[chapter.run.run_id]:
            labels = plain(list_some(one.labels, MOST_NAMED[len(chapters.runs)]))
            place.markdown(f"{ADVICE_MARKS[one.advice]} **{one.advice.lead} {labels}**: {one.why}.")
        place.caption(f"By the checks of epoch {chapter.checked_epoch}.")
    if len(chapters.runs) == 1:
        checks = list_deciding(one for own in advised.values() for one in own)
        st.markdown("  \n".join(f"**{one.label}:** {one.question}" for one in checks))
    st.markdown(f"**Is the network right?** {ONLY_MAPS}")


def _draw_findings(store: Store, chapters: Chapters) -> None:
    for chapter, place in _columns(chapters):
        for finding in choose_findings(chapter.findings, FINDINGS):
            strong = "**" if finding.severity >= Severity.WARNING else ""
            sentence = f"{strong}{plain(finding.sentence)}{strong}"
            place.markdown(f"{MARKS[finding.severity]} {sentence}")
        if not chapter.findings:
            place.markdown(SILENCE)
    _draw_sources(chapters)


def _draw_changes(store: Store, chapters: Chapters) -> None:
    chapters = ranking.sort_from_worse(chapters)
    names = [chapter.name for chapter in chapters.runs]
    changes = list_changes([chapter.run for chapter in chapters.runs])
    known_first = sorted(changes, key=lambda change: not all(change[1]) or NOT_KNOWN in change[1])
    shown = known_first[:MOST_CHANGES]
    _draw_table([[name.replace("_", " "), *values] for name, values in shown], names)
    left = [name.replace("_", " ") for name, _ in known_first[MOST_CHANGES:]]
    others = f"Others differ too: {list_some(left)}." if left else "All others are the same."
    st.markdown(f"{plain(others)} What came of it:")
    outcomes = wording.list_outcomes(chapters)
    rows = [[title, *values, change] for title, values, change in outcomes]
    _draw_table(rows, [*names, "change"])
    _draw_sources(chapters)


def _draw_table(rows: list[list[str]], names: list[str]) -> None:
    """Draw rows, each of which begins with what it is of."""
    frame = pd.DataFrame([row[1:] for row in rows], [row[0] for row in rows], names)
    st.table(frame.rename(index=plain, columns=plain).map(plain))


def _draw_verdict(store: Store, chapters: Chapters) -> None:
    longest = MAX_REASON_LENGTH if len(chapters.runs) == 1 else LONGEST_REASON
    for chapter, place in _columns(chapters):
        place.markdown(f"## {STANDINGS[chapter.run.standing]}")
        place.markdown(plain(wording.describe_verdict(chapter, longest)))
        if len(chapters.runs) <= MOST_LEADING:
            place.markdown(plain(wording.describe_accuracy(chapter)))
        for label, sentence in weigh(chapter):
            place.markdown(f"**{label}:** {plain(sentence)}")
    _draw_sources(chapters)


def _draw_limits(store: Store, chapters: Chapters) -> None:
    _lead("\n".join(f"- {plain(limit)}" for limit in gather_limits(chapters)))


DRAWINGS: dict[str, Drawing] = {
    "task": _draw_task,
    "good": _draw_good,
    "where": _draw_where,
    "trust": _draw_trust,
    "findings": _draw_findings,
    "changes": _draw_changes,
    "verdict": _draw_verdict,
    "limits": _draw_limits,
}
"""Chapter of the story -> what draws it; a test holds that none is missing."""
