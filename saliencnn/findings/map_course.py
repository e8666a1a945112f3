"""What changed over the epochs in what is said of one image, and in where its maps lie."""

from collections.abc import Mapping
from itertools import groupby

import numpy as np

from saliencnn.common.sentences import join_words, quote
from saliencnn.findings.map_location import NOWHERE, name_location

MOST_CHANGES = 4
"""Stretches of epochs that are told one by one."""


def describe_course(
    predicted: Mapping[int, str], maps: Mapping[int, np.ndarray], method: str
) -> str:
    """Say what the network predicts over the epochs, and since when its maps lie where they do.

    Args:
        predicted: epoch -> the class that it predicts; at least one.
        maps: epoch -> a map, float (h, w), of one method.
        method: as people call it.
    """
    said = _describe_predictions(predicted)
    places = {epoch: name_location(one) for epoch, one in sorted(maps.items())}
    stretches = _find_stretches(places)
    if not stretches or stretches[-1][0] == NOWHERE:
        return f"{said}."
    place, first, last = stretches[-1]
    since = "at every epoch" if len(stretches) == 1 else _say_when(first, last, last)
    return f"{said}; {since} its {method} map {place}."


def _describe_predictions(predicted: Mapping[int, str]) -> str:
    stretches = _find_stretches(predicted)
    end = stretches[-1][2]
    if len(stretches) == 1:
        return f"{quote(stretches[0][0])} at every epoch"
    if len(stretches) <= MOST_CHANGES:
        told = [f"{quote(name)} {_say_when(first, last, end)}" for name, first, last in stretches]
        return join_words(told, len(told))
    name, first, _ = stretches[-1]
    changes = len(stretches) - 1
    return f"{quote(name)} {_say_when(first, end, end)}, after {changes} changes"


def _find_stretches(told: Mapping[int, str]) -> list[tuple[str, int, int]]:
    """Return what is told, with the first and the last epoch of each stretch that tells it."""
    grouped = (
        (what, [epoch for epoch, _ in own])
        for what, own in groupby(sorted(told.items()), key=lambda item: item[1])
    )
    return [(what, epochs[0], epochs[-1]) for what, epochs in grouped]


def _say_when(first: int, last: int, end: int) -> str:
    if first == last:
        return f"at epoch {first}"
    return f"from epoch {first} on" if last == end else f"at epochs {first} to {last}"
