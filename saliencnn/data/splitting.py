"""A validation split that is drawn: the same each time, in every class, and of whole groups."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from saliencnn.common.errors import UserError

VALIDATION_FRACTION = 0.2


def draw_validation(
    groups: Sequence[str], labels: Sequence[int], part: float, seed: int
) -> set[str]:
    """Draw the groups that are held out to measure with.

    A hash of the seed and of a group's name decides, so that adding images moves no others, except
    where a class would be without an image to learn from, or without one to measure with though
    two of its groups could be parted.

    Args:
        groups: of each image, the name of the group that must not be parted, or its own.
        labels: of each image.
        part: probability, between 0 and 1, that a group is held out.
        seed: another seed, another split.

    Returns:
        The names of the groups; images of a class that all are in one group are learned from.

    Raises:
        UserError: the probability is out of its bounds.
    """
    if not 0 < part < 1:
        raise UserError(f"validation_fraction is {part}; it must be between 0 and 1.")
    of_class: defaultdict[int, set[str]] = defaultdict(set)
    classes_of: defaultdict[str, set[int]] = defaultdict(set)
    for group, label in zip(groups, labels, strict=True):
        of_class[label].add(group)
        classes_of[group].add(label)
    draws = {group: _draw(group, seed) for group in classes_of}
    ordered = {label: sorted(some, key=lambda g: draws[g]) for label, some in of_class.items()}
    held_out = {group for group, draw in draws.items() if draw < part}
    for own in ordered.values():
        if held_out.issuperset(own):
            held_out.remove(own[-1])
    for own in ordered.values():
        if held_out.isdisjoint(own):
            held_out |= set(_find_spare(own, held_out, classes_of, of_class))
    return held_out


def _find_spare(
    own: list[str],
    held_out: set[str],
    classes_of: dict[str, set[int]],
    of_class: dict[int, set[str]],
) -> list[str]:
    """Return the first group without which every class still has one to learn from, if any."""
    spare = (
        group
        for group in own
        if all(of_class[label] - held_out - {group} for label in classes_of[group])
    )
    return [group for group in [next(spare, None)] if group is not None]


def _draw(name: str, seed: int) -> float:
    """Draw a number from 0 to 1 that depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{seed}/{name}".encode(errors="surrogateescape")).digest()
    return int.from_bytes(digest[:8]) / 2**64
