"""Evaluating runs of the store, each on the images that it was validated on."""

from collections.abc import Iterable, Sequence

from saliencnn.common.commands import evaluate_command
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.data.sources import names_image_set
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import note_same_weights, read_evaluation
from saliencnn.store.run_info import RunInfo


def runs_to_evaluate(
    runs: Iterable[RunInfo], evaluations: Iterable[EvaluationInfo]
) -> list[RunInfo]:
    """Return the runs that nobody has evaluated and whose validation images can be read again.

    Control networks with randomized labels are left out.
    """
    known = {run_id for info in evaluations for run_id in info.runs}
    return [
        run
        for run in runs
        if run.run_id not in known
        and run.epoch
        and run.preparation.planes == 3
        and names_image_set(run.data)
        and not run.labels_randomized
    ]


def find_only_trained(
    runs: Iterable[RunInfo], evaluations: Iterable[EvaluationInfo]
) -> dict[str, RunInfo]:
    """Return the names of image sets on which nothing was evaluated, each with its newest run.

    Args:
        runs: of the store, the newest first; those without a complete epoch have nothing to show.
        evaluations: of the store.
    """
    infos, known = [*evaluations], {run.run_id: run for run in runs}
    evaluated = {info.image_set for info in infos}
    evaluated |= {known[one].image_set for info in infos for one in info.runs if one in known}
    trained: dict[str, RunInfo] = {}
    for run in known.values():
        if run.epoch and run.image_set not in evaluated:
            trained.setdefault(run.image_set, run)
    return trained


def how_to_mark(info: EvaluationInfo, runs: Iterable[RunInfo]) -> str:
    """Return the command that evaluates a run again, "" for a network that no run trained.

    Args:
        info: an evaluation that knows of no object where it is.
        runs: of the store.
    """
    run = next((one for one in runs if one.run_id == info.trained_run), None)
    if run is None or not names_image_set(run.data):
        return ""
    return evaluate_command([f"run:{run.run_id}"], run.data)


def evaluate_runs(
    store: Store, runs: Sequence[RunInfo], report: Progress = silent
) -> tuple[str, ...]:
    """Evaluate runs' newest checkpoints on their validation images; return the evaluations' ids.

    Args:
        store: where the runs are.
        runs: those of the same images are then compared with one another.
        report: called with the progress; what it raises stops the evaluation.

    Raises:
        UserError: the images, or the network of a run, cannot be had.
    """
    from pipelines.evaluation.run import Task, evaluate  # takes seconds to import

    by_images: dict[tuple[str, int], list[str]] = {}
    for run in runs:
        by_images.setdefault((run.data, run.seed), []).append(f"run:{run.run_id}")
    evaluated: list[str] = []
    for number, ((images, _seed), models) in enumerate(by_images.items()):
        part = part_of(report, number / len(by_images), (number + 1) / len(by_images))
        outcome = evaluate(store, Task(models, images), part)
        if outcome.failures:
            raise UserError(" ".join(outcome.failures))
        for model, run_id in zip(models, outcome.evaluated, strict=True):
            own = model.removeprefix("run:")
            if own not in read_evaluation(store, run_id).runs:
                note_same_weights(store, run_id, own)
        evaluated += outcome.evaluated
    return tuple(evaluated)
