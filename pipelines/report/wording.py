"""The sentences of a report: numbers in words that need no knowledge of the field."""

import numpy as np

from pipelines.report.chapters import Chapter, Chapters
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count, count_of, join_words, list_some, quote
from saliencnn.common.shown import one_line
from saliencnn.common.terms import TERMS
from saliencnn.data.planted import BUILT_SO
from saliencnn.measures.classification import confused_pairs
from saliencnn.measures.rates import wilson_interval
from saliencnn.store.run_info import list_changes
from saliencnn.store.verdicts import MAX_REASON_LENGTH, find_deciding

COMPARED = ("val_accuracy", "counterfactual_accuracy", "focus", "val_loss")
"""The metrics of the table that sets runs side by side."""


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


def describe_sources(chapters: Chapters) -> str:
    """Say after which epochs the numbers were measured."""
    told = (f"epoch {one.run.epoch} of {one.name}" for one in chapters.runs)
    return f"Measured after {' and '.join(told)}. {TERMS['epoch']}"


def describe_accuracy(chapter: Chapter) -> str:
    """Say how often a network is right, of how many images, and with which interval."""
    told = (
        f"In validation {chapter.name} classifies "
        f"{_with_interval(*rate_of(chapter, 'val_accuracy'))} correctly."
    )
    rate, images = rate_of(chapter, "counterfactual_accuracy")
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
    if not any(rate_of(one, "counterfactual_accuracy")[1] for one in chapters.runs):
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
            METRICS[name].write_change(metrics[-1][name], metrics[0][name]),
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


def rate_of(chapter: Chapter, metric: str) -> tuple[float, int]:
    """Return a fraction of images and how many they are; no images where it was not measured."""
    if metric == "val_accuracy":
        return chapter.facts.accuracy, chapter.facts.images
    rate = chapter.facts.last(metric)
    return (rate, chapter.facts.counterfactual_images) if np.isfinite(rate) else (0.0, 0)


def count_right(rate: float, images: int) -> str:
    """Say on how many images a network is right, of how many, and in percent."""
    return count_of(round(rate * images), images)


def _with_interval(rate: float, images: int) -> str:
    low, high = wilson_interval(np.array(rate), np.array(images))
    return f"{count_right(rate, images)[:-1]}; 95% interval {low:.1%} to {high:.1%})"
