"""The sentences of a report: numbers in words that need no knowledge of the field."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.report.chapters import Chapter, Chapters
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count, count_of, join_words, list_some, quote
from saliencnn.common.shown import one_line
from saliencnn.data.planted import BUILT_SO
from saliencnn.findings.finding import Finding, Severity, choose_findings
from saliencnn.findings.of_pair import find_in_pair
from saliencnn.measures.classification import confused_pairs
from saliencnn.measures.rates import (
    LEVEL,
    differ_by_chance,
    difference_interval,
    wilson_interval,
)
from saliencnn.store.run_info import list_changes
from saliencnn.store.verdicts import MAX_REASON_LENGTH, REJECTED, find_deciding

COMPARED = ("val_accuracy", "counterfactual_accuracy", "focus", "val_loss")
"""The metrics of the table that sets runs side by side."""
TAKE = "the one to take"
STILL_RISING = "still rising"
"""The finding on a run that was not trained to its end."""


def name_story(chapters: Chapters) -> str:
    """Return the title of what is told of runs."""
    return f"What {join_words([chapter.name for chapter in chapters.runs])} learned"


def list_titles(chapters: Chapters) -> dict[str, str]:
    """Return the chapters in their order: each one's place in the page and its title."""
    it = "it" if len(chapters.runs) == 1 else "they"
    titles = {
        "task": "What was to be learned",
        "good": f"How good {it} {'is' if it == 'it' else 'are'}",
        "where": f"Where {it} {'looks' if it == 'it' else 'look'}",
        "trust": "How far to trust the maps",
        "findings": "What stood out",
        "changes": "What was changed",
        "verdict": "What was decided",
        "limits": "Limits",
    }
    if not list_changes([one.run for one in chapters.runs]):
        del titles["changes"]
    return titles


def answer(chapters: Chapters) -> str:
    """Say which network to take and how sure that is; of a single one, how good it is."""
    if len(chapters.runs) == 1:
        return describe_accuracy(chapters.runs[0])
    ranked, metric, interval = _rank(chapters)
    (best, images), (second, others) = (_rate(one, metric) for one in ranked[:2])
    where = " without the shortcut" if metric == "counterfactual_accuracy" else ""
    if interval is None:
        return (
            f"{ranked[0].name} and {ranked[1].name} are too close to tell which is right more "
            f"often{where}: {_count_right(best, images)} and {_count_right(second, others)}."
            f"{_advise_tied(*ranked[:2])}"
        )
    low, high = interval
    return (
        f"{ranked[0].name} is {_recommend(ranked)}right more often{where}: on "
        f"{_count_right(best, images)}, {ranked[1].name} on {_count_right(second, others)}. The "
        f"difference is {100 * (best - second):.1f} points (95% interval {100 * low:.1f} to "
        f"{100 * high:.1f}).{_warn(ranked)}"
    )


def recommend(chapters: Chapters) -> Chapter | None:
    """Return which of several networks is the one to take; None where none clearly is."""
    if len(chapters.runs) == 1:
        return None
    ranked, _, interval = _rank(chapters)
    return ranked[0] if interval and not _warn(ranked) else None


def sort_from_worse(chapters: Chapters) -> Chapters:
    """Return runs with the best last, so that a change from the first to the last is a gain."""
    if len(chapters.runs) == 1:
        return chapters
    ranked, _, _ = _rank(chapters)
    return replace(chapters, runs=tuple(reversed(ranked)))


def _rank(chapters: Chapters) -> tuple[list[Chapter], str, tuple[float, float] | None]:
    """Return networks by how often they are right, and by which metric.

    And the 95% interval of how much oftener the first is than the second; None where chance may
    set them apart.
    """
    shared = all(_rate(one, "counterfactual_accuracy")[1] for one in chapters.runs)
    metric = "counterfactual_accuracy" if shared else "val_accuracy"
    ranked = sorted(chapters.runs, key=lambda one: -_rate(one, metric)[0])
    (best, images), (second, others) = (_rate(one, metric) for one in ranked[:2])
    low, high = difference_interval(np.array(best), np.array(second), np.array(min(images, others)))
    by_chance = differ_by_chance(best, second, images, others)
    clearly = low > 0 and by_chance <= 1 - LEVEL
    return ranked, metric, (float(low), float(high)) if clearly else None


def find_between(chapters: Chapters) -> tuple[Finding, ...]:
    """Return what stands out between the runs, where there are two with maps."""
    return () if chapters.pair is None else find_in_pair(chapters.pair)


def headline(chapters: Chapters) -> str:
    """Return the answer, what is wrong, and whether two runs look at the same places."""
    between = (one.sentence for one in find_between(chapters))
    return " ".join([answer(chapters), *_list_faults(chapters), *between])


def _list_faults(chapters: Chapters) -> list[str]:
    """Say in a few words what is wrong with each network of which the answer does not say it."""
    told: Sequence[Chapter] = chapters.runs
    if len(told) > 1:
        ranked, _, interval = _rank(chapters)
        told = ranked[1:] if interval else ranked
    faults = ((one.name, _find_problem(one)) for one in told)
    return [
        f"{name} {fault.partition(': ')[0].removeprefix('It ').rstrip('.')}."
        for name, fault in faults
        if fault
    ]


def _find_problem(chapter: Chapter) -> str:
    """Return the sentence about what is wrong with a network; "" where nothing is."""
    problems = (one.sentence for one in chapter.findings if one.severity is Severity.PROBLEM)
    return next(problems, "")


def _recommend(ranked: Sequence[Chapter]) -> str:
    """Say that the best network is the one to take, where nothing speaks against it."""
    return "" if _warn(ranked) else f"{TAKE}: it is "


def _warn(ranked: Sequence[Chapter]) -> str:
    """Say what speaks against the best network; "" where nothing does."""
    best, *others = ranked
    objection = _object(best, "it", others)
    return f" But {objection}." if objection else ""


def _object(one: Chapter, name: str, others: Sequence[Chapter]) -> str:
    """Say what speaks against taking a network, without a full stop; "" where nothing does."""
    if one.run.standing == REJECTED:
        return f"{name} was rejected; see what was decided"
    if problem := _find_problem(one):
        return f"something is wrong with {name}. {problem.removesuffix('.')}"
    tested = [other.name for other in others if other.facts.effects is not None]
    if tested and one.facts.effects is None:
        return f"{name} has yet to be tested for shortcuts, as {tested[0]} has"
    return ""


def _advise_tied(first: Chapter, second: Chapter) -> str:
    """Say which of two networks to take that their accuracy does not tell apart."""
    objections = {
        one.name: _object(one, one.name, [other])
        for one, other in ((first, second), (second, first))
    }
    sound = [name for name, objection in objections.items() if not objection]
    against = next(filter(None, objections.values()), "")
    if len(sound) == 1:
        return f" Take {sound[0]}: {against}."
    if against:
        return " Take neither yet: something speaks against each."
    rising = [
        one.name
        for one in (first, second)
        if any(found.rule == STILL_RISING for found in one.findings)
    ]
    if rising:
        return f" Take either, or train {join_words(rising)} longer: accuracy was still rising."
    return " Take either: only more validation images could tell them apart."


def describe_sources(chapters: Chapters) -> str:
    """Say after which epochs the numbers were measured."""
    told = (f"epoch {one.run.epoch} of {one.name}" for one in chapters.runs)
    return f"Measured after {' and '.join(told)}."


def describe_accuracy(chapter: Chapter) -> str:
    """Say how often a network is right, of how many images, and with which interval."""
    told = (
        f"In validation {chapter.name} classifies "
        f"{_with_interval(*_rate(chapter, 'val_accuracy'))} correctly."
    )
    rate, images = _rate(chapter, "counterfactual_accuracy")
    if images:
        told += f" Without the shortcut it is right on {_with_interval(rate, images)}."
    return told


def describe_verdict(chapter: Chapter, longest: int = MAX_REASON_LENGTH) -> str:
    """Say what people decided about a run, with no more than so many characters of the reason."""
    deciding = find_deciding(chapter.run.verdicts)
    if deciding is None:
        return "Nobody has decided about it yet."
    return deciding.describe(lambda text: one_line(text, longest))


def describe_data(chapters: Chapters) -> str:
    """Say what was to be learned."""
    index = chapters.index
    classes = [quote(one_line(name, 40)) for name in index.classes]
    return (
        f"Each network was to tell {count(len(classes), 'class', 'classes')} apart in the image "
        f"set {one_line(index.name)}: {list_some(classes, 12)}. What follows was measured on "
        f"{count(len(index), 'validation image', 'validation images')}, which no network had "
        f"learned from.{_describe_shortcut(chapters)}"
    )


def _describe_shortcut(chapters: Chapters) -> str:
    """Say what the shortcut is, where accuracy was measured without it and a note tells."""
    if not any(_rate(one, "counterfactual_accuracy")[1] for one in chapters.runs):
        return ""
    first, *others = (one.run.notes for one in chapters.runs)
    told = (note for note in first if note.endswith(BUILT_SO))
    shared = (note for note in told if all(note in own for own in others))
    note = next(shared, "")
    return f" The shortcut: {note[0].lower()}{note[1:]}" if note else ""


def list_numbers(chapter: Chapter) -> list[tuple[str, str, str]]:
    """Return a run's numbers as (title, value, what it is)."""
    rows = []
    for name in COMPARED:
        if name in chapter.run.metrics:
            metric = METRICS[name]
            rows.append((metric.title, metric.write(chapter.run.metrics[name]), metric.help))
    return rows


def list_outcomes(chapters: Chapters) -> list[tuple[str, list[str], str]]:
    """Return (title, a value a run, change from first to last) of what all runs measured."""
    metrics = [one.run.metrics for one in chapters.runs]
    return [
        (
            METRICS[name].title,
            [METRICS[name].write(own[name]) for own in metrics],
            METRICS[name].write_change(metrics[-1][name] - metrics[0][name]),
        )
        for name in COMPARED
        if all(name in own for own in metrics)
    ]


def list_confusions(chapter: Chapter, most: int = 3) -> list[str]:
    """Return the classes that a network confuses most, as sentences with their counts."""
    pairs = confused_pairs(chapter.facts.counts, chapter.facts.classes, most)
    return [
        f"{wrong} of {images} images of {quote(one_line(true))} are taken for "
        f"{quote(one_line(predicted))}."
        for true, predicted, wrong, images in zip(
            *(pairs[name] for name in ("true", "predicted", "images", "of")), strict=True
        )
    ]


def describe_source(chapter: Chapter) -> str:
    """Say which run and epoch a run's numbers are from."""
    return f"run {chapter.run.run_id}, epoch {chapter.run.epoch}"


def _rate(chapter: Chapter, metric: str) -> tuple[float, int]:
    """Return a fraction of images and how many they are; no images where it was not measured."""
    if metric == "val_accuracy":
        return chapter.facts.accuracy, chapter.facts.images
    rate = chapter.facts.last(metric)
    return (rate, chapter.facts.counterfactual_images) if np.isfinite(rate) else (0.0, 0)


def _count_right(rate: float, images: int) -> str:
    return count_of(round(rate * images), images)


def _with_interval(rate: float, images: int) -> str:
    low, high = wilson_interval(np.array(rate), np.array(images))
    return f"{_count_right(rate, images)[:-1]}; 95% interval {low:.1%} to {high:.1%})"


def join_findings(chapter: Chapter, most: int) -> Sequence[tuple[str, str, str]]:
    """Return (how much it matters, what was found, what to do) of a run's first findings."""
    chosen = choose_findings(chapter.findings, most)
    return [(one.severity.name.lower(), one.sentence, one.advice) for one in chosen]
