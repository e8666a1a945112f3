"""What is computed about one image, once a session and with a progress bar."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from app.parts.memos import memos, remember
from app.parts.waiting import working
from pipelines.trust.answers import MapQuery
from saliencnn.common.progress import Progress

Value = TypeVar("Value")
_NAME = "evidence"


def compute_once(
    query: MapQuery, what: tuple[Hashable, ...], compute: Callable[[Progress], Value]
) -> Value:
    """Return a value that this session remembers, or compute it with a progress bar.

    Args:
        query: the image, the network and the methods.
        what: is computed of these.
        compute: from a progress callback to the value.
    """

    def compute_with_bar() -> Value:
        with working("Loading the checkpoint…") as report:
            return compute(report)

    return remember(_NAME, _key(query, what), compute_with_bar)


def is_computed(query: MapQuery, what: tuple[Hashable, ...]) -> bool:
    """Return whether ``compute_once`` would compute nothing."""
    return memos(_NAME).get(_key(query, what)) is not None


def _key(query: MapQuery, what: tuple[Hashable, ...]) -> Hashable:
    return (
        query.run.run_id, query.epoch, query.pixels.tobytes(), query.target, query.methods, what
    )  # fmt: skip
