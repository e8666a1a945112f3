"""Evaluating runs of the store, each on the images that it was validated on."""

from collections.abc import Iterable, Sequence

from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.data.sources import names_image_set
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.run_info import RunInfo


def runs_to_evaluate(
    runs: Iterable[RunInfo], evaluations: Iterable[EvaluationInfo]
) -> list[RunInfo]:
    """Return the runs that nobody has evaluated and whose validation images can be read again.

    Control networks with randomized labels are left out.
    """
    known = {info.trained_run for info in evaluations}
    return [
        run
        for run in runs
        if run.run_id not in known
        and run.epoch
        and run.preparation.planes == 3
        and names_image_set(run.data)
        and not run.labels_randomized
    ]


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
        evaluated += outcome.evaluated
    return tuple(evaluated)
