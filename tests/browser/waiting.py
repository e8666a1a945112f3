"""Wait until a page stands still: what is clicked by its place must not move on the way."""

from playwright.sync_api import Locator, Page

from app.trust.table import ROW_HEIGHT

_STANDS_STILL = """() => {
    const all = selector => [...document.querySelectorAll(selector)];
    return document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
        && !all("[data-testid=stSkeleton]").length
        && all("[data-testid=stVegaLiteChart]").every(one => one.querySelector("canvas, svg.marks"))
        && all("[data-testid=stDataFrame]")
            .filter(one => one.offsetParent && !one.closest("details:not([open])"))
            .every(one => one.querySelector("canvas"))
        && all("img").every(one => one.complete);
}"""

_ENDED = """() =>
    document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
    && document.querySelector("[data-testid=stMain] [data-testid=stElementContainer]")"""
OFTEN = 50
"""Milliseconds between two looks; a look at each frame, the default, has each frame drawn."""


def visit(page: Page, address: str) -> None:
    """Open a page, and wait no longer than until its script has ended.

    What is expected before is looked for ever more rarely, in the end once a second.
    """
    page.goto(address)
    page.wait_for_function(_ENDED, polling=OFTEN, timeout=120_000)


def settle(page: Page) -> None:
    """Wait until the script has ended and each element that it sent is drawn.

    Elements whose code is still being fetched show a skeleton, and whatever lies below them
    moves once they are drawn; a later table may even be the page's first for a while.
    """
    page.wait_for_function(_STANDS_STILL, polling=OFTEN)


def click_cell(table: Locator, row: int, share: float | None = None) -> None:
    """Click a cell of a table, which is drawn on a canvas.

    Args:
        table: The table.
        row: The row, from 0 below the header.
        share: The place in the row as a share of the table's width; None: its tick box.
    """
    settle(table.page)
    place = table.bounding_box()
    assert place is not None
    x = 18 if share is None else share * place["width"]
    table.click(position={"x": x, "y": (row + 1.5) * ROW_HEIGHT})
