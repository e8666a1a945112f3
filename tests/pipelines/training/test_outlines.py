"""Outlines that new backgrounds need: from boxes, from other images, and in several processes."""

import csv
import multiprocessing
import os
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.training.outlines import describe_estimates, outline_objects
from pipelines.training.request import Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.ranks import joined
from saliencnn.data.encode import encode_png
from saliencnn.data.imageset import Sample
from saliencnn.data.planted import render_planted
from saliencnn.recording.ending import Stopped
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.runs import list_runs, read_run
from tests.benchmarks.guidance import box_of

HP = Hyperparameters(new_background=1.0)
EVERY = 5


@pytest.fixture(scope="module")
def exact() -> tuple[Sample, ...]:
    """Planted birds with their masks."""
    return render_planted(train=300, validation=8, counterfactual=8, size=64).train


@pytest.fixture(scope="module")
def few(exact: tuple[Sample, ...]) -> tuple[Sample, ...]:
    """The same of which one in five has its box."""
    return tuple(
        replace(one, object_mask=None, object_box=None if n % EVERY else box_of(one))
        for n, one in enumerate(exact)
    )


def overlaps(found: tuple[Sample, ...], exact: tuple[Sample, ...]) -> np.ndarray:
    """Return the intersection over union of each mask with the exact one; 0 without one."""
    pairs = [(one.object_mask, other.object_mask) for one, other in zip(found, exact, strict=True)]
    return np.array([
        (one & other).sum() / (one | other).sum() if isinstance(one, np.ndarray) else 0.0
        for one, other in pairs
    ])  # fmt: skip


def test_objects_are_cut_out_and_estimated_where_nothing_is_known(
    exact: tuple[Sample, ...], few: tuple[Sample, ...]
) -> None:
    found = outline_objects(few, HP)
    near = overlaps(found, exact)
    boxed = np.arange(len(few)) % EVERY == 0
    assert np.median(near[boxed]) > 0.65  # a box has 0.4
    assert np.median(near[~boxed]) > 0.5
    kept = [
        (np.asarray(one.object_mask) & other.object_mask).sum()
        / np.asarray(other.object_mask).sum()
        for one, other in zip(found, exact, strict=True)
        if one.object_mask is not None
    ]
    assert np.mean(kept) > 0.9
    estimated = sum(one.object_mask is not None for one in found) - boxed.sum()
    assert estimated > 0.9 * (~boxed).sum()
    (sentence,) = describe_estimates(few, found)
    assert f"in {estimated} more training images" in sentence


def test_what_is_known_or_not_asked_for_stays(
    exact: tuple[Sample, ...], few: tuple[Sample, ...]
) -> None:
    assert outline_objects(few, Hyperparameters(guidance="both")) == few
    assert outline_objects(exact, HP) == exact
    assert describe_estimates(exact, exact) == ()
    unknown = tuple(replace(one, object_box=None) for one in few)
    assert outline_objects(unknown, HP) == unknown


def test_too_few_boxes_are_cut_out_and_teach_nothing(few: tuple[Sample, ...]) -> None:
    found = outline_objects(few[:50], HP)
    known = [one.object_mask is not None for one in found]
    assert known == [n % EVERY == 0 for n in range(50)]
    assert describe_estimates(few[:50], found) == ()


@pytest.fixture
def table(exact: tuple[Sample, ...], few: tuple[Sample, ...], tmp_path: Path) -> Path:
    """A table of the images, in which one in five of the training images has a box."""
    rows = []
    for n, (one, known) in enumerate(zip(exact, few, strict=True)):
        assert isinstance(one.image, np.ndarray)
        (tmp_path / f"{n}.png").write_bytes(encode_png(one.image))
        box = " ".join(map(str, known.object_box or ()))
        split = "train" if n < 200 else "val"
        rows.append({"path": f"{n}.png", "label": f"c{one.label}", "split": split, "box": box})
    with (tmp_path / "images.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path / "images.csv"


def test_a_run_says_what_it_estimated_and_goes_on_exactly(store: Store, table: Path) -> None:
    hp = replace(HP, epochs=2, batch_size=32)
    request = Request(f"csv:{table}", hyperparameters=hp, image_size=64, map_images=0)
    whole = read_run(store, train(store, request))
    (sentence,) = (note for note in whole.notes if "was estimated" in note)
    assert any("40 of 200" in note for note in whole.notes)
    assert 100 < int(sentence.split(" more training")[0].split()[-1]) <= 160
    seen: list[int] = []
    with pytest.raises(Stopped):
        train(
            store, request, interrupted=lambda: "By hand." * bool(seen),
            on_epoch=lambda epoch: seen.append(epoch.epoch),
        )  # fmt: skip
    (stopped,) = (run for run in list_runs(store) if run.status == "stopped")
    resume(store, stopped.run_id)
    losses = [
        read_history(store, [run.run_id], ["train_loss"])["value"].tolist()
        for run in (whole, stopped)
    ]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 2
    assert read_run(store, stopped.run_id).notes == whole.notes


def _outline_in(rank: int, port: int, samples: tuple[Sample, ...], folder: Path) -> None:
    os.environ |= {
        "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    with joined(torch.device("cpu")):
        found = outline_objects(samples, HP)
    np.save(folder / f"{rank}.npy", np.stack([_mask(one) for one in found]))


def _mask(sample: Sample) -> np.ndarray:
    known = isinstance(sample.object_mask, np.ndarray)
    return np.asarray(sample.object_mask) if known else np.zeros((64, 64), bool)


def test_two_processes_come_to_the_masks_of_one(few: tuple[Sample, ...], tmp_path: Path) -> None:
    some = few[:299]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    starter = multiprocessing.get_context("spawn")
    ranks = [
        starter.Process(target=_outline_in, args=(rank, port, some, tmp_path)) for rank in (0, 1)
    ]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join()
    expected = np.stack([_mask(one) for one in outline_objects(some, HP)])
    assert expected.any((1, 2)).mean() > 0.9
    for number in (0, 1):
        np.testing.assert_array_equal(np.load(tmp_path / f"{number}.npy"), expected)
