"""Evaluations: one network over labelled pictures, each an MLflow run of its own experiment.

Everything that a page needs lies here: what the network is and how it is fed, its weights, what
it predicted for each picture, and how far apart it sees the classes. The pictures themselves lie
beside the validation pictures, see ``pipelines.store.pictures``.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
import safetensors.torch
from mlflow.entities import Metric, Run
from mlflow.exceptions import MlflowException
from torch import Tensor

from pipelines.data.classset import ClassSet
from pipelines.errors import UserError
from pipelines.store.artifacts import location_of, read_bytes, write_files
from pipelines.store.checkpoints import read_checkpoint
from pipelines.store.connection import Store

TOP = 5
"""Predictions kept for each picture."""
_WEIGHTS = "weights.safetensors"
_KEY = "saliencnn.key"


@dataclass(frozen=True)
class EvaluationFacts:
    """What was evaluated on what.

    Attributes:
        model: for people, e.g. ``resnet50`` or ``mobilenet_v2@file.safetensors``.
        arch: name in ``pipelines.models.catalogue.EVALUABLE``.
        model_digest: SHA-256 of the weights.
        image_set: name of the pictures' folder or set.
        images: SHA-256 of the pictures' contents and labels; the same for evaluations whose
            predictions speak of the same pictures in the same order.
        pictures: id under which the store keeps the pictures as this network sees them.
        class_set: ``ClassSet.digest``; evaluations of different class sets do not compare.
        input_size: side of the network's input in pixels.
        resize: pixels to which a picture's shorter side was scaled before its centre was cut
            out; None where it was not.
        mean: of the normalisation, for channels from 0 to 1.
        std: of the normalisation.
        notes: sentences a person should know.
        weights: id of the evaluation that keeps the weights; empty for itself.
        checkpoint: id of the lab's own checkpoint, which is then the weights.
    """

    model: str
    arch: str
    model_digest: str
    image_set: str
    images: str
    pictures: str
    class_set: str
    input_size: int
    resize: int | None
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    notes: tuple[str, ...] = ()
    weights: str = ""
    checkpoint: str = ""

    @property
    def key(self) -> str:
        """What makes two evaluations the same one."""
        return f"{self.model_digest[:24]}-{self.images[:24]}-{self.input_size}-{self.resize}"


@dataclass(frozen=True)
class EvaluationInfo(EvaluationFacts):
    """An evaluation as lists and pages show it.

    Attributes:
        run_id: MLflow's id.
        started: seconds since 1970.
        metrics: ``top1``, ``top5`` (0 to 1), ``root_animal`` and so on (mean top-1 accuracy of a
            root's pictures, spaces as ``_``), ``parameters``, ``multiply_adds`` (of one picture),
            ``images``, ``images_per_second``.
    """

    run_id: str = ""
    started: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def root_accuracy(self) -> dict[str, float]:
        """Accuracy by root class, for those with pictures; empty where the set has no roots."""
        prefix = "root_"
        return {
            name.removeprefix(prefix).replace("_", " "): value
            for name, value in self.metrics.items()
            if name.startswith(prefix)
        }


@dataclass(frozen=True, eq=False)
class Results:
    """What an evaluation found, for C classes and N pictures.

    Attributes:
        predictions: one row a picture, see ``read_predictions``.
        by_class: one row a class, see ``read_by_class``.
        mean_confidence: float (C, C), see ``read_mean_confidence``.
        distances: float (C, C), see ``read_distances``.
        projection: float (C, 2), see ``read_projection``.
        metrics: see ``EvaluationInfo``.
    """

    predictions: pd.DataFrame
    by_class: pd.DataFrame
    mean_confidence: np.ndarray
    distances: np.ndarray
    projection: np.ndarray
    metrics: Mapping[str, float]


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
    tags = {"saliencnn.facts": json.dumps(asdict(facts)), _KEY: facts.key}
    run = store.client.create_run(store.evaluations, run_name=facts.model, tags=tags)
    run_id = str(run.info.run_id)
    files = {
        "classes.json": class_set.encode(),
        "predictions.parquet": results.predictions.to_parquet(index=False),
        "by-class.parquet": results.by_class.to_parquet(index=False),
        "mean-confidence.npy": _encode(results.mean_confidence, "<f2"),
        # Distances crowd just below 1, where half precision would round them into ties.
        "distances.npy": _encode(results.distances, "<f4"),
        "projection.npy": _encode(results.projection, "<f4"),
    }
    if weights is not None:
        state = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
        files[_WEIGHTS] = safetensors.torch.save(state)
    write_files(store, location_of(store, run_id), files, "")
    started = int(run.info.start_time)
    metrics = [Metric(name, float(v), started, 0) for name, v in results.metrics.items()]
    store.client.log_batch(run_id, metrics=metrics)
    # Only a finished evaluation is ever listed, so a killed writer leaves nothing half readable.
    store.client.set_terminated(run_id, "FINISHED")
    return run_id


def list_evaluations(store: Store) -> list[EvaluationInfo]:
    """Return all evaluations, newest first; of two of the same network and pictures the newer."""
    found: dict[str, EvaluationInfo] = {}
    token: str | None = None
    while True:
        page = store.client.search_runs(
            [store.evaluations],
            filter_string="attributes.status = 'FINISHED'",
            max_results=1000,
            page_token=token,
        )
        for run in page:
            info = _describe(run)
            found.setdefault(info.key, info)
        token = page.token
        if not token:
            return list(found.values())


def find_evaluation(store: Store, **wanted: object) -> EvaluationInfo | None:
    """Return the newest evaluation whose facts have these values, e.g. ``model_digest=``."""
    matching = (
        info
        for info in list_evaluations(store)
        if all(getattr(info, name) == value for name, value in wanted.items())
    )
    return next(matching, None)


def read_evaluation(store: Store, run_id: str) -> EvaluationInfo:
    """Return one evaluation.

    Raises:
        UserError: the store has no such evaluation.
    """
    try:
        run = store.client.get_run(run_id)
    except MlflowException as error:
        raise UserError(f"Evaluation {run_id!r} is not in the store {store.uri}.") from error
    if run.info.experiment_id != store.evaluations or run.info.status != "FINISHED":
        raise UserError(f"Run {run_id} is not a finished evaluation.")
    return _describe(run)


def read_class_set(store: Store, run_id: str) -> ClassSet:
    """Read which classes an evaluation's network tells apart."""
    return ClassSet.decode(read_bytes(store, location_of(store, run_id), "classes.json"))


def read_predictions(store: Store, run_id: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Read what was predicted for each picture.

    Args:
        store: where.
        run_id: the evaluation.
        columns: only these; by default all.

    Returns:
        Rows in the order of the pictures' index, which is by true class: ``image`` (position in
        that index), ``true``, ``true_confidence`` (0 to 1), and for n = 1 to 5 ``class_n`` (-1
        where there are fewer classes) and ``confidence_n``, descending.
    """
    content = read_bytes(store, location_of(store, run_id), "predictions.parquet")
    return pd.read_parquet(io.BytesIO(content), columns=columns)


def read_by_class(store: Store, run_id: str) -> pd.DataFrame:
    """Read an evaluation's numbers class by class.

    Returns:
        One row a class, in order: ``images``, ``accuracy``, ``top5``, ``confidence`` (mean
        confidence of the true class), each from 0 to 1 and NaN without pictures.
    """
    content = read_bytes(store, location_of(store, run_id), "by-class.parquet")
    return pd.read_parquet(io.BytesIO(content))


def read_mean_confidence(store: Store, run_id: str) -> np.ndarray:
    """Read the mean softmax of each true class's pictures.

    Returns:
        float16 (C, C): rows true, columns scored; a row of NaN for a class without pictures.
    """
    return _read_array(store, run_id, "mean-confidence.npy")


def read_distances(store: Store, run_id: str) -> np.ndarray:
    """Read the distances between classes, see ``pipelines.measures.distance``.

    Returns:
        float32 (C, C), symmetric, 0 to 1, 0 on the diagonal; NaN for classes without pictures.
    """
    return _read_array(store, run_id, "distances.npy")


def read_projection(store: Store, run_id: str) -> np.ndarray:
    """Read the classes' places in the plane (t-SNE of the distances).

    Returns:
        float32 (C, 2); NaN for classes without pictures.
    """
    return _read_array(store, run_id, "projection.npy")


def read_weights(store: Store, info: EvaluationInfo) -> dict[str, Tensor]:
    """Read the weights of an evaluated network.

    Raises:
        MissingArtifact: the lab's checkpoint, which they were, has been deleted.
    """
    if info.checkpoint:
        return read_checkpoint(store, info.checkpoint)
    location = location_of(store, info.weights or info.run_id)
    return safetensors.torch.load(read_bytes(store, location, _WEIGHTS))


def _describe(run: Run) -> EvaluationInfo:
    stored: dict[str, Any] = json.loads(run.data.tags["saliencnn.facts"])
    known = {spec.name for spec in fields(EvaluationFacts)}
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if name in known
    }
    return EvaluationInfo(
        **facts,
        run_id=str(run.info.run_id),
        started=run.info.start_time / 1000,
        metrics=dict(run.data.metrics),
    )


def _encode(array: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array.astype(kind), allow_pickle=False)
    return buffer.getvalue()


def _read_array(store: Store, run_id: str, name: str) -> np.ndarray:
    content = read_bytes(store, location_of(store, run_id), name)
    return np.load(io.BytesIO(content), allow_pickle=False)
