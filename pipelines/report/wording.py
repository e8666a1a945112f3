"""The sentences of a report: numbers in words that need no knowledge of the field."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from pipelines.report.chapters import Chapter, Chapters
from saliencnn.checks.table import CHECKS
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count, list_some
from saliencnn.common.shown import one_line
from saliencnn.findings.methods import Advice
from saliencnn.measures.rates import difference_interval, wilson_interval
from saliencnn.saliency import METHODS
from saliencnn.store.verdicts import find_deciding

COMPARED = ("val_accuracy", "counterfactual_accuracy", "focus", "val_loss")
"""The metrics of the table that sets runs side by side."""


def answer(chapters: Chapters) -> str:
    """Say which network is better and how sure that is; of a single one, how good it is."""
    if len(chapters.runs) == 1:
        return describe_accuracy(chapters.runs[0])
    shared = all(_rate(one, "counterfactual_accuracy")[1] for one in chapters.runs)
    metric = "counterfactual_accuracy" if shared else "val_accuracy"
    ranked = sorted(chapters.runs, key=lambda one: -_rate(one, metric)[0])
    (best, images), (second, others) = (_rate(one, metric) for one in ranked[:2])
    low, high = difference_interval(np.array(best), np.array(second), np.array(min(images, others)))
    where = " without the shortcut" if shared else ""
    if low <= 0:
        return (
            f"{ranked[0].name} and {ranked[1].name} are too close to tell which is right more "
            f"often{where}: {_count_right(best, images)} and {_count_right(second, others)}."
        )
    return (
        f"{ranked[0].name} is right more often{where}: on {_count_right(best, images)}, "
        f"{ranked[1].name} on {_count_right(second, others)}. The difference is "
        f"{100 * (best - second):.1f} points (95% interval {100 * low:.1f} to {100 * high:.1f})."
    )


def describe_accuracy(chapter: Chapter) -> str:
    """Say how often a network is right, of how many images, and with which interval."""
    told = (
        f"{chapter.name} classifies {_with_interval(*_rate(chapter, 'val_accuracy'))} of the "
        "validation images correctly."
    )
    rate, images = _rate(chapter, "counterfactual_accuracy")
    if images:
        told += f" Without the shortcut it is right on {_with_interval(rate, images)}."
    return told


def describe_verdict(chapter: Chapter) -> str:
    """Say what people decided about a run."""
    deciding = find_deciding(chapter.run.verdicts)
    if deciding is None:
        return "Nobody has decided about it yet."
    return (
        f"{one_line(deciding.person)} {deciding.decision} {deciding.scope} on "
        f"{deciding.time[:10]} at {deciding.time[11:16]} UTC: {one_line(deciding.reason)}"
    )


def describe_data(chapters: Chapters) -> str:
    """Say what was to be learned."""
    index = chapters.index
    classes = [one_line(name, 40) for name in index.classes]
    return (
        f"Each network was to tell {count(len(classes), 'class', 'classes')} apart in images of "
        f"{one_line(index.name)}: {list_some(classes, 12)}. What follows was measured on "
        f"{count(len(index), 'validation image', 'validation images')}, which no network had "
        "learned from."
    )


def list_numbers(chapter: Chapter) -> list[tuple[str, str, str]]:
    """Return a run's numbers as (title, value, what it is)."""
    rows = []
    for name in COMPARED:
        if name in chapter.run.metrics:
            metric = METRICS[name]
            rows.append((metric.title, metric.write(chapter.run.metrics[name]), metric.help))
    return rows


def list_confusions(chapter: Chapter, most: int = 3) -> list[str]:
    """Return the classes that a network confuses most, as sentences with their counts."""
    counts, names = chapter.facts.counts, chapter.facts.classes
    wrong = counts - np.diag(np.diag(counts))
    images = counts.sum(axis=1)
    told = []
    for cell in np.argsort(-wrong, axis=None, kind="stable")[:most]:
        true, predicted = np.unravel_index(cell, wrong.shape)
        if wrong[true, predicted]:
            told.append(
                f"{wrong[true, predicted]} of {images[true]} images of {one_line(names[true])} "
                f"are taken for {one_line(names[predicted])}."
            )
    return told


def list_advice(chapter: Chapter) -> list[tuple[str, str, str]]:
    """Return (method, what to do with its maps, which checks decided) of each method checked."""
    reasons = {
        Advice.BELIEVE: "passes {}",
        Advice.CARE: "borderline in {}",
        Advice.DO_NOT: "fails {}",
        Advice.UNKNOWN: "fewer than two checks could judge it",
    }
    return [
        (
            METHODS[method].label,
            str(found.advice),
            reasons[found.advice].format(
                ", ".join(CHECKS[check].label.lower() for check in found.deciding)
            ),
        )
        for method, found in chapter.advice.items()
    ]


def list_changes(chapters: Chapters) -> list[tuple[str, list[str]]]:
    """Return the settings in which the runs differ, each with its value in every run."""
    settings = [list_settings(chapter) for chapter in chapters.runs]
    names = dict.fromkeys(name for own in settings for name in own)
    rows = [(name, [own.get(name, "") for own in settings]) for name in names]
    return [(name, values) for name, values in rows if len({*values}) > 1]


def list_settings(chapter: Chapter) -> dict[str, str]:
    """Return everything that was set about a run."""
    run = chapter.run
    settings = {
        "architecture": run.arch,
        "initial weights": run.weights,
        "input size (px)": str(run.image_size),
        **{name.replace("_", " "): value for name, value in run.hyperparameters.items()},
    }
    return {name: one_line(value) for name, value in settings.items()}


def write_command(chapter: Chapter) -> str:
    """Return the command that trains a run again; folders of this machine are left out."""
    run = chapter.run
    usual = {name: str(value) for name, value in asdict(Hyperparameters()).items()}
    words = [
        *("saliencnn", "train", "--data", run.data, "--arch", run.arch),
        *("--weights", run.weights, "--image-size", str(run.image_size), "--keep", run.keep),
    ]
    for name, value in run.hyperparameters.items():
        if value != usual.get(name):
            words += [f"--{name.replace('_', '-')}", value]
    return one_line(shlex.join(words))


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
    return f"{round(rate * images)} of {images} images ({rate:.1%})"


def _with_interval(rate: float, images: int) -> str:
    low, high = wilson_interval(np.array(rate), np.array(images))
    return f"{_count_right(rate, images)[:-1]}; 95% interval {low:.1%} to {high:.1%})"


def join_findings(chapter: Chapter, most: int) -> Sequence[tuple[str, str, str]]:
    """Return (how much it matters, what was found, what to do) of a run's first findings."""
    return [
        (one.severity.name.lower(), one.sentence, one.advice) for one in chapter.findings[:most]
    ]
