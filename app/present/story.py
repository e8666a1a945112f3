"""The story of runs as steps: the chapters of their report, in its order and its words."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from app.parts.findings import SILENCE
from app.parts.run_names import STANDINGS
from app.present.maps import draw_maps
from app.present.step import Live, Shown, Step
from app.present.words import MARKS, tell_advice, tell_findings
from app.reads import stored_images
from pipelines.report import ranking, wording
from pipelines.report.basis import ONLY_MAPS, list_deciding, weigh
from pipelines.report.cases import choose_classes, count_mistakes
from pipelines.report.chapters import Chapter, Chapters
from pipelines.report.story import gather_limits
from saliencnn.common.sentences import list_some
from saliencnn.common.terms import define
from saliencnn.drawing.parts import Chart, Columns, Images, Mark, Part, Size, Table, Words
from saliencnn.drawing.run_charts import accuracy_chart
from saliencnn.findings.finding import choose_findings
from saliencnn.findings.method_groups import list_advised
from saliencnn.findings.methods import describe_unchecked, judge_methods
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.run_info import NOT_KNOWN, list_changes
from saliencnn.store.verdicts import MAX_REASON_LENGTH

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
Tell = Callable[[Store, Chapters], Sequence[Shown]]


def list_steps(store: Store, chapters: Chapters) -> list[Step]:
    """Return the story's steps, the answer first."""
    titles = wording.list_titles(chapters)
    return [
        Step(wording.name_story(chapters), partial(_tell_answer, store, chapters)),
        *(Step(title, partial(CHAPTERS[key], store, chapters)) for key, title in titles.items()),
    ]


def _columns(chapters: Chapters, tell: Callable[[Chapter], Sequence[Part]]) -> Columns:
    """Return a framed column for each run, headed by its name."""
    return Columns([[Words(one.name, Size.HEADING), *tell(one)] for one in chapters.runs])


def _sources(chapters: Chapters) -> Words:
    """Say which runs and epochs the numbers are from."""
    told = (f"{one.name} is {wording.describe_source(one)}" for one in chapters.runs)
    return Words(f"{'; '.join(told)}.", Size.SMALL)


def _tell_answer(store: Store, chapters: Chapters) -> Sequence[Shown]:
    def of_run(chapter: Chapter) -> list[Words]:
        standing = Words(STANDINGS[chapter.run.standing], strong=True)
        first = [Words(one.sentence, mark=MARKS[one.severity]) for one in chapter.findings[:1]]
        return [standing, *_tell_merits(chapters, chapter), *first]

    return (
        Words(ranking.headline(chapters), Size.LEAD),
        _columns(chapters, of_run),
        _sources(chapters),
    )


def _tell_merits(chapters: Chapters, chapter: Chapter) -> list[Words]:
    """Return what speaks for the run to take, which stands before what speaks against it."""
    merits = ranking.describe_merits(chapters, chapter)
    return [Words(merits, mark=Mark.GOOD)] if merits else []


def _tell_task(store: Store, chapters: Chapters) -> Sequence[Shown]:
    index, images_id = chapters.index, chapters.runs[0].run.images_id
    tiles = []
    for target in choose_classes(count_mistakes(chapters)):
        image = next(iter(np.flatnonzero(index.labels == target)), None)
        if image is not None:
            pixels = stored_images.image(store, images_id, int(image))
            tiles.append((pixels, index.classes[target]))
    return Words(wording.describe_data(chapters), Size.LEAD), Images(tiles)


def _tell_good(store: Store, chapters: Chapters) -> Sequence[Shown]:
    size = Size.LEAD if len(chapters.runs) <= MOST_LEADING else Size.TEXT
    told = [Words(wording.describe_accuracy(chapter), size) for chapter in chapters.runs]
    names = {chapter.run.run_id: chapter.name for chapter in chapters.runs}
    history = chapters.history.assign(run=chapters.history["run_id"].map(names))
    chart = Chart(accuracy_chart, (history, list(names.values())))
    return *told, chart, _sources(chapters)


def _tell_where(store: Store, chapters: Chapters) -> Sequence[Shown]:
    runs = [chapter.run for chapter in chapters.runs]
    shown = [one.evidence.query.get("class", "") for one in ranking.find_between(chapters)]
    typical = next((name for name in shown if isinstance(name, str) and name), "")
    beside = runs[1] if len(runs) > 1 else None
    return (Live(partial(draw_maps, store, runs[0], beside, typical, chapters.runs[:2])),)


def _tell_trust(store: Store, chapters: Chapters) -> Sequence[Shown]:
    advised = {one.run.run_id: list_advised(judge_methods(one.checks)) for one in chapters.runs}
    most = MOST_NAMED[len(chapters.runs)]

    def of_run(chapter: Chapter) -> list[Words]:
        if not chapter.checks:
            return [Words(f"{describe_unchecked(chapter.run.epoch)}.")]
        source = Words(f"By the checks of epoch {chapter.checked_epoch}.", Size.SMALL)
        return [*tell_advice(advised[chapter.run.run_id], most), source]

    def define_checks() -> Iterator[Words]:
        if len(chapters.runs) == 1:
            for check in list_deciding(one for own in advised.values() for one in own):
                yield Words(check.question, label=check.label)

    lead = len(chapters.runs) <= MOST_LEADING
    return (
        *([Words(define("sanity check"), Size.LEAD)] if lead else []),
        _columns(chapters, of_run),
        *define_checks(),
        Words(ONLY_MAPS, label="Is the network right?"),
    )


def _tell_findings(store: Store, chapters: Chapters) -> Sequence[Shown]:
    def of_run(chapter: Chapter) -> list[Words]:
        found = tell_findings(choose_findings(chapter.findings, FINDINGS))
        return [*_tell_merits(chapters, chapter), *found] or [Words(SILENCE)]

    return _columns(chapters, of_run), _sources(chapters)


def tell_changes(chapters: Chapters) -> Sequence[Shown]:
    """Return what was changed from the worse run to the better one, and what came of it."""
    chapters = ranking.sort_from_worse(chapters)
    names = [chapter.name for chapter in chapters.runs]
    changes = list_changes([chapter.run for chapter in chapters.runs])
    known_first = sorted(changes, key=lambda change: not all(change[1]) or NOT_KNOWN in change[1])
    shown = known_first[:MOST_CHANGES]
    left = [name.replace("_", " ") for name, _ in known_first[MOST_CHANGES:]]
    others = f"Others differ too: {list_some(left)}." if left else "All others are the same."
    outcomes = wording.list_outcomes(chapters)
    return (
        Table(names, [[name.replace("_", " "), *values] for name, values in shown]),
        Words(f"{others} What came of it:"),
        Table([*names, "change"], [[title, *values, change] for title, values, change in outcomes]),
        _sources(chapters),
    )


def _tell_verdict(store: Store, chapters: Chapters) -> Sequence[Shown]:
    longest = MAX_REASON_LENGTH if len(chapters.runs) == 1 else LONGEST_REASON

    def of_run(chapter: Chapter) -> Iterator[Words]:
        yield Words(STANDINGS[chapter.run.standing], Size.HEADING)
        yield Words(wording.describe_verdict(chapter, longest))
        merits = ranking.describe_merits(chapters, chapter)
        if len(chapters.runs) <= MOST_LEADING and not merits:
            yield Words(wording.describe_accuracy(chapter))
        others = ranking.describe_others(chapters, chapter)
        best = ranking.recommend(chapters)
        for label, sentence in weigh(chapter, chapters.runs, merits, others, best):
            yield Words(sentence, label=label)

    return _columns(chapters, lambda chapter: [*of_run(chapter)]), _sources(chapters)


def _tell_limits(store: Store, chapters: Chapters) -> Sequence[Shown]:
    return [Words(limit, Size.LEAD, bullet="-") for limit in gather_limits(chapters)]


CHAPTERS: dict[str, Tell] = {
    "task": _tell_task,
    "good": _tell_good,
    "where": _tell_where,
    "trust": _tell_trust,
    "findings": _tell_findings,
    "changes": lambda store, chapters: tell_changes(chapters),
    "verdict": _tell_verdict,
    "limits": _tell_limits,
}
"""Chapter of the story -> what tells it; a test holds that none is missing."""
