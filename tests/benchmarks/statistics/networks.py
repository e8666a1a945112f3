"""Sentences about networks, classes and runs, drawn so that none of them is true."""

import numpy as np
import pandas as pd
from numpy.random import Generator

from app.parts.outcome import OVERALL, WITHOUT, describe_outcome
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.of_comparison import find_in_comparison
from saliencnn.findings.of_run import find_in_run
from saliencnn.findings.run_facts import RunFacts
from saliencnn.measures.rates import LEVEL, differ_by_chance
from tests.benchmarks.statistics.drawing import PARTS, Ask, Told, count_images, says

NETWORKS, CLASSES, IMAGES = 5, 8, 240
EPOCHS = 10
CLASS_NAMES = tuple(f"class {n}" for n in range(CLASSES))


def _compare(rng: Generator, failed: int) -> Told:
    """Let networks fail on as many images as one another, on the average, and on any of them."""
    true = np.arange(IMAGES) % CLASSES
    wrong = rng.random((NETWORKS, IMAGES)) < failed / IMAGES
    wrong = wrong[np.argsort(wrong.sum(1), kind="stable")]
    predicted = np.where(wrong, (true + rng.integers(1, CLASSES, wrong.shape)) % CLASSES, true)
    names = tuple(map(str, range(NETWORKS)))
    kinds = tuple(f"kind {n % PARTS}" for n in range(CLASSES))
    costs = np.full(NETWORKS, np.nan)
    found = find_in_comparison(
        ComparisonFacts(names, names, costs, true, predicted, kinds, CLASS_NAMES)
    )
    return {
        f"one of {NETWORKS} networks is behind (Compare)": says(found, "behind by more than"),
        f"accuracies differ most on one of {CLASSES} classes (Compare)": (
            says(found, "they differ most on")
        ),
        f"two disagree most often on one of {PARTS} kinds (Compare)": says(found, "most often on"),
        f"one of {PARTS} kinds is hard for all, or for the best (Compare)": (
            says(found, "weak on") or says(found, "harder than")
        ),
    }


def _look_over(rng: Generator, failed: int) -> Told:
    """Let a run miss as many images of any class at each epoch."""
    true = np.arange(IMAGES) % CLASSES
    wrong = rng.random((EPOCHS, IMAGES)) < failed / IMAGES
    recalls = np.stack([np.bincount(true, ~one) / np.bincount(true) for one in wrong])
    predictions = np.zeros(IMAGES, [("true", int), ("predicted", int)])
    predictions["true"], predictions["predicted"] = true, (true + wrong[-1]) % CLASSES
    history = pd.DataFrame(
        {"counterfactual_accuracy": (rng.random((EPOCHS, IMAGES)) >= failed / IMAGES).mean(1)},
        index=range(1, EPOCHS + 1),
    )
    unknown = np.full(IMAGES, np.nan)
    facts = RunFacts(
        "", CLASS_NAMES, history, predictions, recalls, unknown, unknown,
        counterfactual_images=IMAGES,
    )  # fmt: skip
    found = find_in_run(facts)
    return {
        f"it is weakest on one of {CLASSES} classes (Overview)": says(found, "weakest on"),
        f"it no longer recognizes one of {CLASSES} classes, of {EPOCHS} epochs (Overview)": (
            says(found, "no longer recognizes")
        ),
        "it relies on a shortcut, by counterfactual images (Overview)": (
            says(found, "relies on a shortcut")
        ),
    }


def _retry(rng: Generator, failed: int) -> Told:
    """Let a run and its retry fail on as many images, on the average, of two kinds."""
    images = count_images(failed)
    rates = (rng.random((2, 2, images)) >= failed / images).mean(2)
    before, after = (dict(zip((OVERALL, WITHOUT), own, strict=True)) for own in rates)
    one, other = rates[:, 0]
    return {
        "a retry is better or worse, by two accuracies (Retrain)": (
            "No clear" not in describe_outcome(before, after, images)
        ),
        "one of two runs is right more often (report)": (
            differ_by_chance(one, other, images, images) <= 1 - LEVEL
        ),
    }


ASKED: tuple[Ask, ...] = (_compare, _look_over, _retry)
