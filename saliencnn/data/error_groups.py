"""By which properties beside the content a network's errors divide."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from saliencnn.common.sentences import show
from saliencnn.data.properties import NONE, PROPERTIES, Value
from saliencnn.data.shortcuts import MIN_SKILL, ImageProperties, as_numbers, predict_class
from saliencnn.measures.rates import LEVEL, fisher

MIN_ERRORS, MIN_GROUP = 8, 5
"""Fewer errors in all, or images in a group, say nothing."""
GAP = 0.15
"""Between the error rates of a group and of all others, from which on it is said."""
_LONGEST = 40


def divide_errors(measured: ImageProperties, right: np.ndarray) -> tuple[str, ...]:
    """Return sentences about the groups of images in which a network errs more than elsewhere.

    A group is a quarter of the images, those with the least or the greatest values; those with one
    word; or those whose value speaks for another class, where a property tells the class. Groups
    that chance makes are left out (Fisher's exact test at 5% over all groups).

    Args:
        measured: the properties of N images.
        right: bool (N,), which of them the network classifies correctly.
    """
    wrong = ~right
    if int(wrong.sum()) < MIN_ERRORS:
        return ()
    groups = [one for name in measured.values for one in _groups(name, measured)]
    sizes = [(words, inside) for words, inside in groups if inside.sum() >= MIN_GROUP]
    found = []
    for words, inside in sizes:
        within, without = wrong[inside], wrong[~inside]
        gap = within.mean() - (without.mean() if len(without) else 1.0)
        if gap >= GAP and fisher(wrong, inside) <= (1 - LEVEL) / len(sizes):
            found.append((
                gap,
                f"It errs in {int(within.sum()):,} of the {len(within):,} images {words}, and in "
                f"{int(without.sum()):,} of the {len(without):,} others.",
            ))  # fmt: skip
    return tuple(sentence for _, sentence in sorted(found, reverse=True))


def _groups(name: str, measured: ImageProperties) -> Iterator[tuple[str, np.ndarray]]:
    """Yield groups of images by a property: in words, and which images, bool (N,)."""
    row, column = PROPERTIES[name], measured.values[name]
    if measured.says_something and (found := predict_class(measured, name)).skill >= MIN_SKILL:
        away = np.zeros(len(measured.labels), bool)
        away[measured.counted] = found.predicted != found.labels
        yield f"where {row.label} speaks for another class", away
    if any(isinstance(value, str) for value in column):
        yield from _groups_of_words(row.label, column)
    elif row.number:
        numbers = as_numbers(column)[:, 0]
        known = np.isfinite(numbers)
        low, high = np.quantile(numbers[known], (0.25, 0.75))
        for side, bound, inside in (
            ("at most", low, numbers <= low),
            ("at least", high, numbers >= high),
        ):
            if inside[known].mean() <= 0.5:
                yield f"where {row.label} is {side} {row.number.format(bound)}", inside & known


def _groups_of_words(
    label: str, column: Sequence[Value | None]
) -> Iterator[tuple[str, np.ndarray]]:
    words = np.array([str(value or NONE) for value in column])
    for word, _ in Counter(words.tolist()).most_common(5):
        yield f"where {label} is {show(word, _LONGEST)}", words == word
