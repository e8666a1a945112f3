"""Which runs a report does not tell of that a reader may ask about: those that were rejected."""

from collections.abc import Iterable, Sequence

from saliencnn.common.sentences import list_some
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import REJECTED, find_deciding

MAX_REASON = 100
"""Characters of a reason among several."""


def tell_left_out(told: Sequence[RunInfo], runs: Iterable[RunInfo]) -> str:
    """Name rejected runs on the same images that a report leaves out, and why; "" without any.

    Args:
        told: the report's.
        runs: all there are.
    """
    ids = {one.run_id for one in told}
    others = [
        f"{one_line(run.name, LONGEST_NAME)} (rejected: {one_line(deciding.reason, MAX_REASON)})"
        for run in runs
        if run.run_id not in ids and run.shares_images_with(told[0])
        if (deciding := find_deciding(run.verdicts)) and deciding.decision == REJECTED
    ]
    return f"Not shown: {list_some(others)}." if others else ""
