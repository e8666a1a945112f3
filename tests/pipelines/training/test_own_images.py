"""Runs on images of one's own: a test split, whole images, masks of some, unbalanced classes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.retry.request_state import request_retry
from pipelines.review.findings import findings_of_run, gather_run
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.images import read_all_images
from saliencnn.store.runs import read_run


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
    listed = store.client.get_run(run.run_id).inputs.dataset_inputs
    profiles = {one.tags[0].value: json.loads(one.dataset.profile) for one in listed}
    assert {use: own["num_images"] for use, own in profiles.items()} == {
        "training": 30, "validation": 9, "test": 7,
    }  # fmt: skip
    assert len({one.dataset.digest for one in listed}) == 3
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
        request.data, "smallgap", "none", QUICK, 32, "all", "again", run.window, "pad", map_images=0
    )


def test_what_is_cut_off_cannot_be_learned(store: Store, images: Path) -> None:
    """The same images by their centres show no red at all: that is what ``pad`` is for."""
    request = Request(f"csv:{images}", hyperparameters=QUICK, image_size=32)
    kept = read_all_images(store, read_run(store, train(store, request)).images_id)
    assert not np.isfinite(kept.index.object_boxes).any()


def test_there_are_three_ways_to_fit(store: Store, images: Path) -> None:
    with pytest.raises(UserError, match="crop, pad, stretch"):
        train(store, Request(f"csv:{images}", fit="squeeze"))  # type: ignore[arg-type]


def test_what_gives_the_class_away_is_kept_with_the_run_and_told(
    store: Store, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    for split, number in (("train", 24), ("val", 4)):
        for name, quality in (("left", 95), ("right", 20)):
            folder = tmp_path / "sides" / split / name
            folder.mkdir(parents=True)
            for i in range(number):
                pixels = rng.integers(90, 160, (32, 32, 3), np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.jpg", quality=quality)
    quick = Hyperparameters(epochs=1, batch_size=16)
    request = Request(f"folder:{tmp_path / 'sides'}", hyperparameters=quick, image_size=32)
    run = read_run(store, train(store, request))
    assert any("JPEG quality alone the class of 48 of 48" in one for one in run.shortcuts)
    (told,) = (one for one in findings_of_run(store, run) if one.rule == "data shortcut")
    assert told.sentence.startswith(run.shortcuts[0])


def test_how_many_images_of_which_size_it_learned_from_is_kept(
    store: Store, tmp_path: Path
) -> None:
    for split, each in (("train", (5, 8)), ("val", (4, 4))):
        for name, number in zip(("left", "right"), each, strict=True):
            folder = tmp_path / "sides" / split / name
            folder.mkdir(parents=True)
            for i in range(number):
                Image.new("RGB", (90, 60), (i, 0, len(name))).save(folder / f"{i}.png")
    quick = Hyperparameters(epochs=1, batch_size=8)
    request = Request(f"folder:{tmp_path / 'sides'}", hyperparameters=quick, image_size=32)
    run = read_run(store, train(store, request))
    assert (run.class_images, run.original_side) == ((5, 8), 60)
    facts = gather_run(store, run, [])
    assert (facts.class_images, facts.original_side) == ((5, 8), 60)
    assert facts.scaled_side == round(32 * 256 / 224)
    drawn = Request("planted:train=32,validation=16,size=48", hyperparameters=quick, image_size=48)
    run = read_run(store, train(store, drawn))
    assert sum(run.class_images) == 32
    assert run.original_side == 48, "drawn images have a size, too"
