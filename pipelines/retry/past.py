"""What past runs teach, and by what they are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipelines.errors import UserError
from pipelines.hyperparameters import Hyperparameters
from pipelines.measures.attention import MAP_MEASURES

FOCUS = "focus"
"""Judges the maps wherever an object's place is known, unless a person chooses another measure."""
SIGNS = {FOCUS: 1, **{name: measure.sign for name, measure in MAP_MEASURES.items()}}
"""Everything that maps can be judged by: 1 where more is better, -1 where less is."""
LABELS = {FOCUS: FOCUS, **{name: measure.label for name, measure in MAP_MEASURES.items()}}
"""How people call it."""


@dataclass(frozen=True)
class PastRun:
    """What a past run teaches.

    Attributes:
        hyperparameters: its own.
        accuracy: best validation accuracy, 0 to 1.
        measures: what its maps come to, by names of ``SIGNS``; only what was measured.
        rejected: whether it stands rejected by a person.
        name: for people.
    """

    hyperparameters: Hyperparameters
    accuracy: float
    measures: Mapping[str, float] = field(default_factory=dict)
    rejected: bool = False
    name: str = ""


@dataclass(frozen=True)
class Comparable:
    """Past runs that all have what they are judged by.

    Attributes:
        runs: oldest first.
        judge: name of ``SIGNS`` by which their maps are judged, or empty for accuracy alone.
    """

    runs: tuple[PastRun, ...]
    judge: str

    @property
    def values(self) -> np.ndarray:
        """What each run is judged by, each the more the better: float (N, 2), or (N, 1)."""
        columns = [[run.accuracy for run in self.runs]]
        if self.judge:
            columns.append([SIGNS[self.judge] * run.measures[self.judge] for run in self.runs])
        return np.array(columns).T


def comparable(history: Sequence[PastRun], judge: str = "") -> Comparable:
    """Return the runs that can be judged alike; a study needs all values of all its trials.

    Args:
        history: past runs on the same image set with the same architecture.
        judge: what their maps are judged by, a name of ``SIGNS``; runs without it are left out.
            By default the first that any run has: focus, else the noise of the maps.

    Raises:
        UserError: there is no such measure.
    """
    if judge and judge not in SIGNS:
        raise UserError(f"The judge is {judge!r}; it must be one of {', '.join(SIGNS)}.")
    known = [name for name in SIGNS if any(name in run.measures for run in history)]
    chosen = judge or next(iter(known), "")
    return Comparable(tuple(run for run in history if not chosen or chosen in run.measures), chosen)
