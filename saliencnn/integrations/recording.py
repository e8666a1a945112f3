"""How a callback records an epoch of a training that may have several processes."""

from collections.abc import Callable, Mapping

from saliencnn.common.ranks import any_rank
from saliencnn.recording.ending import Stopped
from saliencnn.watching.run import WatchedRun


def record_epoch(run: WatchedRun | None, read_numbers: Callable[[], Mapping[str, float]]) -> bool:
    """Record an epoch in the process that watches, and return whether all are to end.

    Every process of a training must call it after each epoch.

    Args:
        run: the run; None in the processes that do not watch.
        read_numbers: called for the loop's own numbers of this epoch where it is recorded.
    """
    stopped = False
    if run is not None and not run.ended:
        try:
            run.epoch(**read_numbers())
        except Stopped:
            stopped = True
    return any_rank(stopped)
