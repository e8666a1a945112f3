"""Outlines that new backgrounds need: from boxes, from other images, and in several processes."""

import multiprocessing
import os
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.training.outlines import describe_estimates, outline_objects
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.ranks import joined
from saliencnn.data.imageset import Sample
from saliencnn.data.planted import render_planted
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
    pairs = [
        (one.object_mask, other.object_mask) for one, other in zip(found, exact, strict=True)
    ]
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
    assert np.median(near[boxed]) > 0.75  # a box has 0.4
    assert np.median(near[~boxed]) > 0.6
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
    some = few[:151]
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
