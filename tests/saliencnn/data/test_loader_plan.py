"""How many processes load images, by cores and by shared memory, measured and real."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from saliencnn.data.loader_plan import (
    FEW_BYTES,
    LoaderPlan,
    are_few,
    batch_bytes,
    free_shared_memory,
    needed_bytes,
    plan_loaders,
)
from tests.helpers.container import in_small_memory

MB = 2**20


def plan(batch_size: int, size: int, wanted: int | None, free: int | None) -> LoaderPlan:
    return plan_loaders(batch_size, size, wanted, lambda: free)


def test_what_batches_need_follows_from_the_formula() -> None:
    assert batch_bytes(2, 10) == batch_bytes(2, (5, 20)) == 2 * (3 * 100 * 4 + 8)
    assert needed_bytes(100, 1) == 400  # two made ahead, two with the learner
    assert needed_bytes(100, 3) == 800
    assert needed_bytes(100, 0) == 0


@pytest.mark.parametrize(("cores", "count"), [(1, 1), (2, 1), (4, 3), (64, 8)])
def test_there_is_a_loader_for_each_core_but_one(
    monkeypatch: pytest.MonkeyPatch, cores: int, count: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert plan(32, 224, None, None) == LoaderPlan(count)
    assert plan(32, 224, None, 64 * 1024 * MB) == LoaderPlan(count)


def test_cores_that_this_process_may_not_use_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert plan(32, 224, None, None).count == 1


@pytest.mark.parametrize(
    ("batch_size", "size", "wanted", "free", "count"),
    [
        (32, 224, 7, 64 * MB, 0),  # Docker's default: 18.4 MB a batch, and one would need 73
        (32, 96, 7, 64 * MB, 7),
        (64, 96, 7, 64 * MB, 3),
        (128, 224, 1, 64 * MB, 0),
        (4, 224, 3, 64 * MB, 3),
        (32, 224, 7, 1024 * MB, 7),
        (4096, 1024, 8, 1024 * MB, 0),
        (32, 224, 7, 0, 0),
    ],
)
def test_no_more_loaders_than_fit(
    batch_size: int, size: int, wanted: int, free: int, count: int
) -> None:
    found = plan(batch_size, size, wanted, free)
    assert found.count == count
    if count:
        assert needed_bytes(batch_bytes(batch_size, size), count) <= free
    assert bool(found.notes) == (count < wanted)
    for note in found.notes:
        assert f"{free // MB} MB are free" in note
        assert "--shm-size" in note
        assert len(note) <= 300


def test_none_at_all_needs_no_measuring_and_no_note() -> None:
    def measure() -> int:
        pytest.fail("measured")

    assert plan_loaders(32, 224, 0, measure) == LoaderPlan(0)


def test_this_machine_s_shared_memory_is_measured() -> None:
    free = free_shared_memory()
    if sys.platform == "linux":
        assert free is not None
        assert free > 0


def test_in_small_memory_a_batch_that_does_not_fit_is_an_error_and_a_plan_prevents_it() -> None:
    program = """
import numpy as np
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.translation import translate
from saliencnn.data.imageset import Sample
from saliencnn.data.loader import load_epoch
from saliencnn.data.loader_plan import plan_loaders
from saliencnn.data.preparation import prepare_at

samples = [Sample(str(n), n, np.zeros((8, 8, 3), np.uint8)) for n in range(256)]
hp = Hyperparameters(batch_size=128)
try:
    list(load_epoch(samples, hp, prepare_at(224), 1, loaders=1))
except RuntimeError as error:
    print(translate(error).sentence)
plan = plan_loaders(hp.batch_size, 224, 3)
print(plan.count, *plan.notes)
print(sum(len(batch.labels) for batch in load_epoch(samples, hp, prepare_at(224), 1, plan.count)))
"""
    done = in_small_memory(sys.executable, "-c", program)
    assert done.returncode == 0, done.stderr
    error, note, loaded = done.stdout.splitlines()
    assert error.startswith("The shared memory (/dev/shm) is full")
    assert "--loaders 0" in error
    assert note.startswith("0 3 processes that load images need 588 MB")
    assert loaded == "256"


def test_few_small_images_need_no_loader(tmp_path: Path) -> None:
    drawn, file = np.zeros((96, 96, 3), np.uint8), tmp_path / "image.jpg"
    file.write_bytes(b"x" * (FEW_BYTES // 2))
    assert are_few([drawn] * 217, 96)
    assert are_few([drawn] * 217, 32)
    assert not are_few([drawn] * 218, 32)
    assert are_few([drawn] * 39, 224)
    assert not are_few([drawn] * 40, 224)
    assert are_few([file] * 2, 96)
    assert not are_few([file, file, b"x"], 96)
    assert not are_few([np.zeros((4000, 1000, 3), np.uint8)], 96)
    assert not are_few([tmp_path / "gone.jpg"], 96)
