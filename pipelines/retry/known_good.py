"""Settings that are known to work: those of a good run on the same images, to be taken over."""

import numpy as np

from pipelines.retry.history import SIGNS, Comparable, PastRun
from pipelines.retry.space import SPACE, inside, place
from saliencnn.common.hyperparameters import Hyperparameters

CLEARLY = 0.2
"""By which fraction of the start's value the ranking criterion of a clearly better run differs."""
ACCURACY_LOSS = 0.02
"""What a clearly better run may lack of the start's accuracy."""


def find_known_good(start: Hyperparameters, ranked: Comparable) -> PastRun | None:
    """Return the run nearest to the start that is known to be good where the start is not.

    Good is a run that a person accepted, or, where nobody rejected it, one whose ranking criterion
    is clearly better than the start's at hardly less accuracy.

    Args:
        start: the run that a retry starts from.
        ranked: the past runs.

    Returns:
        The run; None without one, where the start stands accepted itself, and where the start with
        the run's values has been trained already.
    """
    own = [run for run in ranked.runs if run.hyperparameters == start]
    if any(run.accepted for run in own):
        return None
    good = [run for run in ranked.runs if _is_good(run, own, ranked.criterion)]
    trained = {run.hyperparameters for run in ranked.runs}
    new = [run for run in good if take_over(start, run) not in trained]
    origin = place(start)
    return min(
        new,
        key=lambda run: float(np.linalg.norm(place(run.hyperparameters) - origin)),
        default=None,
    )


def take_over(start: Hyperparameters, run: PastRun) -> Hyperparameters:
    """Return the start with a run's values of the search space, and nothing else changed."""
    values = {name: getattr(run.hyperparameters, name) for name in SPACE}
    return Hyperparameters.from_mapping({**start.as_dict(), **inside(values)})


def _is_good(run: PastRun, own: list[PastRun], criterion: str) -> bool:
    if run.accepted or run.rejected or not criterion or not own:
        return run.accepted
    before = max(own, key=lambda one: one.accuracy)
    gain = SIGNS[criterion] * (run.measures[criterion] - before.measures[criterion])
    return (
        gain >= CLEARLY * abs(before.measures[criterion])
        and gain > 0
        and run.accuracy >= before.accuracy - ACCURACY_LOSS
    )
