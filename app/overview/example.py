"""What a run looks at, at a glance: one example with its map, small."""

from collections.abc import Iterable

import numpy as np
from streamlit.delta_generator import DeltaGenerator

from app.attention.map_tile import make_tile
from app.drawing.thumbnails import tile_row
from app.reads import stored_runs
from app.reads.caching import cached
from pipelines.review.findings import METHOD
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.findings.finding import Finding
from saliencnn.maps.history import MapHistory
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps
from saliencnn.store.runs import RunInfo

SIDE = 128
"""Pixels."""


def draw_example(
    row: DeltaGenerator, store: Store, run: RunInfo, findings: Iterable[Finding]
) -> str:
    """Draw the map with which Progression opens for the class that matters most.

    Args:
        row: where.
        store: where the run is.
        run: the run.
        findings: about it, what matters most first; the first that shows a class's maps counts.

    Returns:
        The class's name; "" where there is nothing to draw.
    """
    shown = (one.evidence.query for one in findings if one.evidence.page == "progression")
    name = next((str(query["class"]) for query in shown if "class" in query), "")
    classes = stored_runs.image_index(store, run.images_id).classes if name else ()
    if name not in classes:
        return ""
    target = classes.index(name)
    cases = stored_runs.examples(store, run, run.epoch, target)
    image = next((case.image for case in (*cases["correct"], *cases["missed"])), None)
    saliency = None if image is None else _read_map(store, run.run_id, run.epoch, target, image)
    if image is None or saliency is None:
        return ""
    tile = make_tile(stored_runs.image(store, run.images_id, image), saliency, SIDE)
    words = tile.caption(f"{METHODS[METHOD].label}, {quote(name, LONGEST_NAME)}")
    row.html(tile_row([(tile.source, words)], SIDE), width="content")
    return name


@cached(max_entries=256)
def _read_map(store: Store, run_id: str, epoch: int, target: int, image: int) -> np.ndarray | None:
    """Return an image's map of a class; None where training did not log it."""
    history = MapHistory()
    for table in read_class_maps(store, run_id, [epoch], target)[epoch]:
        history.add(epoch, table, image)
    return history.maps.get(METHOD, {}).get(epoch)
