"""Why a proposal: what it changes, and what past runs know of these changes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial

from pipelines.retry.history import Comparable, PastRun, comparable
from pipelines.retry.known_good import OUTSIDE_SPACE, find_known_good, guide, take_over
from pipelines.retry.propose import MIN_RUNS, make_study
from pipelines.retry.screening import best_so_far, change_images
from pipelines.retry.space import SPACE, inside, place, to_unit
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS

_WHY_GUIDED = (
    "It is known where the objects are: training asks for the evidence to lie there, and punishes "
    "what speaks for a class beside them. Judge it by its accuracy without the shortcut, not by "
    "focus."
)
MAX_CHANGES_NAMED = 3
"""Changes that a sentence names; the form shows them all."""


def give_reasons(
    start: Hyperparameters,
    proposals: Sequence[Hyperparameters],
    history: Sequence[PastRun],
    criterion: str = "",
) -> list[str]:
    """Say of each proposal what it changes and what the history knows of that.

    Args:
        start: the run that the proposals start from.
        proposals: the proposed values.
        history: the past runs that they were proposed from.
        criterion: metric that ranks their maps, as for ``comparable``.

    Raises:
        UserError: there is no such criterion.
    """
    ranked = comparable(history, criterion)
    weights = importances(ranked)
    good = [run for run, front in zip(ranked.runs, pareto_front(ranked), strict=True) if front]
    known = find_known_good(start, ranked)

    def give_reason(proposal: Hyperparameters) -> str:
        changes = _format_changes(start, proposal, weights)
        if known and proposal == take_over(start, known):
            return f"{changes} {_format_known(known, start, ranked)}"
        if proposal == guide(start, ranked):
            return f"{changes} {_WHY_GUIDED}"
        history = _format_history(start, proposal, ranked)
        return " ".join([changes, history, *_format_nearest(proposal, good, ranked.criterion)])

    return [give_reason(proposal) for proposal in proposals]


def change_sizes(start: Hyperparameters, proposal: Hyperparameters) -> dict[str, float]:
    """Return how far each changed value moves, in fractions of its range (0 to 1).

    Values of the space count, and of ``OUTSIDE_SPACE``, any change of which is a whole one.
    """
    before, after = (to_unit(inside(hp.as_dict())) for hp in (start, proposal))
    moved = {name: abs(after[name] - before[name]) for name in SPACE}
    old, new = start.as_dict(), proposal.as_dict()
    guided = {name: 1.0 for name in OUTSIDE_SPACE if old[name] != new[name]}
    return guided | {name: size for name, size in moved.items() if size > 1e-9}


def importances(ranked: Comparable) -> dict[str, float]:
    """Return which fraction of the runs' differences each value explains; they add up to 1.

    The mean over the objectives of PED-ANOVA (Watanabe 2023). Empty below ``MIN_RUNS`` runs,
    where it would be chance.

    Args:
        ranked: past runs.
    """
    if len(ranked.runs) < MIN_RUNS:
        return {}
    study = make_study(ranked)
    found = [_importance(study, objective) for objective in range(ranked.values.shape[1])]
    means = {name: float(np.mean([one.get(name, 0.0) for one in found])) for name in SPACE}
    total = sum(means.values())
    return {name: mean / total for name, mean in means.items()} if total else {}


def _importance(study: Any, objective: int) -> Mapping[str, float]:
    # It loads scikit-learn, which takes seconds.
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    def value(trial: FrozenTrial) -> float:
        return -float(trial.values[objective])  # PED-ANOVA asks what makes a value low

    evaluator = PedAnovaImportanceEvaluator()
    return get_param_importances(study, evaluator=evaluator, target=value, params=list(SPACE))


def pareto_front(ranked: Comparable) -> list[bool]:
    """Return for each run whether no run that is not ruled out beats it in every objective.

    Args:
        ranked: past runs; one that is ruled out is never on the front.
    """
    best = {trial.number for trial in make_study(ranked).best_trials}
    return [number in best for number in range(len(ranked.runs))]


def _format_changes(
    start: Hyperparameters, proposal: Hyperparameters, weights: Mapping[str, float]
) -> str:
    sizes = change_sizes(start, proposal)
    if not sizes:
        return "Changes nothing: trains it again."
    ranked = sorted(sizes, key=lambda name: -sizes[name] * weights.get(name, 1 / len(SPACE)))
    old, new = start.as_dict(), proposal.as_dict()
    changes = []
    for name in ranked[:MAX_CHANGES_NAMED]:
        part = f" (explains {weights[name]:.0%} of past differences)" if name in weights else ""
        changes.append(
            f"{name.replace('_', ' ')} {format_value(old[name])} → {format_value(new[name])}{part}"
        )
    more = f" and {len(ranked) - MAX_CHANGES_NAMED} more" if len(ranked) > MAX_CHANGES_NAMED else ""
    return f"Changes {', '.join(changes)}{more}."


def format_value(value: Any) -> str:
    """Return a hyperparameter as people read it: fractions with three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _format_history(start: Hyperparameters, proposal: Hyperparameters, ranked: Comparable) -> str:
    count = len(ranked.runs)
    known = f"{count or 'no'} past run{'s'[: count > 1]}"
    avoided = _format_avoided(ranked)
    if proposal in change_images(start, ranked, seed=0):
        conviction = _find_conviction(start, ranked)
        why = f"Interventions show that it {conviction}" if conviction else "The run was rejected"
        return (
            f"{why}, so the training images change first: what it may have relied on instead of "
            "the object becomes unreliable."
        )
    if count < MIN_RUNS:
        base = best_so_far(start, ranked)
        names = [run.name for run in ranked.runs if run.hyperparameters == base]
        best = "" if base == start else f" on top of the best so far, {names[-1] or 'unnamed'},"
        return f"With {known} known, it tries{best} what was not tried yet{avoided}."
    return f"Learned from {known}{avoided}."


def _format_avoided(ranked: Comparable) -> str:
    rejected = sum(run.rejected for run in ranked.runs)
    convicted = sum(run.ruled_out for run in ranked.runs) - rejected
    counts = ((rejected, "rejected"), (convicted, "convicted by interventions"))
    told = " and ".join(f"the {count} {words}" for count, words in counts if count)
    return f", away from {told}" if told else ""


def _find_conviction(start: Hyperparameters, ranked: Comparable) -> str:
    """Return what interventions convict the start of, "" where they do not."""
    of_start = (run.conviction for run in ranked.runs if run.hyperparameters == start)
    return next((words for words in of_start if words), "")


def _format_nearest(
    proposal: Hyperparameters, good: Sequence[PastRun], criterion: str
) -> list[str]:
    if not good:
        return []
    own = place(proposal)
    nearest = min(good, key=lambda run: float(np.linalg.norm(place(run.hyperparameters) - own)))
    numbers = write_numbers(nearest, criterion)
    return [f"The nearest good run is {nearest.name or 'unnamed'} ({numbers})."]


def _format_known(run: PastRun, start: Hyperparameters, ranked: Comparable) -> str:
    name, numbers = run.name or "unnamed", write_numbers(run, ranked.criterion)
    if run.accepted:
        why = "was accepted"
    elif run.cleared and (words := _find_conviction(start, ranked)):
        why = f"interventions find no shortcut in it, where this one {words}"
    else:
        why = "is clearly better"
    return f"These values are known to work: {name} has them and {why} ({numbers})."


def write_numbers(run: PastRun, criterion: str) -> str:
    """Return a run's accuracy and ranking criterion as people read them."""
    numbers = [f"accuracy {run.accuracy:.1%}"]
    if criterion:
        numbers.append(f"{METRICS[criterion].label} {run.measures[criterion]:.2f}")
    return ", ".join(numbers)
