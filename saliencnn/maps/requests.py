"""Requests for saliency maps of evaluated networks, and how they are grouped into batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from saliencnn.saliency.methods import applicable
from saliencnn.store.evaluation_records import EvaluationInfo

BATCH = 8
"""Images explained at once; the maps of an unfinished batch are lost when it is stopped."""


@dataclass(frozen=True, eq=False)
class MapRequest:
    """A network, an image and the class to explain.

    Attributes:
        info: an evaluation of the network.
        image: position in its images' index.
        target: the class to explain.
    """

    info: EvaluationInfo
    image: int
    target: int


Slot = tuple[int, str]
"""Position of the request in its list, and the method."""
Maps = dict[Slot, np.ndarray]
"""Raw maps, each float32 (h, w)."""


@dataclass(frozen=True)
class MapResult:
    """The maps of a list of requests.

    Attributes:
        maps: all that are stored or could be computed.
        problems: why others could not be, one sentence a network.
    """

    maps: Maps
    problems: tuple[str, ...] = field(default=())


def defined_for(info: EvaluationInfo, methods: Sequence[str]) -> list[str]:
    """Return those methods that are defined for an evaluated network."""
    return applicable(methods, info.spec)


def group_by_evaluation(requests: Sequence[MapRequest]) -> dict[str, list[MapRequest]]:
    """Return the requests by the id of their evaluation, each once."""
    groups: dict[str, list[MapRequest]] = {}
    for request in requests:
        group = groups.setdefault(request.info.run_id, [])
        if request not in group:
            group.append(request)
    return groups


def make_batches(missing: dict[int, tuple[str, ...]]) -> list[tuple[tuple[str, ...], list[int]]]:
    """Return (methods, positions) of requests that lack the same maps, ``BATCH`` at most.

    Args:
        missing: position of a request -> methods whose maps it lacks.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for position, methods in missing.items():
        groups.setdefault(methods, []).append(position)
    return [
        (methods, positions[start : start + BATCH])
        for methods, positions in groups.items()
        for start in range(0, len(positions), BATCH)
    ]
