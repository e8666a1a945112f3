"""What a training run leaves of one epoch.

An epoch's files are written first, its manifest after them, and last its metrics in one batch.
The metric ``epoch`` in that batch is what makes the epoch exist: readers look no further than
its latest value, so a process killed at any moment leaves whole epochs only.
"""

import io
import json
import re
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from mlflow.entities import Metric

from saliencnn.common.formats import EPOCH
from saliencnn.common.records import parse_object, require_text, shorten
from saliencnn.measures.classification import confusion, per_class
from saliencnn.store import maptable
from saliencnn.store.artifacts import location_of, read_bytes, write_files
from saliencnn.store.codec import DamagedArtifact, decode_array, decoding, encode_array
from saliencnn.store.connection import Store
from saliencnn.store.maptable import Layout, MapTable

PREDICTION = np.dtype(
    [
        ("image", "<i4"),
        ("true", "<i2"),
        ("predicted", "<i2"),
        ("confidence", "<f4"),
        ("true_confidence", "<f4"),
    ]
)
MANIFEST = "manifest.json"
_TABLE = re.compile(r"[\w-]{1,80}\.npy", re.ASCII)
"""Names of files with maps, below their epoch's folder."""
READERS = 16
"""Requests under way at once when many epochs are read."""


@dataclass(frozen=True)
class Manifest:
    """What an epoch holds.

    Attributes:
        model_id: the checkpoint's LoggedModel.
        layouts: file name -> layout of a map table.
    """

    model_id: str
    layouts: dict[str, Layout]

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods with logged maps."""
        return tuple(m for layout in self.layouts.values() for m in layout.methods)


def write_epoch(
    store: Store,
    run_id: str,
    epoch: int,
    *,
    classes: tuple[str, ...],
    predictions: np.ndarray,
    tables: Mapping[str, MapTable],
    metrics: Mapping[str, float],
    model_id: str,
    ended: float | None = None,
) -> None:
    """Write an epoch and make it visible.

    Args:
        store: where.
        run_id: the training run.
        epoch: 1, 2, ...
        classes: class names.
        predictions: array of ``PREDICTION``, one row a validation image.
        tables: file name -> maps.
        metrics: finite numbers; ``epoch`` is added.
        model_id: the epoch's checkpoint, already written.
        ended: seconds since 1970; now by default.
    """
    true, predicted = predictions["true"], predictions["predicted"]
    encoded = {name: maptable.encode(table, len(classes)) for name, table in tables.items()}
    files = {name: content for name, (content, _) in encoded.items()}
    files["predictions.npy"] = encode_array(predictions)
    files["confusion.npy"] = encode_array(confusion(true, predicted, len(classes)).astype(np.int32))
    files["classes.csv"] = per_class(true, predicted, classes).to_csv(index=False).encode()
    location, folder = location_of(store, run_id), _folder(epoch)
    write_files(store, location, files, folder)
    layouts = {name: layout.as_json() for name, (_, layout) in encoded.items()}
    manifest = json.dumps({**EPOCH.stamp, "model_id": model_id, "layouts": layouts})
    write_files(store, location, {"manifest.json": manifest.encode()}, folder)
    moment = int((time.time() if ended is None else ended) * 1000)
    store.client.log_batch(
        run_id,
        metrics=[
            Metric(key, value, moment, epoch, model_id=model_id)
            for key, value in {**metrics, "epoch": float(epoch)}.items()
        ],
    )


def read_manifest(store: Store, run_id: str, epoch: int) -> Manifest:
    """Read what an epoch holds.

    Raises:
        NewerFormat: a later version of this program has written it.
    """
    content = _read(store, run_id, epoch, MANIFEST)
    with decoding(_path(epoch, MANIFEST)):
        value = parse_object(content.decode(), "manifest")
        EPOCH.check(value)
        layouts = {name: Layout.from_json(layout) for name, layout in value["layouts"].items()}
        model_id = require_text(value["model_id"], "checkpoint")
    for name in layouts:
        if not is_table(name):
            raise DamagedArtifact(f"{shorten(name)} is not the name of a table of maps.")
    return Manifest(model_id, layouts)


def read_predictions(store: Store, run_id: str, epoch: int) -> np.ndarray:
    """Read an array of ``PREDICTION``, one row a validation image."""
    predictions = _read_array(store, run_id, epoch, "predictions.npy")
    if predictions.dtype != PREDICTION or predictions.ndim != 1:
        raise DamagedArtifact(f"The store's file {_path(epoch, 'predictions.npy')} is damaged.")
    return predictions


def read_confusion(store: Store, run_id: str, epoch: int) -> np.ndarray:
    """Read counts (classes, classes): rows true, columns predicted."""
    counts = _read_array(store, run_id, epoch, "confusion.npy")
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.dtype.kind not in "iu":
        raise DamagedArtifact(f"The store's file {_path(epoch, 'confusion.npy')} is damaged.")
    return counts


def read_per_class(store: Store, run_id: str, epoch: int) -> pd.DataFrame:
    """Read one row a class: class, precision, recall, f1, images."""
    content = io.BytesIO(_read(store, run_id, epoch, "classes.csv"))
    with decoding(_path(epoch, "classes.csv")):
        found = pd.read_csv(content, dtype={"class": str}, keep_default_na=False)
        found[["class", "precision", "recall", "f1", "images"]]  # all of them must be there
        return found


def read_class_maps(
    store: Store, run_id: str, epochs: Iterable[int], target: int
) -> dict[int, list[MapTable]]:
    """Read all logged maps with one target class, epoch by epoch.

    Costs two small requests an epoch, three with a second table, many under way at once.
    """

    def read(epoch: int) -> list[MapTable]:
        tables = []
        for name, layout in read_manifest(store, run_id, epoch).layouts.items():
            with decoding(_path(epoch, name)):
                span = layout.span(target)
            tables.append(_read_maps(store, run_id, epoch, name, layout, span))
        return tables

    wanted = list(epochs)
    location_of(store, run_id)
    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip(wanted, pool.map(read, wanted), strict=True))


def read_maps_of(store: Store, run_id: str, epoch: int, method: str) -> MapTable | None:
    """Read the logged table of all classes that has a method's maps; None where none was logged."""
    for name, layout in read_manifest(store, run_id, epoch).layouts.items():
        if method in layout.methods:
            span = layout.offsets[0], layout.offsets[-1]
            return _read_maps(store, run_id, epoch, name, layout, span)
    return None


def is_table(name: object) -> bool:
    """Whether a file of maps may be called so."""
    return isinstance(name, str) and _TABLE.fullmatch(name) is not None


def _folder(epoch: int) -> str:
    return f"epochs/{epoch:04d}"


def _path(epoch: int, name: str) -> str:
    return f"{_folder(epoch)}/{name}"


def _read_maps(
    store: Store, run_id: str, epoch: int, name: str, layout: Layout, span: tuple[int, int]
) -> MapTable:
    content = _read(store, run_id, epoch, name, span)
    if len(content) != span[1] - span[0]:
        raise DamagedArtifact(f"The store's file {_path(epoch, name)} is too short.")
    return MapTable(layout.methods, maptable.decode_span(content, layout))


def _read_array(store: Store, run_id: str, epoch: int, name: str) -> np.ndarray:
    content = _read(store, run_id, epoch, name)
    with decoding(_path(epoch, name)):
        return decode_array(content)


def _read(store: Store, run_id: str, epoch: int, name: str, span: Any = None) -> bytes:
    return read_bytes(store, location_of(store, run_id), _path(epoch, name), span)
