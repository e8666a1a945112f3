"""Many people at a server at once."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from tests.load.visitor import Visitor, visit

Click = tuple[str, str]
"""A page and the label of a widget on it; without a label the page runs again as it is."""


async def open_at_once(
    address: str, page: str, people: int, look: Callable[[], float]
) -> tuple[list[float], float]:
    """Let people open a page at the same moment.

    Returns:
        Each one's seconds until the page stood still, and what ``look`` returns while all are
        still there.
    """
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(visit(address)) for _ in range(people)]
        times = await asyncio.gather(*(_timed_open(visitor, page) for visitor in visitors))
        return list(times), look()


async def _timed_open(visitor: Visitor, page: str) -> float:
    began = time.monotonic()
    await visitor.open(page)
    return time.monotonic() - began


async def click_along(
    address: str, clicks: Sequence[Click], people: int, pace: float, seconds: float
) -> list[float]:
    """Let people click, each one every ``pace`` seconds; return how long each click took."""
    each = (
        _click_on(address, clicks[number % len(clicks)], pace * number / people, pace, seconds)
        for number in range(people)
    )
    return [one for times in await asyncio.gather(*each) for one in times]


async def _click_on(
    address: str, click: Click, delay: float, pace: float, seconds: float
) -> list[float]:
    page, label = click
    times = []
    async with visit(address) as visitor:
        await visitor.open(page)
        await asyncio.sleep(delay)
        for number in range(1, round(seconds / pace) + 1):
            began = time.monotonic()
            await (visitor.pick(label, number) if label else visitor.run())
            times.append(time.monotonic() - began)
            await asyncio.sleep(max(0.0, pace - times[-1]))
    return times
