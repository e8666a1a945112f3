"""The maps of a clicked cell, enlarged: of one image by all networks, or of one row's image."""

from collections.abc import Sequence

from app.attention.map_tile import note_of
from app.drawing.sheet import Cell, Sheet
from app.parts.columns import short_label
from app.parts.sheets import enlarge
from app.reads import stored_images
from pipelines.comparison.rows import Row
from saliencnn.drawing.heat import rescale_one
from saliencnn.maps.requests import Maps
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store


def enlarge_clicked(
    store: Store,
    rows: Sequence[Row],
    classes: Sequence[str],
    maps: Maps,
    methods: Sequence[str],
    clicked: tuple[int, str],
    threshold: float,
) -> None:
    """Open the enlarged view at the map of a cell of the table.

    Args:
        store: where the images are.
        rows: of the table.
        classes: names of the classes.
        maps: of the rows, by place and method.
        methods: of the table.
        clicked: place of the row, and the column's header.
        threshold: what lies below it is not drawn.
    """
    place, header = clicked
    request = rows[place].request
    shown = [n for n, row in enumerate(rows) if row.request.image == request.image]
    of_method = [n for n, method in enumerate(methods) if _is_of(header, short_label(method))]
    cells = [[make_cell(rows[n], classes, maps, n, name) for n in shown] for name in methods]
    named = [METHODS[name].label for name in methods]
    networks = [_describe(rows[n], classes) for n in shown]
    # What stands beside the large map: the other networks' where there are any, else the methods'.
    by_network = len(shown) > 1
    sheet = Sheet(
        f"{rows[place].image} · class {classes[request.target]}",
        stored_images.image(store, request.info.images_id, request.image),
        list(zip(networks, zip(*cells, strict=True), strict=True))
        if by_network
        else list(zip(named, cells, strict=True)),
        named if by_network else networks,
        threshold=threshold,
    )
    at = (next(iter(of_method), 0), shown.index(place))
    row, column = reversed(at) if by_network else at
    enlarge(sheet, "compare-enlarged", row=row, column=column)


def _describe(row: Row, classes: Sequence[str]) -> str:
    """Return a network with what it predicts."""
    mark = "✓" if row.correct else "✗"
    return f"{row.network}: {mark} {classes[row.predicted]} ({row.confidence:.0%})"


def _is_of(header: str, label: str) -> bool:
    """Return whether a column is of a method; ``CAM contours`` is, ``CAM++ contours`` not."""
    return header == label or header.startswith(f"{label} ")


def make_cell(row: Row, classes: Sequence[str], maps: Maps, place: int, method: str) -> Cell:
    """Return one row's map by a method, with what the network predicts."""
    saliency = maps.get((place, method))
    note = "not computed" if saliency is None else note_of(saliency)
    return Cell(
        None if saliency is None or note else rescale_one(saliency),
        predicted=classes[row.predicted],
        confidence=row.confidence,
        correct=row.correct,
        note=note,
    )
