"""Evaluations: one network over labelled images, each an MLflow run of its own experiment.

Everything that a page needs lies here: what the network is and how it is fed, its weights, what
it predicted for each image, and how far apart it sees the classes. The images themselves lie
beside the validation images, see ``saliencnn.store.images``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from mlflow.entities import Metric, Run
from mlflow.exceptions import MlflowException

from saliencnn.common.errors import UserError
from saliencnn.common.formats import EVALUATION
from saliencnn.common.records import Unreadable, split_readable
from saliencnn.data.classset import ClassSet
from saliencnn.store.artifacts import location_of, write_files
from saliencnn.store.checkpoints import find_origin
from saliencnn.store.codec import encode_array, encode_weights
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import (
    SAME,
    EvaluationFacts,
    EvaluationInfo,
    Results,
    describe_evaluation,
    identify,
)
from saliencnn.store.outage import reaching
from saliencnn.store.runs import search_runs

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = "weights.safetensors"
"""Where an evaluation keeps its network's weights."""
_KEY = "saliencnn.key"


def write_evaluation(
    store: Store,
    facts: EvaluationFacts,
    class_set: ClassSet,
    results: Results,
    weights: Mapping[str, Tensor] | None,
) -> str:
    """Write an evaluation and return its run id.

    Args:
        store: where.
        facts: what was evaluated; they say where the weights lie if they are not given.
        class_set: in the order of the scores.
        results: what was found.
        weights: the network's state, to be kept with this evaluation.
    """
    described = {**EVALUATION.stamp, **asdict(facts)}
    described["spec"] = described.pop("stored_spec")
    tags = {"saliencnn.facts": json.dumps(described), _KEY: facts.key}
    run = store.client.create_run(store.evaluations, run_name=facts.model, tags=tags)
    run_id = str(run.info.run_id)
    files = {
        "classes.json": class_set.encode(),
        "predictions.parquet": results.predictions.to_parquet(index=False),
        "by-class.parquet": results.by_class.to_parquet(index=False),
        "mean-confidence.npy": encode_array(results.mean_confidence, "<f2"),
        # Distances crowd just below 1, where half precision would round them into ties.
        "distances.npy": encode_array(results.distances, "<f4"),
        "projection.npy": encode_array(results.projection, "<f4"),
    }
    if weights is not None:
        files[WEIGHTS] = encode_weights(weights)
    write_files(store, location_of(store, run_id), files, "")
    started = int(run.info.start_time)
    metrics = [Metric(name, float(v), started, 0) for name, v in results.metrics.items()]
    store.client.log_batch(run_id, metrics=metrics)
    # Only a finished evaluation is ever listed, so a killed writer leaves nothing half readable.
    store.client.set_terminated(run_id, "FINISHED")
    return run_id


def note_metric(store: Store, run_id: str, name: str, value: float) -> None:
    """Keep a number that was found later of an evaluation."""
    store.client.log_metric(run_id, name, value)


def note_same_weights(store: Store, run_id: str, other: str) -> None:
    """Keep that another run trained the very weights that an evaluation is of."""
    store.client.set_tag(run_id, f"{SAME}{other}", "true")


def list_evaluations(store: Store) -> list[EvaluationInfo]:
    """Return all evaluations that can be read, newest first.

    Of two of the same network and images only the newer is among them.
    """
    return split_evaluations(store)[0]


def split_evaluations(store: Store) -> tuple[list[EvaluationInfo], list[Unreadable]]:
    """Return ``list_evaluations``'s, and those that cannot be read."""
    found, others = split_readable(describe_evaluation, search_evaluations(store), identify)
    newest: dict[str, EvaluationInfo] = {}
    for info in (_complete(store, one) for one in found):
        kept = newest.setdefault(info.key, info)
        if more := tuple(one for one in info.runs if one not in kept.runs):
            newest[info.key] = replace(kept, same_runs=(*kept.same_runs, *more))
    return list(newest.values()), others


def _complete(store: Store, info: EvaluationInfo) -> EvaluationInfo:
    """Say which run an evaluation is of, where earlier versions named its checkpoint alone."""
    if info.trained_run or not info.checkpoint:
        return info
    run_id, epoch = find_origin(store, info.checkpoint)
    return replace(info, trained_run=run_id, trained_epoch=epoch)


def search_evaluations(store: Store) -> Iterator[Run]:
    """Yield all finished evaluations, newest first."""
    return search_runs(store, [store.evaluations], "attributes.status = 'FINISHED'")


def read_evaluation(store: Store, run_id: str) -> EvaluationInfo:
    """Return one evaluation.

    Raises:
        UserError: the store has no such evaluation, or a later version of this program wrote it.
        StoreAway: the store does not answer.
    """
    try:
        with reaching(store):
            run = store.client.get_run(run_id)
    except MlflowException as error:
        raise UserError(f"Evaluation {run_id!r} is not in the store {store.address}.") from error
    if run.info.experiment_id != store.evaluations or run.info.status != "FINISHED":
        raise UserError(f"Run {run_id} is not a finished evaluation.")
    return _complete(store, describe_evaluation(run))
