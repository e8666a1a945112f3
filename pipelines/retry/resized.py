"""Past runs on the same images at other sizes, which say what larger images brought."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.retry.history import PastRun, read_past
from saliencnn.data.size import write_size
from saliencnn.store.run_info import RunInfo


@dataclass(frozen=True)
class ResizedRun:
    """A past run on the same images at another size than the run to start from.

    Attributes:
        run_id: its id.
        size: of its images, as ``write_size`` writes it.
        past: what it teaches.
        before: accuracy of the run to start from.
    """

    run_id: str
    size: str
    past: PastRun
    before: float


def resized_runs(runs: Sequence[RunInfo], start: RunInfo) -> tuple[ResizedRun, ...]:
    """Return the runs on the same images at other sizes with the same architecture, oldest first.

    Args:
        runs: all of the store.
        start: the run that a retry starts from.
    """
    like = [one for one in runs if _is_resized(one, start) and one.epoch and not one.watched]
    found = ((one, read_past(one)) for one in sorted(like, key=lambda one: one.started))
    own = start.metrics.get("best_val_accuracy", 0.0)
    return tuple(
        ResizedRun(one.run_id, write_size(one.image_size), past, own) for one, past in found if past
    )


def _is_resized(run: RunInfo, start: RunInfo) -> bool:
    own, other = (
        (one.data, one.arch, one.seed, one.window, one.fit, one.weights) for one in (start, run)
    )
    return own == other and run.image_size != start.image_size
