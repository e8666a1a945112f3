"""Maps on a page that a click or Enter enlarges; the browser draws them.

In the enlarged view opacity, threshold and contour lines act at once, the image stands alone while
a button or a key is held, two maps can be swiped, and what is shown can be downloaded.
"""

from typing import Any

import streamlit as st

from app.drawing.sheet import Sheet
from app.parts.saving import offer_figure
from app.reads import stored_images
from saliencnn.drawing.scripts import read_scripts, read_styles
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

CELL = 168
"""Pixels of a map's edge."""


def component(name: str, *scripts: str) -> Any:
    """Return a Streamlit component made of our scripts and styles, which holds no HTML of its own.

    Args:
        name: unique.
        scripts: see ``read_scripts``, of which the last has the default export.
    """
    return st.components.v2.component(
        name,
        css=read_styles("overlays", "maps"),
        js=read_scripts(*scripts),
    )


SCRIPTS = ("paint", "elements", "enlarged", "table")
"""What draws maps, in each component."""
_sheet = component("saliencnn_sheet", *SCRIPTS, "sheet")


def name_image(
    store: Store,
    run: RunInfo,
    image: int | None,
    target: int,
    epoch: int | None = None,
    beside: RunInfo | None = None,
) -> str:
    """Say what maps are of: run or both runs, epoch, image (None: one's own) and target class."""
    index = stored_images.image_index(store, run.images_id)
    image_name = "your image" if image is None else index.names[image]
    runs = run.name if beside is None else f"{run.name} and {beside.name}"
    at = [] if epoch is None else [f"epoch {epoch}"]
    return " · ".join([runs, *at, image_name, f"class {index.classes[target]}"])


def draw_sheet(sheet: Sheet, key: str, cell: int = CELL) -> None:
    """Draw a sheet as a table whose maps a click or Enter enlarges.

    Args:
        sheet: the maps.
        key: of the place on the page, unique.
        cell: pixels of a map's edge.
    """
    _sheet(key=key, data={**sheet.pack(), "cell": cell})
    offer_figure(sheet.draw, sheet.title, key)


def enlarge(sheet: Sheet, key: str, row: int, column: int) -> None:
    """Open the enlarged view at a map, for what was clicked elsewhere, e.g. in a table.

    It opens when what is asked for changes, and stays closed once a person has closed it.

    Args:
        sheet: the maps; nothing of them is drawn on the page itself.
        key: of the place on the page, unique.
        row: the map's row.
        column: the map's column.
    """
    _sheet(key=key, data={**sheet.pack(), "cell": 0, "open": [row, column]})
