"""Counts of so few images that a sentence must say so beside them."""

from saliencnn.common.sentences import count
from saliencnn.measures.groups import MIN_GROUP

FEW_MISSED, NEARLY_ALWAYS = 2, 0.9
"""Missed images of a class, at most, and how often it is right then, at least, to explain none."""


def mark_few(images: int) -> str:
    """Return what follows a count of images of which nothing about others can be said, else ""."""
    return ": few images" if images < MIN_GROUP else ""


def say_nearly_right(images: int, right: int) -> str:
    """Say that so few of a class's images are missed that nothing is to explain, else ""."""
    missed = images - right
    if not 0 < missed <= FEW_MISSED or right < NEARLY_ALWAYS * images:
        return ""
    are = "is" if missed == 1 else "are"
    return f"Only {missed} of {count(images, 'image', 'images')} {are} missed: nothing to explain."
