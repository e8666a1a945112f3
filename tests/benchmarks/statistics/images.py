"""Sentences about a network's images, drawn so that none of them is true."""

import numpy as np
from numpy.random import Generator

from saliencnn.checks.interventions.answers import CONTROL, Answers
from saliencnn.checks.interventions.effects import find_effects
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.data.error_groups import divide_errors
from saliencnn.data.properties import PROPERTIES, Value
from saliencnn.data.shortcuts import ImageProperties, find_shortcuts
from saliencnn.findings.class_facts import ClassFacts
from saliencnn.findings.cluster_signs import find_reliance
from saliencnn.findings.contrast import contrast_each, contrast_together
from saliencnn.findings.failure_facts import FailureFacts, MapGroup
from saliencnn.findings.finding import Evidence
from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.of_class import find_in_class
from saliencnn.findings.of_failures import find_in_failures
from saliencnn.findings.of_interventions import accuse
from saliencnn.findings.of_maps import find_in_maps
from saliencnn.findings.telling import find_apart
from saliencnn.measures.groups import permutation_test
from tests.benchmarks.statistics.drawing import PARTS, Ask, Told, draw_correct, draw_numbers, says

NUMBERS = 12
"""That are told of a class's images together."""
NETWORKS, OF_MAPS = 3, 3
"""Networks of which Compare shows a class together, and numbers of their maps."""
WORDS = ("format", "camera", "software", "folder")
"""Properties of images that are words; all others are numbers."""


def _ask_progression(rng: Generator, failed: int) -> Told:
    correct = draw_correct(rng, failed)
    (focus,) = draw_numbers(rng, len(correct), 1).values()
    facts = ClassFacts("", (~correct).astype(int), 0, ("a", "b"), np.array([1]), focus[None])
    found = find_in_class(facts)
    return {
        "missed images' focus is higher or lower (Progression)": says(found, "by more than chance")
    }


def _ask_class_level(rng: Generator, failed: int) -> Told:
    networks = [*map(str, range(NETWORKS))]
    correct = {network: draw_correct(rng, failed) for network in networks}
    numbers = {
        network: draw_numbers(rng, len(right), OF_MAPS) for network, right in correct.items()
    }
    each = contrast_each(numbers, correct)
    together = contrast_together(numbers, correct, each)
    return {
        f"what is looked at differs where wrong: {OF_MAPS} numbers of {NETWORKS} networks, each "
        "by itself (Compare)": bool(find_apart(each[0])),
        "the same of all networks together (Compare)": bool(together.apart),
    }


def _ask_task(rng: Generator, failed: int) -> Told:
    correct = draw_correct(rng, failed)
    images = len(correct)
    regions, focus = draw_numbers(rng, images, 2).values()
    facts = MapFacts(
        "images", ("",), ("a",) * images, tuple(np.where(correct, "a", "b").tolist()), correct,
        np.full(images, images), np.full(images, correct.sum()), regions, focus,
    )  # fmt: skip
    told = says(find_in_maps(facts), "by more than chance")
    return {"region size or focus differs where wrong (Compare's answer)": told}


def _ask_colours(rng: Generator, failed: int) -> Told:
    correct = draw_correct(rng, failed)
    colours = permutation_test(rng.dirichlet(np.ones(8), (len(correct), 3)), correct)
    of = rng.integers(0, PARTS, len(correct))
    groups = tuple(
        MapGroup("", int((of == n).sum()), int(correct[of == n].sum())) for n in np.unique(of)
    )
    numbers = draw_numbers(rng, len(correct), NUMBERS)
    facts = FailureFacts(correct, numbers, colours, groups, Evidence("colours"))
    rules = {finding.rule for finding in find_in_failures(facts)}
    return {
        "the test of colours alone has p below 0.05": colours < 0.05,
        "colours differ (Colours)": "colours differ" in rules,
        f"any of {NUMBERS} numbers differs (Colours)": "failures differ" in rules,
        f"one of {PARTS} groups of maps fails (Colours)": "failing group" in rules,
        "any of these three (Colours)": bool(
            rules & {"colours differ", "failures differ", "failing group"}
        ),
    }


def _ask_interventions(rng: Generator, failed: int) -> Told:
    """Let every change of 160 images make as many of them wrong, any of them."""
    labels = np.tile(np.arange(PARTS), 40)
    controls = (name + CONTROL for name, row in INTERVENTIONS.items() if row.control)
    names = ("", *INTERVENTIONS, *controls)
    wrong = rng.random((len(names), len(labels))) < failed / len(labels)
    hidden = [n for n, name in enumerate(names) if name.startswith("object-") and name[7:] != "hue"]
    wrong[hidden] = rng.random((len(hidden), len(labels))) < 0.75
    others = (labels + rng.integers(1, PARTS, wrong.shape)) % PARTS
    predicted = np.where(wrong, others, labels)
    answers = Answers(names, predicted, np.ones(predicted.shape, "f4"))
    effects = find_effects(answers, labels)
    clusters = rng.integers(0, 2, len(labels))
    return {
        "any accusation by interventions (Trust, Overview, Home)": bool(
            accuse(effects, doubtful=True)
        ),
        "one of 2 clusters relies on something of its own (Colours)": (
            find_reliance(effects, clusters) is not None
        ),
    }


def _draw_properties(rng: Generator, labels: np.ndarray) -> ImageProperties:
    values: dict[str, list[Value | None]] = {
        name: [(float(value),) for value in rng.normal(size=len(labels))] for name in PROPERTIES
    }
    for name in WORDS:
        values[name] = [f"word {n}" for n in rng.integers(0, PARTS, len(labels))]
    return ImageProperties(("a", "b", "c", "d"), labels, labels, values)


def _inspect(rng: Generator, failed: int) -> Told:
    """Let a class have as many images as fail elsewhere, and properties that know nothing of it."""
    labels = np.concatenate([np.zeros(failed, int), 1 + np.arange(120) % (PARTS - 1)])
    rng.shuffle(labels)
    measured = _draw_properties(rng, labels)
    right = rng.permutation(len(labels)) >= failed
    return {
        f"any of {len(PROPERTIES)} properties gives a class away (inspect)": bool(
            find_shortcuts(measured)
        ),
        f"errors divide by any of {len(PROPERTIES)} properties (inspect)": bool(
            divide_errors(measured, right)
        ),
    }


ASKED: tuple[Ask, ...] = (
    _ask_progression, _ask_class_level, _ask_task, _ask_colours, _ask_interventions, _inspect,
)  # fmt: skip
