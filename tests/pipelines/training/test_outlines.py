"""Outlines that new backgrounds need: from boxes, from other images, and in several processes."""

import csv
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.training.outlines import Outlined, outline_objects
from pipelines.training.request import Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.ranks import joined
from saliencnn.data.encode import encode_png
from saliencnn.data.imageset import Sample
from saliencnn.data.loading import load_original
from saliencnn.data.locating import AGREEING
from saliencnn.data.planted import render_planted
from saliencnn.data.regions import read_exact
from saliencnn.recording.ending import Stopped
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.runs import list_runs, read_run
from tests.benchmarks.guidance import box_of

HP = Hyperparameters(new_background=1.0)
EVERY = 5
SOME = 299
"""Images that two processes share, of which one has one more."""


@pytest.fixture(scope="module")
def exact() -> tuple[Sample, ...]:
    return _render()


@pytest.fixture(scope="module")
def few(exact: tuple[Sample, ...]) -> tuple[Sample, ...]:
    return _leave_few_boxes(exact)


def _render() -> tuple[Sample, ...]:
    """Return planted birds with their masks."""
    return render_planted(train=300, validation=8, counterfactual=8, size=64).train


def _leave_few_boxes(exact: tuple[Sample, ...]) -> tuple[Sample, ...]:
    """Return the same of which one in five has its box."""
    return tuple(
        replace(one, object_mask=None, object_box=None if n % EVERY else box_of(one))
        for n, one in enumerate(exact)
    )


def overlaps(found: tuple[Sample, ...], exact: tuple[Sample, ...]) -> np.ndarray:
    """Return the intersection over union of each mask with the exact one; 0 without one."""
    pairs = [(_mask(one), _mask(other)) for one, other in zip(found, exact, strict=True)]
    return np.array([(one & other).sum() / (one | other).sum() for one, other in pairs])


def test_objects_are_cut_out_and_estimated_where_nothing_is_known(
    exact: tuple[Sample, ...], few: tuple[Sample, ...]
) -> None:
    outlined = outline_objects(few, HP)
    found = outlined.samples
    near = overlaps(found, exact)
    boxed = np.arange(len(few)) % EVERY == 0
    assert np.median(near[boxed]) > 0.65  # a box has 0.4
    assert np.median(near[~boxed]) > 0.5
    kept = [
        (_mask(one) & _mask(other)).sum() / _mask(other).sum()
        for one, other in zip(found, exact, strict=True)
        if one.object_mask is not None
    ]
    assert np.mean(kept) > 0.9
    estimated = sum(one.object_mask is not None for one in found) - boxed.sum()
    assert estimated > 0.9 * (~boxed).sum()
    (sentence,) = outlined.notes
    assert f"in {estimated} more training images" in sentence
    assert "on 30 in which" in sentence
    agreement = float(sentence.split(" by ")[1].split()[0])
    assert AGREEING <= agreement < 1


def test_what_is_known_or_not_asked_for_stays(
    exact: tuple[Sample, ...], few: tuple[Sample, ...]
) -> None:
    assert outline_objects(few, Hyperparameters(guidance="both")) == Outlined(few)
    assert outline_objects(exact, HP) == Outlined(exact)
    unknown = tuple(replace(one, object_box=None) for one in few)
    assert outline_objects(unknown, HP) == Outlined(unknown)


def test_too_few_boxes_are_cut_out_and_teach_nothing(few: tuple[Sample, ...]) -> None:
    outlined = outline_objects(few[:290], HP)
    known = [one.object_mask is not None for one in outlined.samples]
    assert known == [n % EVERY == 0 for n in range(290)]
    assert outlined.notes == ()


def test_an_object_is_estimated_where_its_mask_cannot_be_used(few: tuple[Sample, ...]) -> None:
    """Their images are counted as estimated, too."""
    spoilt = tuple(
        one if one.object_box else replace(one, object_mask=Path("gone.png")) for one in few
    )
    assert outline_objects(spoilt, HP) == outline_objects(few, HP)


@pytest.fixture
def table(exact: tuple[Sample, ...], few: tuple[Sample, ...], tmp_path: Path) -> Path:
    """A table of the images, in which one in five of the training images has a box."""
    rows = []
    for n, (one, known) in enumerate(zip(exact, few, strict=True)):
        assert isinstance(one.image, np.ndarray)
        (tmp_path / f"{n}.png").write_bytes(encode_png(one.image))
        box = " ".join(map(str, known.object_box or ()))
        split = "train" if n % EVERY == 0 or n < 200 else "val"
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
    assert any("60 of 220" in note for note in whole.notes)
    assert 100 < int(sentence.split(" more training")[0].split()[-1]) <= 160
    seen: list[int] = []
    with pytest.raises(Stopped):
        train(
            store, request, interrupted=lambda: "By hand." * bool(seen),
            on_epoch=lambda epoch: seen.append(epoch.epoch),
        )  # fmt: skip
    stopped = next(run for run in list_runs(store) if run.status == "stopped")
    resume(store, stopped.run_id)
    losses = [
        read_history(store, [run.run_id], ["train_loss"])["value"].tolist()
        for run in (whole, stopped)
    ]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 2
    assert read_run(store, stopped.run_id).notes == whole.notes


def test_a_stop_is_heard_while_outlines_are_made(store: Store, table: Path) -> None:
    told: list[str] = []
    hp = replace(HP, epochs=1, batch_size=32)
    request = Request(f"csv:{table}", hyperparameters=hp, image_size=64, map_images=0)
    with pytest.raises(Stopped):
        train(
            store, request, lambda _fraction, words: told.append(words),
            interrupted=lambda: "By hand." * any("learning from half" in words for words in told),
        )  # fmt: skip
    assert told[-1] == "epoch 1 of 1: learning from half of them"


def outline_in(rank: int, port: int, unread: int, folder: Path) -> None:
    """Outline the images as one of two processes does, and leave its masks in a folder."""
    os.environ |= {
        "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    samples = _leave_few_boxes(_render())[:SOME]
    if rank:
        samples = tuple(
            replace(one, image=b"") if n % 10 < unread else one for n, one in enumerate(samples)
        )
    with joined(torch.device("cpu")):
        found = outline_objects(samples, HP).samples
    np.save(folder / f"{rank}.npy", np.stack([_mask(one) for one in found]))


def _mask(sample: Sample) -> np.ndarray:
    none = np.zeros((64, 64), bool)
    if isinstance(sample.image, bytes):  # it lies in the other process
        sample = replace(sample, image=none)
    mask = read_exact(sample, load_original(sample))
    return none if mask is None else mask


def _outline_in_two(unread: int, folder: Path) -> list[np.ndarray]:
    """Return both processes' masks; the second cannot read so many in ten of its images."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    calls = [f"outline_in({rank}, {port}, {unread}, Path({str(folder)!r}))" for rank in (0, 1)]
    program = f"from pathlib import Path; from {__name__} import outline_in; "
    found = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    ranks = [subprocess.Popen([sys.executable, "-c", program + call], env=found) for call in calls]
    assert [rank.wait(timeout=300) for rank in ranks] == [0, 0]
    return [np.load(folder / f"{number}.npy") for number in (0, 1)]


def test_two_processes_come_to_the_masks_of_one(few: tuple[Sample, ...], tmp_path: Path) -> None:
    some = few[:SOME]
    expected = np.stack([_mask(one) for one in outline_objects(some, HP).samples])
    assert expected.any((1, 2)).mean() > 0.9
    for found in _outline_in_two(0, tmp_path):
        np.testing.assert_array_equal(found, expected)


def test_two_processes_agree_where_one_cannot_read_half_of_its_images(
    few: tuple[Sample, ...], tmp_path: Path
) -> None:
    """By itself it would know too few objects to learn from."""
    some = few[:SOME]
    expected = np.stack([_mask(one) for one in outline_objects(some, HP).samples])
    for n in range(1, SOME, 2):  # the second process's
        expected[n] &= n % 10 >= 5
    assert expected[1::2].any((1, 2)).mean() > 0.5
    for found in _outline_in_two(5, tmp_path):
        np.testing.assert_array_equal(found, expected)
