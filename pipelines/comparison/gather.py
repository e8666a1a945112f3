"""Evaluations that can be compared, and what they store, read from the store."""

from collections.abc import Collection, Iterable, Mapping

from pipelines.comparison.groups import Group, group_evaluations
from pipelines.comparison.rows import Evaluated
from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_by_class, read_class_set, read_predictions
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.images import read_index
from saliencnn.store.run_info import RunInfo
from saliencnn.store.runs import list_runs
from saliencnn.store.verdicts import NOT_REJECTED


def read_group(store: Store, named: Collection[str]) -> Group:
    """Read the evaluations that can be compared with some, these among them.

    Rejected networks are left out, unless they are named.

    Args:
        store: where they are.
        named: ids of evaluations of the same classes and images; others are passed over.

    Raises:
        UserError: the store holds none of them.
    """
    known = find_comparable(list_evaluations(store), named)
    standings = find_standings(known, {run.run_id: run for run in list_runs(store)})
    offered = choose_standing(known, named, standings)
    return Group(offered, read_class_set(store, offered[0].run_id), standings)


def find_comparable(
    infos: Iterable[EvaluationInfo], named: Collection[str]
) -> tuple[EvaluationInfo, ...]:
    """Return the evaluations that can be compared with some, these among them.

    Raises:
        UserError: none of them has such an id.
    """
    groups = (one for one in group_evaluations(infos) if any(i.run_id in named for i in one))
    known = next(groups, None)
    if known is None:
        raise UserError("The store holds none of the networks that the task compares.")
    return known


def choose_standing(
    known: Iterable[EvaluationInfo],
    named: Collection[str],
    standings: Mapping[str, str],
    wanted: Collection[str] = NOT_REJECTED,
) -> tuple[EvaluationInfo, ...]:
    """Return evaluations of networks that stand in one of some ways, and those that are named."""
    return tuple(one for one in known if one.run_id in named or standings[one.run_id] in wanted)


def find_standings(infos: Iterable[EvaluationInfo], runs: Mapping[str, RunInfo]) -> dict[str, str]:
    """Return evaluation's id -> how the evaluated epoch stands: ``accepted``, ``rejected`` or "".

    What no run of the store trained stands undecided.

    Args:
        infos: the evaluations.
        runs: id -> run, of the store.
    """
    return {
        one.run_id: runs[one.trained_run].standing_at(one.trained_epoch)
        if one.trained_run in runs
        else ""
        for one in infos
    }


def read_evaluated(store: Store, info: EvaluationInfo) -> Evaluated:
    """Read what an evaluation stores about its images."""
    return Evaluated(
        read_index(store, info.images_id),
        read_predictions(store, info.run_id),
        read_by_class(store, info.run_id),
    )
