"""`make load`: what a crowd waits for on two cores, beside an empty page; exit 1 on a FAIL.

The store is the one that `saliencnn app` would show here: `make demo` makes one.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np

from tests.benchmarks.row import Row
from tests.load.crowd import Click, click_along, open_at_once
from tests.load.servers import Server, dashboard, empty_page
from tests.load.visitor import visit

PAGES = ("", "overview", "progression", "trust", "retrain", "compare", "colours")
CLICKS: tuple[Click, ...] = (
    ("overview", "Epoch"),
    ("progression", "Class"),
    ("progression", "Attention threshold"),
    ("trust", "Class"),
    ("compare", "Compare"),
    ("colours", "Class · missed images"),
    ("", ""),
)
NOTHING: tuple[Click, ...] = (("", ""),)
RUNS = 10
PACE, MINUTE = 5.0, 60.0
FEW, MANY = 25, 50


async def first_visit(app: Server, empty: Server) -> Row:
    (here,), _ = await open_at_once(app.address, "", 1, app.memory)
    (there,), _ = await open_at_once(empty.address, "", 1, empty.memory)
    beside = f"it answered {app.started:.1f} s after its start; empty: {there:.2f}"
    return Row("Home, the first visitor after a start, s", here, 2, beside)


async def warm_run(server: Server, page: str) -> float:
    async with visit(server.address) as visitor:
        await visitor.open(page)
        await visitor.run()
        before = server.cpu()
        for _ in range(RUNS):
            await visitor.run()
        return (server.cpu() - before) / RUNS


async def warm_runs(app: Server, empty: Server) -> list[Row]:
    rows = []
    for page in PAGES:
        here, there = await warm_run(app, page), await warm_run(empty, "")
        name = page.capitalize() or "Home"
        rows.append(Row(f"{name}, CPU of a warm run, s", here, 0.1, f"empty: {there:.3f}"))
    return rows


async def clicking(app: Server, empty: Server) -> Row:
    there = await click_along(empty.address, NOTHING, FEW, PACE, MINUTE / 3)
    await click_along(app.address, CLICKS, FEW, PACE, PACE)
    before = app.cpu()
    here = await click_along(app.address, CLICKS, FEW, PACE, MINUTE)
    used = (app.cpu() - before) / len(here)
    beside = (
        f"median {np.median(here):.2f}, longest {max(here):.2f}, {used:.3f} s of CPU a click; "
        f"empty: {np.percentile(there, 95):.2f}"
    )
    what = f"{FEW} people, a click every {PACE:g} s, 95% of the clicks, s"
    return Row(what, float(np.percentile(here, 95)), 1.5, beside)


async def opening(app: Server, empty: Server) -> list[Row]:
    there, bare = await open_at_once(empty.address, "", MANY, empty.memory)
    here, memory = await open_at_once(app.address, "overview", MANY, app.memory)
    beside = f"median {np.median(here):.1f}; empty: {max(there):.1f}"
    return [
        Row(f"{MANY} people open Overview at once, the last one waits, s", max(here), 15, beside),
        Row(f"memory with {MANY} people, MB", memory, 1000, f"empty: {bare:.0f}"),
        Row("memory of the process that computes for it, MB", app.memory_beside(), 1500, ""),
    ]


async def measure(app: Server, empty: Server) -> AsyncIterator[Row]:
    yield await first_visit(app, empty)
    for row in await warm_runs(app, empty):
        yield row
    yield await clicking(app, empty)
    for row in await opening(app, empty):
        yield row


async def report(app: Server, empty: Server) -> bool:
    """Print each row as it is measured; return whether all passed."""
    passed = True
    async for row in measure(app, empty):
        print(row, flush=True)
        passed = passed and row.passed
    return passed


with (
    tempfile.TemporaryDirectory() as folder,
    dashboard(Path(folder)) as app,
    empty_page(Path(folder)) as empty,
):
    sys.exit(not asyncio.run(report(app, empty)))
