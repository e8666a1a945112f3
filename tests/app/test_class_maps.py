"""The maps of all images of a class, and numbers of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from app.attention.class_maps import focus_of, logged_methods, read_run_maps
from pipelines.comparison.class_maps import ClassMaps, measure_maps
from saliencnn.data.encode import encode_png
from saliencnn.data.image_index import ImageIndex
from saliencnn.findings.telling import BORDER
from saliencnn.store import epochs
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_predictions
from saliencnn.store.images import publish_pack
from saliencnn.store.runs import RunInfo


def publish_boxes(store: Store, folder: Path, boxes: list[list[float]]) -> str:
    """Keep black images of 8 x 8 pixels with these boxes."""
    encoded = [encode_png(np.zeros((8, 8, 3), np.uint8)) for _ in boxes]
    (folder / "pictures.bin").write_bytes(b"".join(encoded))
    index = ImageIndex(
        name="boxed",
        classes=("a",),
        size=8,
        names=tuple(str(n) for n in range(len(boxes))),
        labels=np.zeros(len(boxes), np.int64),
        offsets=np.cumsum([0, *map(len, encoded)]),
        object_boxes=np.array(boxes, np.float32),
        head_boxes=np.full((len(boxes), 4), np.nan, np.float32),
        skipped=(),
    )
    return publish_pack(store, "boxed", index, folder / "pictures.bin", ["0"] * len(boxes))


def test_focus_is_known_where_boxes_are(store: Store, tmp_path: Path) -> None:
    st.cache_data.clear()
    st.cache_resource.clear()
    nowhere = [np.nan] * 4
    images = publish_boxes(store, tmp_path, [[0, 0, 4, 8], nowhere, [0, 0, 8, 8], [0, 0, 4, 8]])
    maps = np.array([[[3, 1], [0, 0]], [[1, 0], [0, 0]], [[1, 2], [3, 4]], [[0, 0], [0, 0]]], "f4")
    said = np.zeros(4, int)
    class_maps = ClassMaps(images, np.arange(4), said, said, np.ones(4), maps)
    np.testing.assert_allclose(focus_of(store, class_maps), [0.75, np.nan, 1, np.nan])
    numbers = measure_maps(class_maps, focus_of(store, class_maps), 0.5)
    np.testing.assert_allclose(numbers["region size"], [0.25, 0.25, 0.75, np.nan])
    assert set(numbers) == {"region size", "total variation", "focus"}
    unboxed = class_maps.of(np.array([1]))
    nowhere = focus_of(store, unboxed)
    assert set(measure_maps(unboxed, nowhere, 0.5)) == {"region size", "total variation"}
    wide = np.zeros((1, 8, 8), "f4")
    wide[0, 0, 0], wide[0, 4, 4] = 3, 1
    placed = measure_maps(replace(unboxed, maps=wide), nowhere, 0.5)
    assert placed[BORDER] == 0.75, "where no object's place is known"


def test_a_runs_maps_are_those_of_its_predictions(store: Store, tiny_run: RunInfo) -> None:
    class_maps = read_run_maps(store, tiny_run, tiny_run.epoch, 3, "gradcam")
    known = read_predictions(store, tiny_run.run_id, tiny_run.epoch)
    expected = known[(known["true"] == 3) | (known["predicted"] == 3)]
    assert sorted(class_maps.images) == sorted(expected["image"])
    for image, said, right in zip(
        class_maps.images, class_maps.predicted, class_maps.correct, strict=True
    ):
        row = known[known["image"] == image][0]
        assert said == row["predicted"]
        assert right == (row["predicted"] == row["true"])


def test_one_epochs_maps_are_read_without_the_others(
    store: Store, tiny_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    st.cache_resource.clear()
    read: list[int] = []

    def count(store: Store, run_id: str, numbers: Sequence[int], target: int) -> object:
        read.extend(numbers)
        return read_class_maps(store, run_id, numbers, target)

    monkeypatch.setattr(epochs, "read_class_maps", count)
    assert "gradcam" in logged_methods(store, tiny_run, 2, 3)
    read_run_maps(store, tiny_run, 2, 3, "gradcam")
    assert read == [2]
