"""A run in one line, and runs in words."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from saliencnn.common.sentences import count, cut_middle
from saliencnn.common.shown import LONGEST_NAME, one_line, tell_apart
from saliencnn.store.runs import RunInfo

MARKS = {"running": "▶", "finished": "✓", "failed": "✗", "stopped": "■"}
STANDINGS = {"accepted": "✔ accepted", "": "no verdict", "rejected": "✖ rejected"}
"""How a run stands after its verdicts, as people read it."""
LONGEST_LABEL = 4 * LONGEST_NAME
"""Characters of a run among others: its name, its image set and more."""
LONGEST_OPTION = 32
"""Characters that a field of the sidebar shows: what differs must be among them."""
SEPARATOR = " · "
"""Stands between the parts of a name."""


def labels(runs: Mapping[str, RunInfo]) -> dict[str, str]:
    """Return run id -> the run in one line, which differs from those of the others."""
    names = cut_names({one: run.name for one, run in runs.items()})
    return {run_id: label(run, names[run_id]) for run_id, run in runs.items()}


def cut_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return run id -> its name, none like another, cut so that what differs stays in sight.

    What a long name begins with as another does is left out first.
    """
    lines = {run_id: one_line(name) for run_id, name in names.items()}
    begun = {run_id: line.split(SEPARATOR) for run_id, line in lines.items()}
    shorter = {
        run_id: _leave_out(parts, [other for key, other in begun.items() if key != run_id])
        for run_id, parts in begun.items()
    }
    told = tell_apart(shorter, LONGEST_OPTION, mark=short_id)
    return {
        run_id: name if len(name) <= LONGEST_OPTION else _mark(shorter[run_id], run_id)
        for run_id, name in told.items()
    }


def _leave_out(parts: Sequence[str], others: Iterable[Sequence[str]]) -> str:
    """Return a name without as many of its first parts as make it short, if others have them too.

    Args:
        parts: of the name.
        others: the parts of other names.
    """
    begin = max((_count_shared(parts, other) for other in others), default=0)
    usual = SEPARATOR.join(parts)
    if len(usual) <= LONGEST_OPTION:
        return usual
    for left_out in range(1, min(begin, len(parts) - 1) + 1):
        shorter = f"…{SEPARATOR.join(parts[left_out:])}"
        if len(shorter) <= LONGEST_OPTION:
            return shorter
    return usual


def _count_shared(parts: Sequence[str], other: Sequence[str]) -> int:
    """Return with how many parts both names begin."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(parts, other, strict=False))
    )


def _mark(name: str, run_id: str) -> str:
    mark = f" ({short_id(run_id)})"
    return cut_middle(name, LONGEST_OPTION - len(mark)) + mark


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


def label(run: RunInfo, name: str = "") -> str:
    """Return a run in one line, first what helps to choose: name, accuracy, verdict.

    Args:
        run: the run.
        name: what it is called there; by default its own name.
    """
    newest = run.metrics.get("val_accuracy")
    accuracy = f"{newest:.1%}" if newest is not None else "no epoch yet"
    mark = f"{MARKS[run.status]} {run.status}"
    standing = [STANDINGS[run.standing]] if run.standing else []
    own, image_set, arch = (
        one_line(text, LONGEST_NAME) for text in (run.name, run.image_set, run.arch)
    )
    what = [] if arch in own and image_set in own else [image_set, arch]
    return " · ".join([name or own, accuracy, *standing, *what, mark])
