"""Settings that are known to work: those of a good run on the same images, and guidance.

Guidance works wherever it is known where the objects are (measured in docs/guides/guidance.md).
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from pipelines.retry.history import FOCUS, Comparable, PastRun
from pipelines.retry.space import SPACE, inside, place
from saliencnn.common.hyperparameters import BOTH, UNGUIDED, Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.findings.of_interventions import READ_BESIDE
from saliencnn.measures.focus import INSIDE

OUTSIDE_SPACE = ("guidance", "guidance_weight", "ignored", "new_background")
"""What is taken over beside the space."""
CLEARLY = 0.2
"""By which fraction of the start's value the ranking criterion of a clearly better run differs."""
ACCURACY_LOSS = 0.02
"""What a clearly better run may lack of the start's accuracy."""


def find_known_good(start: Hyperparameters, ranked: Comparable) -> PastRun | None:
    """Return the run nearest to the start that is known to be good where the start is not.

    Good is a run that a person accepted, or one that is not ruled out, whose numbers tell
    (``PastRun.tells``) and that has hardly less accuracy than the start, where interventions
    convict the start and clear the run, or where the run's ranking criterion is clearly better.
    What interventions clear comes before what they were not tried on. Of runs that nobody accepted
    only those with the start's training images and first weights count: else the values alone do
    not make them what they are.

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
        key=lambda run: (
            not run.cleared,
            float(np.linalg.norm(place(run.hyperparameters) - origin)),
        ),
        default=None,
    )


def take_over(start: Hyperparameters, run: PastRun) -> Hyperparameters:
    """Return the start with a run's values of the search space and of ``OUTSIDE_SPACE``."""
    values = {name: getattr(run.hyperparameters, name) for name in SPACE}
    others = {name: getattr(run.hyperparameters, name) for name in OUTSIDE_SPACE}
    return Hyperparameters.from_mapping({**start.as_dict(), **inside(values), **others})


def find_trained(proposal: Hyperparameters, history: Mapping[str, PastRun]) -> str | None:
    """Return the id of a run that has a proposal's values, for as many epochs; None without one.

    Args:
        proposal: all values.
        history: past runs by their ids; those that are ruled out do not count.
    """
    return next(
        (
            run_id
            for run_id, run in history.items()
            if run.hyperparameters.epochs == proposal.epochs
            and take_over(proposal, run) == proposal
            and not run.ruled_out
        ),
        None,
    )


def guide(start: Hyperparameters, ranked: Comparable) -> Hyperparameters | None:
    """Return the start with guidance to the objects, or with that and new backgrounds.

    New backgrounds come at once where interventions find first of all that the start reads the
    background; a past run names no second accusation. Else they come once guidance alone has been
    tried: it cannot separate what lies in the object's own cells.

    Args:
        start: the run that a retry starts from.
        ranked: the past runs.

    Returns:
        None where both have been tried, where the objects' places are unknown, and where the start
        is not ruled out and most of its maps lies on the object.
    """
    own = [run for run in ranked.runs if run.hyperparameters == start]
    focus = max((run.measures.get(FOCUS, 0.0) for run in own), default=1.0)
    needed = any(run.ruled_out for run in own) or focus < INSIDE
    known = any(FOCUS in run.measures for run in ranked.runs)
    if not known or not needed:
        return None
    guided = start
    if start.guidance == UNGUIDED:
        guided = replace(start, guidance=BOTH, guidance_weight=1.0, mixup=0.0, cutmix=0.0)
    elsewhere = replace(guided, new_background=1.0)
    reads_background = any(run.conviction in READ_BESIDE for run in own)
    tried = {start, *(run.hyperparameters for run in ranked.runs)}
    alone = () if reads_background else (guided,)
    steps = (*alone, *([elsewhere] if start.batch_size > 1 else []))
    return next((step for step in steps if step not in tried), None)


def _is_good(run: PastRun, own: list[PastRun], criterion: str) -> bool:
    if run.accepted or run.ruled_out or not own or not run.tells:
        return run.accepted
    before = max(own, key=lambda one: one.accuracy)
    if run.accuracy < before.accuracy - ACCURACY_LOSS or not run.basis.is_like(before.basis):
        return False
    if run.cleared and any(one.conviction for one in own):
        return True
    if run.guided or not criterion:
        return False
    gain = METRICS[criterion].sign * (run.measures[criterion] - before.measures[criterion])
    return gain >= CLEARLY * abs(before.measures[criterion]) and gain > 0
