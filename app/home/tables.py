"""The tables of runs and evaluations: from records to frames, nothing else."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd

from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.findings.glance import warn_of
from saliencnn.store.evaluation_records import EvaluationInfo, network_names
from saliencnn.store.runs import RunInfo

NO_VERDICT = "no verdict"


def runs_frame(runs: Sequence[RunInfo], curves: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Return one row a run, in order.

    Args:
        runs: which.
        curves: run id -> accuracy of each epoch, for those whose curve is drawn.

    Returns:
        Columns run_id, name, images (the set's name), network, accuracy (0 to 1), without_shortcut
        (likewise), curve (list), focus, warning, verdict, people (list), experiment (MLflow's),
        study (in which it was queued), status, started.
    """
    return pd.DataFrame(
        {
            "run_id": [run.run_id for run in runs],
            "name": [one_line(run.name, LONGEST_NAME) for run in runs],
            "images": [one_line(run.image_set, LONGEST_NAME) for run in runs],
            "network": [one_line(run.arch, LONGEST_NAME) for run in runs],
            "accuracy": [run.metrics.get("val_accuracy") for run in runs],
            "without_shortcut": [run.metrics.get("counterfactual_accuracy") for run in runs],
            "curve": [list(curves.get(run.run_id, ())) for run in runs],
            "focus": [run.metrics.get("focus") for run in runs],
            "warning": [warn_of(run) for run in runs],
            "verdict": [run.standing or NO_VERDICT for run in runs],
            "people": [sorted({verdict.person for verdict in run.verdicts}) for run in runs],
            "experiment": [one_line(run.experiment, LONGEST_NAME) for run in runs],
            "study": [one_line(run.study, LONGEST_NAME) for run in runs],
            "status": [run.status for run in runs],
            "started": [datetime.fromtimestamp(run.started, UTC) for run in runs],
        }
    )


def evaluations_frame(
    evaluations: Sequence[EvaluationInfo], standings: Mapping[str, str]
) -> pd.DataFrame:
    """Return one row an evaluation, in order.

    Args:
        evaluations: which.
        standings: evaluation's id -> ``accepted``, ``rejected`` or empty.

    Returns:
        Columns run_id, name, images (the set's name), count (of images), accuracy (0 to 1), top5
        (likewise; of few classes unknown), parameters, multiply_adds, verdict, started.
    """
    names = network_names(evaluations)
    return pd.DataFrame(
        {
            "run_id": [info.run_id for info in evaluations],
            "name": [names[info.run_id] for info in evaluations],
            "images": [one_line(info.image_set, LONGEST_NAME) for info in evaluations],
            "count": [int(info.metrics.get("images", 0)) for info in evaluations],
            "accuracy": [info.metrics.get("top1") for info in evaluations],
            "top5": [info.metrics.get("top5") for info in evaluations],
            "parameters": [info.metrics.get("parameters") for info in evaluations],
            "multiply_adds": [info.metrics.get("multiply_adds") for info in evaluations],
            "verdict": [standings.get(i.run_id, "") or NO_VERDICT for i in evaluations],
            "started": [datetime.fromtimestamp(info.started, UTC) for info in evaluations],
        }
    )


def search(frame: pd.DataFrame, text: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows in which each word of a text is part of one of some columns."""
    words = text.casefold().split()
    rows = zip(*(frame[column].astype(str) for column in columns), strict=True)
    texts = (" ".join(row).casefold() for row in rows)
    return frame[[all(word in text for word in words) for text in texts]]


def keep(frame: pd.DataFrame, column: str, wanted: Collection[str]) -> pd.DataFrame:
    """Return the rows whose value, or one of whose values, is wanted; all where nothing is."""
    if not wanted:
        return frame
    if column == "people":
        return frame[[bool({*people} & {*wanted}) for people in frame[column]]]
    return frame[frame[column].isin(list(wanted))]
