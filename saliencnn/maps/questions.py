"""Questions about why evaluated networks score images as they do, and how they are dealt with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from saliencnn.models.catalogue import EVALUABLE
from saliencnn.saliency.explain import applicable
from saliencnn.store.evaluation_records import EvaluationInfo

Report = Callable[[float, str], None]
"""Told the share that is done, 0 to 1, and in words what is being done; may raise to cancel."""
BATCH = 8
"""Images that are explained at once; what is computed of them is lost if somebody stops."""


@dataclass(frozen=True, eq=False)
class Question:
    """Why does this network score this image as this class?

    Attributes:
        info: an evaluation of the network.
        image: position in its images' index.
        target: the class to explain.
    """

    info: EvaluationInfo
    image: int
    target: int


Spot = tuple[int, str]
"""Position of the question, and the method."""
Maps = dict[Spot, np.ndarray]
"""Raw maps, each float32 (h, w)."""


@dataclass(frozen=True)
class Answer:
    """What became of questions.

    Attributes:
        maps: all that could be had.
        problems: why others could not, one sentence a network.
    """

    maps: Maps
    problems: tuple[str, ...] = field(default=())


def defined_for(info: EvaluationInfo, methods: Sequence[str]) -> list[str]:
    """Return those methods that are defined for an evaluated network."""
    return applicable(methods, EVALUABLE[info.arch])


def by_evaluation(questions: Sequence[Question]) -> dict[str, list[Question]]:
    """Return the questions by the id of their evaluation, each once."""
    groups: dict[str, list[Question]] = {}
    for question in questions:
        group = groups.setdefault(question.info.run_id, [])
        if question not in group:
            group.append(question)
    return groups


def batches_of(lacking: dict[int, tuple[str, ...]]) -> list[tuple[tuple[str, ...], list[int]]]:
    """Return (methods, places), at most ``BATCH`` places each, of those that lack the same."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, names in lacking.items():
        alike.setdefault(names, []).append(place)
    return [
        (names, places[start : start + BATCH])
        for names, places in alike.items()
        for start in range(0, len(places), BATCH)
    ]


def part_of(report: Report, number: int, parts: int, name: str, share: float, words: str) -> None:
    """Report the progress of one of several parts as that of the whole."""
    report((number + share) / parts, f"{name}: {words}")
