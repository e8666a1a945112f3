"""Where a network looks in images that it confuses, beside those that it gets right."""

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.findings.counterfactual_signs import find_leaning, find_shortcut
from saliencnn.findings.judge_looks import count_questions, judge_looks
from saliencnn.findings.looks import SAID_MAP, Looked
from saliencnn.findings.method_groups import OF_METHOD
from saliencnn.findings.methods import HEDGES, Advice
from saliencnn.findings.run_facts import RunFacts
from saliencnn.saliency.methods import METHODS


def find_looks(facts: RunFacts, wrong: np.ndarray, right: np.ndarray) -> Looked:
    """Return where maps of confused images show that the network looks, beside right ones.

    Maps of a method that fails the checks show nothing, and maps on the object prove nothing where
    guidance or a shortcut explains them; nor do maps that are wide, of which most lies around an
    object that they point at. What is said of a pair of classes and of one of them is
    judged by one measure: each is one of many that can be asked.

    Args:
        facts: of the run.
        wrong: which images are confused, bool (N,).
        right: which of the same class are correct, bool (N,).
    """
    either = wrong | right
    asked = count_questions(facts.predictions["true"], facts.predictions["predicted"])
    found = judge_looks(facts.focus_predicted[either], right[either], facts.place, asked)
    wide = [one.target for one in facts.weak_classes if one.is_wide]
    are_wide = facts.is_wide or np.isin(facts.predictions["true"][wrong], wide).any()
    return found.limit(facts.doubted or bool(are_wide), cannot_clear(facts))


def cannot_clear(facts: RunFacts) -> bool:
    """Whether maps on the object prove nothing, since guidance or a shortcut explains them."""
    return bool(facts.guided or find_shortcut(facts) or find_leaning(facts))


def say_looks(facts: RunFacts, looked: Looked, wrong: str) -> str:
    """Say why images are wrong, as far as where it looks tells, in a sentence; "" if not known.

    Args:
        facts: of the run.
        looked: where it looks in them.
        wrong: what one of them is, in words.
    """
    hedge = "" if facts.checks else HEDGES[None]
    answer = looked.answer(wrong, hedge, reasoned=not looked.means)
    if not answer:
        return ""
    means = f"{looked.means[:1].upper()}{looked.means[1:]}"
    leading = f"{means}: {answer[0].lower()}{answer[1:]}"
    return leading if looked.may_lead else f"{answer} {means}."


def average_maps(facts: RunFacts, looked: Looked) -> str:
    """Say what ``say_looks`` rests on, as a sentence."""
    return looked.average(SAID_MAP.format(method=METHODS[facts.method].label))


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
    told = looked.compare(f"the {METHODS[facts.method].label} map of the class it says{doubt}")
    return f" On average {told}.{looked.bound()}"
