"""What a report says of a question that is asked of many images, read from the store."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.comparison.asked import Question
from pipelines.comparison.class_maps import (
    ClassMaps,
    gather_maps,
    measure_focus,
    request_maps,
)
from pipelines.comparison.errors import ErrorsAnswer, answer_errors
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import Read, Row, row_of
from saliencnn.common.progress import Progress
from saliencnn.data.decode import decode_image
from saliencnn.maps.explainer import compute_maps
from saliencnn.maps.requests import MapRequest
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_region

MAX_MISSED = 3
"""Missed images that are shown with the maps of all networks."""
MAX_OF_ONE = 6
"""Those that are shown of a single network."""


@dataclass(frozen=True, eq=False)
class SeenMap:
    """One image with a network's map of it.

    Attributes:
        row: the network, the image and the prediction.
        image: uint8 (S, S, 3), as the network sees it.
        region: the object, bool (S, S); None where its place is unknown.
        maps: method -> raw map; without those that were not computed.
        focus: method -> fraction of the map's energy on the object; NaN where unknown.
    """

    row: Row
    image: np.ndarray
    region: np.ndarray | None
    maps: dict[str, np.ndarray]
    focus: dict[str, float]


@dataclass(frozen=True, eq=False)
class Errors:
    """A question that is asked of many images, and its answer.

    Attributes:
        asked: the question.
        answer: of all images that were explained.
        missed: some missed images: a tuple an image with a map a network; of a single network one
            tuple with a map an image.
        problems: why maps could not be computed, in sentences.
    """

    asked: Question
    answer: ErrorsAnswer
    missed: tuple[tuple[SeenMap, ...], ...]
    problems: tuple[str, ...]


def read_errors(
    store: Store, asked: Question, group: Group, read: Read, threshold: float, report: Progress
) -> Errors:
    """Read whether maps explain errors, computing the maps that nobody computed before.

    Args:
        store: where the evaluations are.
        asked: what is asked, of whom.
        group: the evaluations.
        read: reads what an evaluation stores.
        threshold: fraction of a map's maximum from which on a cell belongs to its region.
        report: called with the progress; what it raises ends the work.
    """
    infos, images = asked.infos, asked.subject.images
    index, images_id = read(infos[0]).index, infos[0].images_id
    requests = request_maps(infos, images, index.labels)
    found = compute_maps(store, requests, [asked.method], report)
    tables = {info.run_id: read(info).predictions for info in infos}
    class_maps = gather_maps(infos, images, found.maps, tables, asked.method)
    regions = {
        image: read_region(store, images_id, index, image, "object") for image in images.tolist()
    }
    focus = [measure_focus(one, lambda image: regions[image]) for one in class_maps]
    answer = answer_errors(asked, class_maps, focus, index, threshold)

    def see(network: int, place: int) -> SeenMap:
        image = int(images[place])
        request = MapRequest(infos[network], image, int(index.labels[image]))
        saliency = class_maps[network].maps[place]
        known = bool(np.isfinite(saliency).all())
        return SeenMap(
            row_of(request, group, read),
            decode_image(read_image(store, images_id, index, image), index.names[image]),
            regions[image],
            {asked.method: saliency} if known else {},
            {asked.method: float(focus[network][place])},
        )

    places = choose_missed(class_maps, [name in answer.clear for name in asked.names])
    cases = (
        [[(0, place) for place in places]]
        if len(infos) == 1
        else ([[(network, place) for network in range(len(infos))] for place in places])
    )
    missed = tuple(tuple(see(*one) for one in case) for case in cases if case)
    return Errors(asked, answer, missed, found.problems)


def choose_missed(class_maps: Sequence[ClassMaps], clear: Sequence[bool]) -> list[int]:
    """Return the places of some missed images: those that most networks miss come first.

    Args:
        class_maps: each network's maps of the same images.
        clear: whether maps may explain a network's errors; if they do of any, these count.
    """
    among = [
        one for one, is_clear in zip(class_maps, clear, strict=True) if is_clear or not any(clear)
    ]
    missed = np.stack([~one.correct & np.isfinite(one.maps).all(axis=(1, 2)) for one in among])
    order = np.argsort(-missed.sum(axis=0), kind="stable")
    most = MAX_OF_ONE if len(class_maps) == 1 else MAX_MISSED
    return [int(place) for place in order[:most] if missed[:, place].any()]
