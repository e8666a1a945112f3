"""What an evaluation keeps as files: predictions, numbers of classes, distances, weights."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from saliencnn.common.records import readable
from saliencnn.data.classset import ClassSet
from saliencnn.store.artifacts import MissingArtifact, location_of, read_bytes
from saliencnn.store.checkpoints import read_checkpoint
from saliencnn.store.codec import decode_array, decode_weights, decoding
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo, describe_evaluation
from saliencnn.store.evaluations import WEIGHTS, search_evaluations

if TYPE_CHECKING:
    from torch import Tensor

Decoded = TypeVar("Decoded")


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
    known = readable(describe_evaluation, search_evaluations(store))
    same = (other for other in known if other.model_digest == info.model_digest)
    tried: set[tuple[str, str]] = set()
    for one in chain([info], same):
        for place in _places_of_weights(one):
            if place not in tried:
                tried.add(place)
                with suppress(MissingArtifact):
                    return _read_weights_at(store, *place)
    raise MissingArtifact(WEIGHTS)


def _places_of_weights(info: EvaluationInfo) -> Iterator[tuple[str, str]]:
    """Yield where an evaluation's weights may lie: a kind of place, and its id."""
    if info.checkpoint:
        yield "checkpoint", info.checkpoint
    if info.weights or not info.checkpoint:
        yield "evaluation", info.weights or info.run_id


def _read_weights_at(store: Store, kind: str, place: str) -> dict[str, Tensor]:
    if kind == "checkpoint":
        return read_checkpoint(store, place)
    return _decode(store, place, WEIGHTS, decode_weights)


def _read_array(store: Store, run_id: str, name: str) -> np.ndarray:
    return _decode(store, run_id, name, decode_array)


def _decode(store: Store, run_id: str, name: str, decode: Callable[[bytes], Decoded]) -> Decoded:
    content = read_bytes(store, location_of(store, run_id), name)
    with decoding(name):
        return decode(content)
