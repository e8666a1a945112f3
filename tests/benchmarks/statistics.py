"""``python -m tests.benchmarks.statistics [SETS]`` prints two tables for docs/guides/statistics.md.

How often each sentence that tells a difference is said where there is none, by the number of failed
images; and how often each interval holds the truth.
"""

import sys
from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator, default_rng
from scipy.stats import binom

from saliencnn.checks.grading import RESAMPLES
from saliencnn.checks.interventions.answers import CONTROL, Answers
from saliencnn.checks.interventions.effects import Effects, find_effects
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.data.properties import PROPERTIES
from saliencnn.data.shortcuts import Measured, find_shortcuts
from saliencnn.findings.cluster_signs import find_reliance
from saliencnn.findings.finding import Evidence
from saliencnn.findings.kind_rates import most_above, rates_by_kind
from saliencnn.findings.of_comparison import ComparisonFacts
from saliencnn.findings.of_failures import CHANCE, FailureFacts, MapGroup, worst_group
from saliencnn.findings.of_interventions import accuse
from saliencnn.measures.bootstrap import bootstrap_interval, mean_of_rows
from saliencnn.measures.groups import difference, permutation_test, separability
from saliencnn.measures.rates import difference_interval, wilson_interval

FAILURES = (1, 2, 5, 10, 50)
NUMBERS = 12
"""That are told of a class's images together."""
SLOW = 10
"""How many times fewer sets are drawn of what takes hundreds of permutations."""
PARTS = 4
"""Classes, kinds of thing, groups of maps."""
LABELS = np.arange(PARTS)
SHAPES: dict[str, tuple[Callable[[Generator, int], np.ndarray], float]] = {
    "normal": (lambda rng, n: rng.normal(size=n), 0.0),
    "skewed": (lambda rng, n: rng.exponential(size=n), 1.0),
    "heavy tail": (lambda rng, n: rng.lognormal(0, 1, n), float(np.exp(0.5))),
    "few values": (lambda rng, n: rng.integers(0, 3, n) / 2, 0.5),
    "near 1": (lambda rng, n: rng.beta(8, 1, n), 8 / 9),
}
"""Of numbers: how they are drawn, and their mean."""


def _correct(rng: Generator, failed: int) -> np.ndarray:
    """Draw which images are right, without regard to anything else."""
    return rng.permutation(max(40, 2 * failed)) >= failed


def _some_numbers(rng: Generator, correct: np.ndarray) -> dict[str, np.ndarray]:
    draws = [draw for draw, _ in SHAPES.values()]
    return {str(n): draws[n % len(draws)](rng, len(correct)) for n in range(NUMBERS)}


def _mean_differs(rng: Generator, failed: int) -> bool:
    correct = _correct(rng, failed)
    draw, _ = [*SHAPES.values()][int(rng.integers(len(SHAPES)))]
    return difference(draw(rng, len(correct)), correct).excludes(0)


def _any_number_differs(rng: Generator, failed: int) -> bool:
    correct = _correct(rng, failed)
    numbers = _some_numbers(rng, correct)
    return bool(FailureFacts(correct, numbers, np.nan, (), Evidence("colours")).apart)


def _colours_differ(rng: Generator, failed: int) -> bool:
    correct = _correct(rng, failed)
    histograms = rng.dirichlet(np.ones(8), (len(correct), 3))
    return bool(permutation_test(histograms, correct) < CHANCE)


def _group_fails(rng: Generator, failed: int) -> bool:
    correct = _correct(rng, failed)
    of = rng.integers(0, PARTS, len(correct))
    right = np.bincount(of, correct, minlength=PARTS).astype(int)
    images = np.bincount(of, minlength=PARTS)
    groups = (MapGroup("", int(n), int(r)) for n, r in zip(images, right, strict=True) if n)
    return worst_group(tuple(groups)) is not None


def _kind_is_weak(rng: Generator, failed: int) -> bool:
    correct = _correct(rng, failed)
    rates = rates_by_kind([*map(str, LABELS)], np.arange(len(correct)) % PARTS, ~correct)
    return most_above(rates, float((~correct).mean())) is not None


def _is_behind(rng: Generator, failed: int) -> bool:
    """Let five networks fail on as many images as one another, on the average."""
    images = max(40, 2 * failed)
    wrong = rng.random((5, images)) < failed / images
    wrong = wrong[np.argsort(wrong.sum(1), kind="stable")]
    names = tuple(map(str, range(len(wrong))))
    none = np.zeros(images, int)
    facts = ComparisonFacts(names, names, np.ones(len(wrong)), none, wrong.astype(int))
    return len(facts.tied) < len(wrong) - 1


def _draw_effects(rng: Generator, failed: int) -> Effects:
    """Let every change of 160 images make as many of them wrong, any of them."""
    labels = np.tile(LABELS, 40)
    controls = (name + CONTROL for name, row in INTERVENTIONS.items() if row.control)
    names = ("", *INTERVENTIONS, *controls)
    wrong = rng.random((len(names), len(labels))) < failed / len(labels)
    hidden = [n for n, name in enumerate(names) if name.startswith("object-") and name[7:] != "hue"]
    wrong[hidden] = rng.random((len(hidden), len(labels))) < 0.75
    others = (labels + rng.integers(1, PARTS, wrong.shape)) % PARTS
    predicted = np.where(wrong, others, labels)
    return find_effects(Answers(names, predicted, np.ones(predicted.shape, "f4")), labels)


def _is_accused(rng: Generator, failed: int) -> bool:
    return bool(accuse(_draw_effects(rng, failed), doubtful=True))


def _cluster_relies(rng: Generator, failed: int) -> bool:
    effects = _draw_effects(rng, failed)
    return find_reliance(effects, rng.integers(0, 2, len(effects.labels))) is not None


def _class_is_told(rng: Generator, failed: int) -> bool:
    """Let a class have as many images as fail elsewhere, and properties that know nothing of it."""
    labels = np.concatenate([np.zeros(failed, int), 1 + np.arange(120) % (PARTS - 1)])
    rng.shuffle(labels)
    values = {
        name: [(float(value),) for value in rng.normal(size=len(labels))] for name in PROPERTIES
    }
    return bool(find_shortcuts(Measured(("a", "b", "c", "d"), labels, labels, values)))


SENTENCES: dict[str, Callable[[Generator, int], bool]] = {
    "a mean differs (Compare)": _mean_differs,
    f"any of {NUMBERS} numbers differs (Colours)": _any_number_differs,
    "colours differ (Colours)": _colours_differ,
    f"one of {PARTS} groups of maps fails (Colours)": _group_fails,
    "one of 2 clusters relies on something of its own (Colours)": _cluster_relies,
    f"failures are most frequent on one of {PARTS} kinds (Compare)": _kind_is_weak,
    "one of 5 networks is behind (Compare)": _is_behind,
    "any accusation by interventions (Trust, Overview, Home)": _is_accused,
    f"any of {len(PROPERTIES)} properties gives a class away (inspect)": _class_is_told,
}
"""What is said -> whether it is, of drawn data without any difference and so many failures."""


def measure_sentences(sets: int) -> Iterator[str]:
    """Yield the lines of the table of sentences."""
    yield "| said although nothing differs | " + " | ".join(map(str, FAILURES)) + " |"
    yield "|---" * (1 + len(FAILURES)) + "|"
    for name, is_said in SENTENCES.items():
        drawn = max(1, sets // SLOW) if is_said is _class_is_told else sets
        rates = [
            np.mean([is_said(default_rng((failed, n)), failed) for n in range(drawn)])
            for failed in FAILURES
        ]
        yield f"| {name} | " + " | ".join(f"{100 * rate:.1f}%" for rate in rates) + " |"


def _cover_fraction() -> Iterator[tuple[str, int, float]]:
    """Yield for Wilson's interval the mean coverage over all fractions from 2 to 98%, exactly."""
    for images in (10, 40, 240):
        counts = np.arange(images + 1)
        low, high = wilson_interval(counts / images, np.full(images + 1, images))
        covered = [
            binom.pmf(counts, images, p)[(low <= p) & (p <= high)].sum()
            for p in np.linspace(0.02, 0.98, 97)
        ]
        yield "fraction (Wilson)", images, float(np.mean(covered))


def _cover_difference() -> Iterator[tuple[str, int, float]]:
    """Yield likewise for Newcombe's, of fractions of different images."""
    for images in (10, 40, 240):
        counts = np.arange(images + 1)
        one, other = np.meshgrid(counts / images, counts / images)
        low, high = difference_interval(one, other, np.full_like(one, images))
        covered = []
        for p, q in default_rng(images).uniform(0.02, 0.98, (60, 2)):
            chance = np.outer(binom.pmf(counts, images, q), binom.pmf(counts, images, p))
            covered.append(chance[(low <= p - q) & (p - q <= high)].sum())
        yield "difference of two fractions (Newcombe)", images, float(np.mean(covered))


def _cover_means(sets: int) -> Iterator[tuple[str, int, float]]:
    for failed in (5, 10, 50):
        correct = np.arange(max(40, 2 * failed)) >= failed
        for name, (draw, _) in SHAPES.items():
            rng = default_rng(failed)
            found = [difference(draw(rng, len(correct)), correct) for _ in range(sets)]
            covered = np.mean([one.low <= 0 <= one.high for one in found])
            yield f"difference of two means (Welch), {name}", failed, float(covered)
        rng = default_rng(failed)
        shifted = [rng.normal(size=len(correct)) + ~correct for _ in range(sets)]
        areas = [separability(values, correct) for values in shifted]
        covered = np.mean([one.low <= 0.7602 <= one.high for one in areas])
        yield "area under the ROC (Newcombe)", failed, float(covered)


def _cover_checks(sets: int) -> Iterator[tuple[str, int, float]]:
    for images in (5, 8, 16, 40):
        for name, (draw, mean) in SHAPES.items():
            rng = default_rng(images)
            ends = (
                bootstrap_interval([draw(rng, images)], mean_of_rows, RESAMPLES)
                for _ in range(sets)
            )
            covered = float(np.mean([low <= mean <= high for low, high in ends]))
            yield f"mean of a check, {name}", images, covered


def measure_intervals(sets: int) -> Iterator[str]:
    """Yield the lines of the table of intervals."""
    yield "| 95% interval | images | holds the truth |"
    yield "|---|---|---|"
    every = (_cover_fraction(), _cover_difference(), _cover_means(sets), _cover_checks(sets))
    for found in every:
        for name, images, covered in found:
            yield f"| {name} | {images} | {covered:.1%} |"


def main() -> None:
    """Measure, and print both tables."""
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for lines in (measure_sentences(sets), [""], measure_intervals(sets)):
        for line in lines:
            print(line, flush=True)


if __name__ == "__main__":
    main()
