"""Evaluations: one network over labelled images, each an MLflow run of its own experiment.

Everything that a page needs lies here: what the network is and how it is fed, its weights, what
it predicted for each image, and how far apart it sees the classes. The images themselves lie
beside the validation images, see ``saliencnn.store.images``.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
from mlflow.entities import Metric, Run
from mlflow.exceptions import MlflowException

from saliencnn.common.errors import UserError
from saliencnn.common.formats import EVALUATION
from saliencnn.common.records import Unreadable, readable, split_readable
from saliencnn.data.classset import ClassSet
from saliencnn.store.artifacts import MissingArtifact, location_of, read_bytes, write_files
from saliencnn.store.checkpoints import read_checkpoint
from saliencnn.store.codec import (
    decode_array,
    decode_weights,
    decoding,
    encode_array,
    encode_weights,
)
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import (
    EvaluationFacts,
    EvaluationInfo,
    Results,
    describe_evaluation,
    identify,
)
from saliencnn.store.outage import reaching

if TYPE_CHECKING:
    from torch import Tensor

Decoded = TypeVar("Decoded")
_WEIGHTS = "weights.safetensors"
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
        files[_WEIGHTS] = encode_weights(weights)
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


def list_evaluations(store: Store) -> list[EvaluationInfo]:
    """Return all evaluations that can be read, newest first.

    Of two of the same network and images only the newer is among them.
    """
    return split_evaluations(store)[0]


def split_evaluations(store: Store) -> tuple[list[EvaluationInfo], list[Unreadable]]:
    """Return ``list_evaluations``'s, and those that cannot be read."""
    found, others = split_readable(describe_evaluation, _search(store), identify)
    newest: dict[str, EvaluationInfo] = {}
    for info in found:
        newest.setdefault(info.key, info)
    return list(newest.values()), others


def _search(store: Store) -> Iterator[Run]:
    """Yield all finished evaluations, newest first."""
    token: str | None = None
    while True:
        page = store.client.search_runs(
            [store.evaluations],
            filter_string="attributes.status = 'FINISHED'",
            max_results=1000,
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return


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
    return describe_evaluation(run)


def read_class_set(store: Store, run_id: str) -> ClassSet:
    """Read the classes of an evaluation's network."""
    return _decode(store, run_id, "classes.json", ClassSet.decode)


def read_predictions(store: Store, run_id: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Read what was predicted for each image.

    Args:
        store: where.
        run_id: the evaluation.
        columns: only these; by default all.

    Returns:
        Rows in the order of the images' index, which is by true class: ``image`` (position in
        that index), ``true``, ``true_confidence`` (0 to 1), and for n = 1 to 5 ``class_n`` (-1
        where there are fewer classes) and ``confidence_n``, descending.
    """
    return _decode(
        store,
        run_id,
        "predictions.parquet",
        lambda content: pd.read_parquet(io.BytesIO(content), columns=columns),
    )


def read_by_class(store: Store, run_id: str) -> pd.DataFrame:
    """Read an evaluation's numbers class by class.

    Returns:
        One row a class, in order: ``images``, ``accuracy``, ``top5``, ``confidence`` (mean
        confidence of the true class), each from 0 to 1 and NaN without images.
    """
    return _decode(
        store, run_id, "by-class.parquet", lambda content: pd.read_parquet(io.BytesIO(content))
    )


def read_mean_confidence(store: Store, run_id: str) -> np.ndarray:
    """Read the mean softmax of each true class's images.

    Returns:
        float16 (C, C): rows true, columns scored; a row of NaN for a class without images.
    """
    return _read_array(store, run_id, "mean-confidence.npy")


def read_distances(store: Store, run_id: str) -> np.ndarray:
    """Read the distances between classes, see ``saliencnn.measures.distance``.

    Returns:
        float32 (C, C), symmetric, 0 to 1, 0 on the diagonal; NaN for classes without images.
    """
    return _read_array(store, run_id, "distances.npy")


def read_projection(store: Store, run_id: str) -> np.ndarray:
    """Read the classes' places in the plane (t-SNE of the distances).

    Returns:
        float32 (C, 2); NaN for classes without images.
    """
    return _read_array(store, run_id, "projection.npy")


def read_weights(store: Store, info: EvaluationInfo) -> dict[str, Tensor]:
    """Read the weights of an evaluated network, wherever the store still has them.

    Where the checkpoint or the evaluation that kept them was deleted, another evaluation of the
    same weights may keep them, too.

    Raises:
        MissingArtifact: nothing keeps them any more.
    """
    known = readable(describe_evaluation, _search(store))
    same = (other for other in known if other.model_digest == info.model_digest)
    tried: set[tuple[str, str]] = set()
    for one in chain([info], same):
        for place in _places_of_weights(one):
            if place not in tried:
                tried.add(place)
                with suppress(MissingArtifact):
                    return _read_weights_at(store, *place)
    raise MissingArtifact(_WEIGHTS)


def _places_of_weights(info: EvaluationInfo) -> Iterator[tuple[str, str]]:
    """Yield where an evaluation's weights may lie: a kind of place, and its id."""
    if info.checkpoint:
        yield "checkpoint", info.checkpoint
    if info.weights or not info.checkpoint:
        yield "evaluation", info.weights or info.run_id


def _read_weights_at(store: Store, kind: str, place: str) -> dict[str, Tensor]:
    if kind == "checkpoint":
        return read_checkpoint(store, place)
    return _decode(store, place, _WEIGHTS, decode_weights)


def _read_array(store: Store, run_id: str, name: str) -> np.ndarray:
    return _decode(store, run_id, name, decode_array)


def _decode(store: Store, run_id: str, name: str, decode: Callable[[bytes], Decoded]) -> Decoded:
    content = read_bytes(store, location_of(store, run_id), name)
    with decoding(name):
        return decode(content)
