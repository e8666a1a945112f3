"""A run in one line, and runs in words."""

from collections.abc import Iterable, Mapping

from saliencnn.common.sentences import count
from saliencnn.common.shown import LONGEST_NAME, one_line, tell_apart
from saliencnn.store.runs import RunInfo

MARKS = {"running": "▶", "finished": "✓", "failed": "✗", "stopped": "■"}
STANDINGS = {"accepted": "✔ accepted", "": "no verdict", "rejected": "✖ rejected"}
"""How a run stands after its verdicts, as people read it."""
LONGEST_LABEL = 4 * LONGEST_NAME
"""Characters of a run among others: its name, its image set and more."""


def labels(runs: Mapping[str, RunInfo]) -> dict[str, str]:
    """Return run id -> the run in one line, which differs from those of the others."""
    told = {run_id: label(run) for run_id, run in runs.items()}
    return tell_apart(told, LONGEST_LABEL, mark=short_id)


def short_id(run_id: str) -> str:
    """Return what tells runs of the same name apart."""
    return run_id[:6]


def describe(runs: Iterable[RunInfo]) -> str:
    """Return what a chart is of in words: runs, their networks, their images."""
    told: dict[str, list[str]] = {}
    for run in runs:
        # A run without a name of its own is called by what it is already.
        own = run.arch in run.name and run.image_set in run.name
        what = "" if own else f"{run.arch} on {run.image_set}: "
        told.setdefault(what, []).append(f"{run.name}, {count(run.epoch, 'epoch', 'epochs')}")
    return "; ".join(f"{what}{'; '.join(named)}" for what, named in told.items())


def label(run: RunInfo) -> str:
    """Return a run in one line, first what helps to choose: name, accuracy, verdict."""
    newest = run.metrics.get("val_accuracy")
    accuracy = f"{newest:.1%}" if newest is not None else "no epoch yet"
    mark = f"{MARKS[run.status]} {run.status}"
    standing = [STANDINGS[run.standing]] if run.standing else []
    name, image_set, arch = (
        one_line(text, LONGEST_NAME) for text in (run.name, run.image_set, run.arch)
    )
    what = [] if arch in name and image_set in name else [image_set, arch]
    return " · ".join([name, accuracy, *standing, *what, mark])
