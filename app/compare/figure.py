"""The table of maps as a figure for a paper: a row a network or an image, a column a method."""

from collections.abc import Sequence

from app.compare.enlarging import make_cell
from app.drawing.sheet import describe_cell
from app.reads import stored_images
from pipelines.comparison.rows import Row
from saliencnn.drawing.figure import Figure, Tile
from saliencnn.maps.requests import Maps
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store


def draw_figure(
    store: Store,
    rows: Sequence[Row],
    classes: Sequence[str],
    maps: Maps,
    methods: Sequence[str],
    threshold: float,
) -> Figure:
    """Return the maps of a table's rows by each of its methods.

    Args:
        store: where the images are.
        rows: of the table.
        classes: names of the classes.
        maps: of the rows, by place and method.
        methods: of the table.
        threshold: what lies below it is not drawn.
    """
    tiles = []
    for place, row in enumerate(rows):
        info, image = row.request.info, row.request.image
        pixels = stored_images.image(store, info.images_id, image)
        cells = [make_cell(row, classes, maps, place, method) for method in methods]
        tiles.append((name_row(rows, row), [Tile(pixels, *describe_cell(cell)) for cell in cells]))
    labels = [METHODS[method].label for method in methods]
    return Figure(title_of(rows, classes), labels, tiles, threshold=threshold)


def name_row(rows: Sequence[Row], row: Row) -> str:
    """Return what tells a row from the others."""
    of_one_image = len({one.request.image for one in rows}) == 1
    return row.network if of_one_image else row.image


def title_of(rows: Sequence[Row], classes: Sequence[str]) -> str:
    """Return what all rows are of: image or network, and the classes that the maps explain."""
    names = ({row.image for row in rows}, {row.network for row in rows})
    shared = next((next(iter(own)) for own in names if len(own) == 1), "")
    targets = list(dict.fromkeys(classes[row.request.target] for row in rows))
    more = " and others" if len(targets) > 3 else ""
    named = f"class {', '.join(targets[:3])}{more}"
    return " · ".join(filter(None, [shared, named]))
