"""What interventions convict networks of, in a sentence each, before the table of all runs."""

from collections.abc import Sequence

from app.parts.findings import MARKS
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.findings.finding import Severity
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import REJECTED

MAX_NAMED = 3
"""Runs that are named; the table marks all."""


def draw_convicted(runs: Sequence[RunInfo]) -> None:
    """Name the newest runs that interventions convict and nobody has rejected yet."""
    convicted = [
        (run, run.conviction) for run in runs if run.conviction and run.standing != REJECTED
    ]
    for run, conviction in convicted[:MAX_NAMED]:
        name, words = plain(run.name, LONGEST_NAME), plain(conviction)
        row = draw_row(f"{MARKS[Severity.PROBLEM]} **{name} {words}.**")
        lead(row, "overview", "See why", {"run": run.run_id})
