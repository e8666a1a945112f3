"""What is computed about one image, once a session and with a progress bar."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from app.parts.memos import remember
from app.parts.waiting import working
from pipelines.trust.answers import MapQuery
from saliencnn.common.progress import Progress

Value = TypeVar("Value")


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

    key = (
        query.run.run_id, query.epoch, query.pixels.tobytes(), query.target, query.methods, what
    )  # fmt: skip
    return remember("evidence", key, compute_with_bar)
