"""Past runs as the store holds them, for whoever proposes the next."""

from pipelines.errors import UserError
from pipelines.hyperparameters import Hyperparameters
from pipelines.retry.past import SIGNS, PastRun
from pipelines.store.runs import RunInfo
from pipelines.store.verdicts import REJECTED


def past_runs(runs: list[RunInfo], start: RunInfo) -> dict[str, PastRun]:
    """Return what the runs comparable to one teach, by run id, oldest first.

    Comparable are runs with a complete epoch on the same validation pictures with the same
    architecture, whoever made them: by hand, by a worker, or before there was a queue.

    Args:
        runs: all of the store.
        start: the run that a retry starts from.
    """
    same = [run for run in runs if run.epoch and run.pictures == start.pictures]
    found: dict[str, PastRun] = {}
    for run in sorted(same, key=lambda run: (run.started, run.run_id)):
        if run.arch != start.arch:
            continue
        try:
            hyperparameters = Hyperparameters.from_mapping(run.hyperparameters)
        except UserError:
            continue  # somebody logged a run by other means; it must not stop the proposals
        if hyperparameters.shuffle_labels:
            continue  # made to learn by heart: its numbers say nothing about other values
        found[run.run_id] = PastRun(
            hyperparameters,
            run.metrics["best_val_accuracy"],
            {name: run.metrics[name] for name in SIGNS if name in run.metrics},
            run.standing == REJECTED,
            run.name,
        )
    return found
