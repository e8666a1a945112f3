"""With which run a page begins where nobody has chosen one: one rule for links and pages."""

from collections.abc import Sequence

from pipelines.report.best_run import OVERALL, WITHOUT, find_best
from saliencnn.findings.glance import warn
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED, REJECTED


def find_usable(runs: Sequence[RunInfo]) -> RunInfo | None:
    """Return the network to explain a person's own image with; None where there is none.

    It is the newest that was accepted, else the best of those on the newest one's images: a retry
    of few epochs is newer than what it retries, and worse.

    Args:
        runs: newest first.
    """
    trained = [run for run in runs if run.epoch and not run.watched and run.standing != REJECTED]
    accepted = [run for run in trained if run.standing == ACCEPTED]
    finished = [run for run in trained if run.status == "finished"] or trained
    same = [run for run in finished if run.images_id == finished[0].images_id]
    return next((one for one in (*accepted[:1], _find_best(same), *trained) if one), None)


def find_to_retrain(runs: Sequence[RunInfo]) -> RunInfo | None:
    """Return the newest run that was rejected or is warned of; None without one.

    Instead of a rejected run, the best of those on the same images that were not is retrained.

    Args:
        runs: newest first.
    """
    for run in runs:
        warned = run.standing != ACCEPTED and (run.conviction or warn(run.metrics))
        if (run.standing == REJECTED or warned) and not run.watched:
            return _find_better(run, runs)
    return None


def _find_better(run: RunInfo, runs: Sequence[RunInfo]) -> RunInfo:
    """Return where to go on instead of a rejected run: an accepted one, or the best other."""
    if run.standing != REJECTED:
        return run
    others = [
        one for one in runs if one.images_id == run.images_id and one.epoch and not one.watched
    ]
    accepted = [one for one in others if one.standing == ACCEPTED]
    return _find_best(accepted) or _find_best(others) or run


def _find_best(runs: Sequence[RunInfo]) -> RunInfo | None:
    """Return the best of runs on the same images, by accuracy without the shortcut if known."""
    return find_best(runs, WITHOUT) or find_best(runs, OVERALL)
