"""The maps of a comparison, as the browser draws them: a column a network or an image."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipelines.comparison.rows import Row
from pipelines.report.cases import LONGEST_SIDE, MAX_CELLS, pack_maps
from pipelines.report.compared_errors import SeenMap
from pipelines.report.comparison import Comparison
from pipelines.report.document import Packed
from pipelines.report.story import first_of, order_methods
from saliencnn.common.sentences import count
from saliencnn.common.shown import one_line
from saliencnn.drawing.contours import outline_uri
from saliencnn.drawing.images import data_uri, encode_jpeg

ONLY = 1
"""The epoch under which the maps of an evaluated network travel: it has no others."""


def pack_comparison(comparison: Comparison) -> Packed | None:
    """Return the maps as cases, missed images of many first; None without any map."""
    cases = [_pack_missed(comparison, one) for one in _list_missed(comparison)]
    if comparison.numbers:
        cases.append(_pack_rows(comparison))
    methods = order_methods(
        {method for case in cases for column in case["columns"] for method in column["methods"]}
    )
    if not cases:
        return None
    asked = comparison.errors.asked.method if comparison.errors else ""
    named = [one["name"] for one in methods]
    packed = {"name": "", "cases": cases}
    return {"runs": [], "epochs": ONLY, "classes": [packed], "start": 0, "methods": methods,
            "first": asked if asked in named else first_of(methods)}  # fmt: skip


def _list_missed(comparison: Comparison) -> Sequence[Sequence[SeenMap]]:
    """Return the missed images of many that are not the task's own image, which comes anyway."""
    if comparison.errors is None:
        return ()
    own = comparison.task.image if comparison.task.kind == "image" else None
    others = (
        tuple(one for one in seen if one.row.request.image != own)
        for seen in comparison.errors.missed
    )
    return [*filter(None, others)]


def _pack_missed(comparison: Comparison, seen: Sequence[SeenMap]) -> Packed:
    row, classes = seen[0].row, comparison.group.class_set.classes
    several, image = len(comparison.task.models) > 1, f"{row.image}: {classes[row.true]}"
    wrong, of = sum(not one.row.correct for one in seen), count(len(seen), "network", "networks")
    heading = f"Missed by {wrong} of {of}: {image}" if several else f"Missed by {row.network}"
    names = [
        one.row.network if several else f"{classes[one.row.true]}, {one.row.image}" for one in seen
    ]
    columns = [
        _pack_column(name, one.row, one.image, one.region, one.maps, one.focus, classes)
        for name, one in zip(names, seen, strict=True)
    ]
    title = image if several else row.network
    return {"title": title, "heading": heading, "name": row.image, "columns": columns}


def _pack_rows(comparison: Comparison) -> Packed:
    row, classes = comparison.rows[0], comparison.group.class_set.classes
    several, image = comparison.task.kind == "image", f"{row.image}: {classes[row.true]}"
    columns = []
    for place, one in enumerate(comparison.rows):
        maps = {
            method: comparison.maps[place, method]
            for method in comparison.numbers
            if (place, method) in comparison.maps
        }
        measured = {method: numbers[place].focus for method, numbers in comparison.numbers.items()}
        focus = {name: np.nan if known is None else known for name, known in measured.items()}
        name = one.network if several else f"{classes[one.true]}, {one.image}"
        image_pixels, region = comparison.images[place], comparison.regions[place]
        columns.append(_pack_column(name, one, image_pixels, region, maps, focus, classes))
    return {
        "title": image if several else row.network,
        "heading": image if several else f"What {row.network} looks at",
        "name": row.image,
        "columns": columns,
    }


def _pack_column(
    name: str,
    row: Row,
    image: np.ndarray,
    region: np.ndarray | None,
    maps: Mapping[str, np.ndarray],
    focus: Mapping[str, float],
    classes: Sequence[str],
) -> Packed:
    methods = {
        method: pack_maps({ONLY: saliency}, {ONLY: focus[method]})
        for method, saliency in maps.items()
        if max(saliency.shape) <= MAX_CELLS
    }
    predicted = one_line(classes[row.predicted])
    return {
        "name": one_line(name),
        "source": data_uri("jpeg", encode_jpeg(image, LONGEST_SIDE)),
        "outline": "" if region is None else outline_uri(region, LONGEST_SIDE),
        "predictions": {
            ONLY: {"class": predicted, "confidence": row.confidence, "correct": row.correct}
        },
        "methods": methods,
    }
