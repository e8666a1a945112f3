"""Why a proposal: what it changes, what to expect of it, and what past runs know of it."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipelines.retry.basis import UNKNOWN, Basis
from pipelines.retry.explain_guidance import explain_guidance
from pipelines.retry.history import Comparable, PastRun, comparable, most_epochs, say_epochs
from pipelines.retry.known_good import OUTSIDE_SPACE, find_known_good, guide, take_over
from pipelines.retry.propose import MIN_RUNS, make_study
from pipelines.retry.reason import Reason, format_change
from pipelines.retry.screening import best_so_far, change_images
from pipelines.retry.space import COLOURS, SPACE, inside, place, to_unit
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count

_EXPECT_UNKNOWN = "What it brings is not known: nobody has tried it on these images."
_HARMS_COLOURS = " It harms classes that differ in colour, and no intervention asks for it."
MAX_CHANGES_NAMED = 3
"""Changes that a sentence names; the form shows them all."""
NEAREST = 3
"""Past runs whose numbers say what to expect of values that were learned from all of them."""


def give_reasons(
    start: Hyperparameters,
    proposals: Sequence[Hyperparameters],
    history: Sequence[PastRun],
    criterion: str = "",
) -> list[Reason]:
    """Say of each proposal what it changes, what to expect, and what the history knows of that.

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
    others = [run for run in good if run.tells and run.hyperparameters != start]
    known = find_known_good(start, ranked)
    guided, images = guide(start, ranked), change_images(start, ranked, seed=0)
    places = np.array([place(run.hyperparameters) for run in ranked.runs])
    own = [run for run in ranked.runs if run.hyperparameters == start]
    convicted = any(run.conviction for run in own)
    basis = own[-1].basis if own else UNKNOWN

    def give_reason(proposal: Hyperparameters) -> Reason:
        names = _rank_changes(start, proposal, weights)
        changes = _format_changes(start, proposal, names)
        if known and proposal == take_over(start, known):
            return Reason(
                f"Do as {known.name or 'an unnamed run'}: {changes}",
                _expect_known(known, start, ranked),
                _format_known(known, start, ranked),
                is_known=True,
                epochs=known.epochs,
            )
        if proposal == guided:
            return explain_guidance(start, proposal, changes)
        why = " ".join(
            [
                _format_history(start, ranked, proposal in images),
                *_format_weights(names, weights),
                *_format_nearest(proposal, others, ranked.criterion, basis),
            ]
        )
        if proposal not in images and len(ranked.runs) >= MIN_RUNS:
            nearest = _find_nearest(proposal, ranked, places)
            expected = _expect_learned(nearest, ranked.criterion, basis)
            return Reason(f"Learned: {changes}", expected, why, epochs=most_epochs(nearest))
        kind = "Change the images" if proposal in images else "Try what is new"
        kind = kind if names else "Train it again"
        harm = "" if convicted or not _takes_colours(start, proposal) else _HARMS_COLOURS
        return Reason(f"{kind}: {changes}", f"{_EXPECT_UNKNOWN}{harm}", why)

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
    found = [_importance(ranked, objective) for objective in range(ranked.values.shape[1])]
    means = {name: float(np.mean([one.get(name, 0.0) for one in found])) for name in SPACE}
    total = sum(means.values())
    return {name: mean / total for name, mean in means.items()} if total else {}


def _importance(ranked: Comparable, objective: int) -> Mapping[str, float]:
    # It loads scikit-learn, which takes seconds.
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    study = make_study(ranked, objectives=[objective])  # whose direction says what is good
    evaluator = PedAnovaImportanceEvaluator()
    return get_param_importances(study, evaluator=evaluator, params=list(SPACE))


def pareto_front(ranked: Comparable) -> list[bool]:
    """Return for each run whether no run that is not ruled out beats it in every objective.

    Args:
        ranked: past runs; one that is ruled out is never on the front.
    """
    values, allowed = ranked.values, np.array([not run.ruled_out for run in ranked.runs], bool)
    rivals = values[allowed]

    def is_beaten(own: np.ndarray) -> bool:
        return bool(((rivals >= own).all(axis=1) & (rivals > own).any(axis=1)).any())

    return [fit and not is_beaten(own) for own, fit in zip(values, allowed.tolist(), strict=True)]


def _rank_changes(
    start: Hyperparameters, proposal: Hyperparameters, weights: Mapping[str, float]
) -> list[str]:
    """Return the names of the values that a proposal changes, what matters most first."""
    sizes = change_sizes(start, proposal)
    return sorted(sizes, key=lambda name: -sizes[name] * weights.get(name, 1 / len(SPACE)))


def _takes_colours(start: Hyperparameters, proposal: Hyperparameters) -> bool:
    return any(getattr(proposal, name) > getattr(start, name) for name in COLOURS)


def _format_changes(start: Hyperparameters, proposal: Hyperparameters, names: Sequence[str]) -> str:
    if not names:
        return "nothing changes"
    old, new = start.as_dict(), proposal.as_dict()
    changes = [format_change(name, old[name], new[name]) for name in names[:MAX_CHANGES_NAMED]]
    more = f" and {len(names) - MAX_CHANGES_NAMED} more" if len(names) > MAX_CHANGES_NAMED else ""
    return f"{', '.join(changes)}{more}"


def _format_weights(names: Sequence[str], weights: Mapping[str, float]) -> list[str]:
    """Say how much of the past runs' differences the named changes explain, where it is known."""
    told = [
        f"{name.replace('_', ' ')} {weights[name]:.0%}"
        for name in names[:MAX_CHANGES_NAMED]
        if name in weights
    ]
    return [f"What explains past differences: {', '.join(told)}."] if told else []


def _format_history(start: Hyperparameters, ranked: Comparable, is_of_images: bool) -> str:
    known = len(ranked.runs)
    avoided = _format_avoided(ranked)
    if is_of_images:
        conviction = _find_conviction(start, ranked)
        why = f"Interventions show that it {conviction}" if conviction else "The run was rejected"
        return (
            f"{why}, so the training images change first: what it may have relied on instead of "
            "the object becomes unreliable."
        )
    if not known:
        return "There is no past run to learn from, so it tries something new."
    if known < MIN_RUNS:
        base = best_so_far(start, ranked)
        names = [run.name for run in ranked.runs if run.hyperparameters == base]
        best = "" if base == start else f", on top of the best so far, {names[-1] or 'unnamed'}"
        few = f"{count(known, 'past run is', 'past runs are')} too few to learn from"
        return f"{few}, so it tries what was not tried yet{best}{avoided}."
    return f"Learned from {count(known, 'past run', 'past runs')}{avoided}."


def _format_avoided(ranked: Comparable) -> str:
    rejected = sum(run.rejected for run in ranked.runs)
    convicted = sum(run.ruled_out for run in ranked.runs) - rejected
    counts = ((rejected, "rejected"), (convicted, "convicted by interventions"))
    told = [f"{_say_which(number)} {words}" for number, words in counts if number]
    return f", and keeps away from {' and '.join(told)}" if told else ""


def _say_which(number: int) -> str:
    return "the one that was" if number == 1 else f"the {number} that were"


def _find_conviction(start: Hyperparameters, ranked: Comparable) -> str:
    """Return what interventions convict the start of, "" where they do not."""
    of_start = (run.conviction for run in ranked.runs if run.hyperparameters == start)
    return next((words for words in of_start if words), "")


def _format_nearest(
    proposal: Hyperparameters, good: Sequence[PastRun], criterion: str, basis: Basis
) -> list[str]:
    if not good:
        return []
    own = place(proposal)
    nearest = min(good, key=lambda run: float(np.linalg.norm(place(run.hyperparameters) - own)))
    numbers = f"{write_numbers(nearest, criterion)} {say_epochs([nearest])}"
    if difference := nearest.basis.describe_difference(basis):
        numbers += f"; {difference}"
    return [f"The nearest good run is {nearest.name or 'unnamed'} ({numbers})."]


def _expect_known(run: PastRun, start: Hyperparameters, ranked: Comparable) -> str:
    """Return the numbers of the run that is known to be good, beside those of the start."""
    own = [one for one in ranked.runs if one.hyperparameters == start]
    if not own:
        reached = f"{write_numbers(run, ranked.criterion)} {say_epochs([run])}"
        return f"It reached {reached}. That is from one training; chance moves it."
    difference = run.basis.describe_difference(own[-1].basis)
    apart = f" But {difference}." if difference else ""
    before, after = (_list_numbers(one, ranked.criterion) for one in (own[-1], run))
    told = ", ".join(
        f"{label} {f'{before[label]} → ' if label in before else ''}{value}"
        for label, value in after.items()
    )
    return (
        f"From this run to that one: {told}, {say_epochs([run])}.{apart} That is one training "
        "each; chance moves both."
    )


def _find_nearest(
    proposal: Hyperparameters, ranked: Comparable, places: np.ndarray
) -> list[PastRun]:
    """Return the past runs that are nearest to a proposal.

    Args:
        proposal: learned from the runs.
        ranked: the runs.
        places: theirs in the unit cube, (N, values).
    """
    distances = np.linalg.norm(places - place(proposal), axis=1)
    return [ranked.runs[at] for at in np.argsort(distances, kind="stable")[:NEAREST]]


def _expect_learned(nearest: Sequence[PastRun], criterion: str, basis: Basis) -> str:
    """Return between which numbers the past runs lie that are nearest to a proposal."""
    accuracies = [run.accuracy for run in nearest]
    told = f"accuracy {min(accuracies):.1%} to {max(accuracies):.1%}"
    if criterion:
        values = [run.measures[criterion] for run in nearest]
        told += f", {METRICS[criterion].label} {min(values):.2f} to {max(values):.2f}"
    other = sum(not run.basis.is_like(basis) for run in nearest)
    began = "began with other training images or weights than this run"
    apart = f" Of them {other} {began}." if other else ""
    return f"The {NEAREST} nearest past runs reached {told} {say_epochs(nearest)}.{apart}"


def _format_known(run: PastRun, start: Hyperparameters, ranked: Comparable) -> str:
    name = run.name or "an unnamed run"
    if run.accepted:
        why = "was accepted"
    elif run.cleared and (words := _find_conviction(start, ranked)):
        why = f"interventions find no shortcut in it; this one {words}"
    else:
        why = "is clearly better"
    return f"{name} has these values, and {why}."


def write_numbers(run: PastRun, criterion: str) -> str:
    """Return a run's accuracy, without the shortcut, too, and ranking criterion for people."""
    numbers = _list_numbers(run, criterion)
    return ", ".join(f"{label} {value}" for label, value in numbers.items())


def _list_numbers(run: PastRun, criterion: str) -> dict[str, str]:
    """Return what ``write_numbers`` tells: label -> value."""
    numbers = {"accuracy": f"{run.accuracy:.1%}"}
    if run.without_shortcut is not None:
        numbers["without the shortcut"] = f"{run.without_shortcut:.1%}"
    if criterion:
        numbers[METRICS[criterion].label] = f"{run.measures[criterion]:.2f}"
    return numbers
