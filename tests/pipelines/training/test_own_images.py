"""Runs on images of one's own: a test split, whole images, masks of some, unbalanced classes."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.retry.request_state import request_retry
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.images import read_all_images
from saliencnn.store.runs import read_history, read_run


def save_set(root: Path, counts: dict[str, dict[str, int]]) -> Path:
    """Save images of split and class, wide ones: red on the left or on the right, and a table."""
    rng = np.random.default_rng(0)
    rows = []
    for split, classes in counts.items():
        for name, number in classes.items():
            for i in range(number):
                pixels = rng.integers(0, 80, (32, 64, 3), np.uint8)
                side = slice(0, 12) if name == "left" else slice(52, 64)
                pixels[:, side, 0] = 255
                path = f"{split}-{name}-{i}.png"
                root.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(root / path)
                box = f"{side.start} 0 12 32" if i % 2 else ""
                rows.append({"path": path, "label": name, "split": split, "box": box})
    (root / "test-right-0.png").write_bytes(b"damaged")
    with (root / "images.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return root / "images.csv"


@pytest.fixture
def images(tmp_path: Path) -> Path:
    each = {"train": {"left": 24, "right": 6}, "val": {"left": 6, "right": 3}}
    return save_set(tmp_path / "sides", {**each, "test": {"left": 4, "right": 3}})


QUICK = Hyperparameters(epochs=3, batch_size=8, flip=0.0, balance="sampling", crop=0.2)


def test_a_run_sees_whole_images_and_measures_its_test_split_once(
    store: Store, images: Path
) -> None:
    request = Request(f"csv:{images}", hyperparameters=QUICK, image_size=32, fit="pad")
    run = read_run(store, train(store, request))
    assert run.metrics["test_images"] == 6
    assert run.metrics["test_accuracy"] == run.metrics["val_accuracy"] == 1
    tested = read_history(store, [run.run_id], ["test_accuracy", "val_balanced_accuracy"])
    steps = tested.groupby("metric")["epoch"].apply(list).to_dict()
    assert steps == {"test_accuracy": [3], "val_balanced_accuracy": [1, 2, 3]}
    assert any("6 of 6 images" in note and "epoch 3" in note for note in run.notes)
    assert any("1 test image could not be read" in note for note in run.notes)
    assert any("4 of 9 validation images" in note for note in run.notes)  # those with boxes
    assert run.fit == "pad"
    kept = read_all_images(store, run.images_id)
    known = np.isfinite(kept.index.object_boxes).all(1)
    assert known.sum() == 4
    left = kept.index.labels[known] == 0
    np.testing.assert_allclose(kept.index.object_boxes[known][left], [[0, 8, 6, 16]] * left.sum())
    again = request_retry(run, {}, "again")
    assert again == Request(
        request.data, "smallgap", "none", QUICK, 32, "all", "again", run.window, "pad"
    )


def test_what_is_cut_off_cannot_be_learned(store: Store, images: Path) -> None:
    """The same images by their centres show no red at all: that is what ``pad`` is for."""
    request = Request(f"csv:{images}", hyperparameters=QUICK, image_size=32)
    kept = read_all_images(store, read_run(store, train(store, request)).images_id)
    assert not np.isfinite(kept.index.object_boxes).any()


def test_there_are_three_ways_to_fit(store: Store, images: Path) -> None:
    with pytest.raises(UserError, match="crop, pad, stretch"):
        train(store, Request(f"csv:{images}", fit="squeeze"))  # type: ignore[arg-type]
