"""Counts of so few images that a sentence must say so beside them."""

from saliencnn.measures.groups import MIN_GROUP


def mark_few(images: int) -> str:
    """Return what follows a count of images of which nothing about others can be said, else ""."""
    return ": few images" if images < MIN_GROUP else ""
