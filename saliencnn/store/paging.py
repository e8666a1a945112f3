"""What MLflow answers in pages, read to the last one."""

from collections.abc import Callable, Iterator
from typing import Any


def read_pages(read: Callable[[str | None], Any]) -> Iterator[Any]:
    """Yield the items of all pages.

    Args:
        read: returns MLflow's page, a ``PagedList``, of a token; None stands for the first one.
    """
    token: str | None = None
    while True:
        page = read(token)
        yield from page
        token = page.token
        if not token:
            return
