"""Signs of a shortcut: accuracy that is lost where it says another class."""

import numpy as np

from saliencnn.common.sentences import count_of
from saliencnn.findings.class_focus import see_worst_focus
from saliencnn.findings.finding import Found
from saliencnn.findings.run_facts import RunFacts
from saliencnn.measures.rates import LEVEL, differ_by_chance, wilson_interval

GOOD_ACCURACY = 0.5
"""From which on it is worth asking what a network's accuracy comes from."""
SHORTCUT_GAP = 0.15
SHORTCUT = "shortcut"
"""The fault that many rules find signs of: a network knows the class by something else."""


def find_shortcut(facts: RunFacts) -> Found | None:
    """Find a network that loses much of its accuracy where the shortcut says another class."""
    without = facts.last("counterfactual_accuracy")
    images = facts.counterfactual_images
    if facts.accuracy < GOOD_ACCURACY or not relies(facts.accuracy, facts.images, without, images):
        return None
    counted = (
        count_of(round(without * images), images) if images else f"{without:.1%} of the images"
    )
    return _find_without(facts, counted)


def relies(accuracy: float, images: int, without: float, others: int) -> bool:
    """Whether accuracy is much lower without the shortcut, and not by chance.

    Args:
        accuracy: with it, 0 to 1.
        images: behind that.
        without: without it, 0 to 1; NaN where unknown.
        others: images behind that, 0 where unknown: the gap alone tells then.
    """
    if not accuracy - without >= SHORTCUT_GAP:
        return False
    if not others:
        return True
    low, _ = wilson_interval(np.array(accuracy), np.array(images))
    _, high = wilson_interval(np.array(without), np.array(others))
    return bool(low > high)


def is_telling(accuracy: float, chance: float) -> bool:
    """Whether a network knows so much that where it looks tells what its accuracy comes from.

    It is right twice as often as who always names the most frequent class; where that class has a
    third of the images or more, it makes at most half of their mistakes.

    Args:
        accuracy: 0 to 1.
        chance: accuracy of whoever always names the most frequent class, 0 to 1.
    """
    return accuracy >= max(GOOD_ACCURACY, min(2 * chance, (1 + chance) / 2))


def find_leaning(facts: RunFacts) -> Found | None:
    """Find a network that loses some accuracy without the shortcut, less than ``find_shortcut``."""
    without, images = facts.last("counterfactual_accuracy"), facts.counterfactual_images
    if facts.accuracy < GOOD_ACCURACY or not leans(facts.accuracy, facts.images, without, images):
        return None
    if find_shortcut(facts):
        return None
    counted = count_of(round(without * images), images)
    return _find_without(facts, counted)


def leans(accuracy: float, images: int, without: float, others: int) -> bool:
    """Whether accuracy is lower without the shortcut, by more than chance.

    Args:
        accuracy: with it, 0 to 1.
        images: behind that.
        without: without it, 0 to 1; NaN where unknown.
        others: images behind that, 0 where unknown.
    """
    if not others or not without < accuracy:
        return False
    return differ_by_chance(accuracy, without, images, others) <= 1 - LEVEL


def _find_without(facts: RunFacts, counted: str) -> Found:
    numbers = {"right": facts.right_in_words, "without": counted, "built": facts.built}
    return Found(numbers, see_worst_focus(facts))
