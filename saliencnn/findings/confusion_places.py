"""Where a network looks in images that it confuses, beside those that it gets right."""

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.findings.attention_signs import find_leaning, find_shortcut
from saliencnn.findings.looks import Looked, Looks, judge_looks
from saliencnn.findings.method_groups import OF_METHOD
from saliencnn.findings.methods import Advice
from saliencnn.findings.run_facts import RunFacts
from saliencnn.saliency.methods import METHODS


def find_looks(
    facts: RunFacts, wrong: np.ndarray, right: np.ndarray, comparisons: int = 1
) -> Looked:
    """Return where maps of confused images show that the network looks, beside right ones.

    Maps of a method that fails the checks show nothing, and maps on the object prove nothing where
    guidance or a shortcut explains them.

    Args:
        facts: of the run.
        wrong: which images are confused, bool (N,).
        right: which of the same class are correct, bool (N,).
        comparisons: see ``judge_looks``.
    """
    either = wrong | right
    found = judge_looks(facts.focus_predicted[either], right[either], facts.place, comparisons)
    return found.limit(facts.doubted, cannot_clear(facts))


def cannot_clear(facts: RunFacts) -> bool:
    """Whether maps on the object prove nothing, since guidance or a shortcut explains them."""
    return bool(facts.guided or find_shortcut(facts) or find_leaning(facts))


def say_looks(facts: RunFacts, looked: Looked) -> str:
    """Say where it looks in confused images and what that means; "" where that is not known."""
    if looked.where is Looks.UNKNOWN:
        return ""
    wrong = f"{looked.wrong:.0%} of the map"
    right = f", {looked.right:.0%} when right" if looked.shift.correct else ""
    if looked.where is Looks.FEW:
        lies = f"{wrong} lies {looked.place.words['inside']} then{right}"
        return f"{lies}; {looked.few} tell whether that is less"
    return f"{looked.does} ({wrong}{right}){hedge(facts)}: {looked.means}"


def compare_places(facts: RunFacts, wrong: np.ndarray, right: np.ndarray) -> str:
    """Say what ``find_looks`` rests on; "" of too few images.

    Args:
        facts: of the run.
        wrong: which images are confused, bool (N,).
        right: which of the same class are correct, bool (N,).
    """
    if wrong.sum() < MIN_IMAGES:
        return ""
    doubt = f", {OF_METHOD[Advice.DO_NOT]}," if facts.doubted else ""
    looked = find_looks(facts, wrong, right)
    told = looked.compare(f"the {METHODS[facts.method].label} map of the predicted class{doubt}")
    return f" On average {told}.{looked.bound()}"


def hedge(facts: RunFacts) -> str:
    """Say how far maps tell where it looks, where they were not checked."""
    return "" if facts.checks else ", as far as its unchecked maps tell"
