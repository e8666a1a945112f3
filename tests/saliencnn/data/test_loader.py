import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data._utils.pin_memory import pin_memory

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.translation import translate
from saliencnn.data.encode import encode_png
from saliencnn.data.imageset import Sample
from saliencnn.data.loader import (
    PATIENCE,
    SLOWEST,
    Batch,
    EpochImages,
    iterate,
    load_epoch,
    mix_seed,
)
from saliencnn.data.order import weigh_classes
from saliencnn.data.preparation import prepare_at

ROOT = Path(__file__).parents[3]
SIZE = 32
HP = Hyperparameters(
    batch_size=8, seed=5, crop=0.5, color_jitter=0.7, grayscale=0.3, erasing=0.5, epochs=3
)


def make_samples(count: int = 21) -> list[Sample]:
    """Images whose label is their number."""
    images = np.random.default_rng(0).integers(0, 255, (count, SIZE, SIZE, 3), np.uint8)
    return [Sample(f"{i}", i, image) for i, image in enumerate(images)]


def by_label(batches: list[Batch]) -> dict[int, torch.Tensor]:
    return {
        int(label): image
        for batch in batches
        for label, image in zip(batch.labels, batch.images, strict=True)
    }


def assert_equal(first: list[Batch], second: list[Batch]) -> None:
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
        assert one.unreadable == other.unreadable


def test_the_number_of_loaders_changes_nothing() -> None:
    samples = make_samples()
    reference = list(load_epoch(samples, HP, prepare_at(SIZE), epoch=2))
    for loaders in (1, 3):
        loader = load_epoch(samples, HP, prepare_at(SIZE), epoch=2, loaders=loaders)
        assert loader.num_workers == loaders
        assert_equal(list(loader), reference)


def test_balanced_sampling_shows_each_class_as_often_and_no_two_draws_alike() -> None:
    samples = [replace(sample, label=int(place > 3)) for place, sample in enumerate(make_samples())]
    hp = replace(HP, balance="sampling")
    batches = [
        b for epoch in range(1, 41) for b in load_epoch(samples, hp, prepare_at(SIZE), epoch)
    ]
    labels = torch.cat([batch.labels for batch in batches])
    assert len(labels) == 40 * 21
    assert abs(labels.float().mean() - 0.5) < 0.06  # 3.5 standard deviations
    first = list(load_epoch(samples, hp, prepare_at(SIZE), 1))
    assert_equal(first, list(load_epoch(samples, hp, prepare_at(SIZE), 1, loaders=2)))
    images = torch.cat([batch.images for batch in first])
    assert len(images.flatten(1).unique(dim=0)) == len(images)  # 4 images were drawn often


def test_class_weights_make_classes_count_the_same() -> None:
    labels = [0] * 6 + [2] * 2 + [3] * 4
    weights = weigh_classes(labels, 5)
    assert weights.tolist() == pytest.approx([12 / 18, 0, 2, 1, 0])
    assert weights[torch.tensor(labels)].mean() == pytest.approx(1)


def test_a_batch_of_another_process_lies_in_shared_memory_as_a_whole() -> None:
    """Whatever the queue had to share later could be lost on the way without a word."""
    (batch, *_) = load_epoch(make_samples(), HP, prepare_at(SIZE), 1, loaders=1)
    assert batch.images.is_shared()
    assert batch.labels.is_shared()


# Torch raises at whatever is done when the signal of the lost process arrives, also in pytest.
KILLED = """
import multiprocessing, os, signal
from saliencnn.common.translation import translate
from tests.saliencnn.data.test_loader import HP, SIZE, iterate, load_epoch, make_samples, prepare_at
try:
    batches = iterate(load_epoch(make_samples(400), HP, prepare_at(SIZE), 1, loaders=1))
    next(batches)
    (loader,) = multiprocessing.active_children()
    os.kill(loader.pid, signal.SIGKILL)
    list(batches)
except Exception as error:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = translate(error)
    print(told.ours, type(error).__name__, told.sentence, flush=True)
os._exit(0)
"""


def test_a_loader_that_is_killed_ends_the_epoch_with_its_reason() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", KILLED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout.startswith("False "), done.stderr
    assert "--loaders 0" in done.stdout


@pytest.mark.parametrize("broken", [EOFError(), ConnectionResetError(104, "reset by peer")])
def test_a_loader_lost_with_a_batch_is_a_lost_loader(broken: Exception) -> None:
    def lose() -> Iterator[Batch]:
        raise broken
        yield

    with pytest.raises(RuntimeError) as caught:
        list(iterate(lose()))
    assert "--loaders 0" in translate(caught.value).sentence


def test_a_loader_that_gives_nothing_is_not_waited_for_for_ever() -> None:
    loader = load_epoch(make_samples(), HP, prepare_at(SIZE), 1, loaders=2)
    assert loader.timeout == PATIENCE + SLOWEST * HP.batch_size
    assert load_epoch(make_samples(), HP, prepare_at(SIZE), 1).timeout == 0


def test_every_image_comes_once_an_epoch() -> None:
    batches = list(load_epoch(make_samples(), HP, prepare_at(SIZE), epoch=1))
    assert [len(batch.labels) for batch in batches] == [8, 8, 5]
    assert sorted(int(x) for batch in batches for x in batch.labels) == list(range(21))
    assert batches[0].images.shape == (8, 3, SIZE, SIZE)
    assert batches[0].images.dtype == torch.float32


@pytest.mark.parametrize(("epoch", "seed"), [(2, 5), (1, 6)])
def test_another_epoch_or_seed_has_another_order_and_other_changes(epoch: int, seed: int) -> None:
    samples = make_samples()
    first = list(load_epoch(samples, HP, prepare_at(SIZE), epoch=1))
    other_hp = Hyperparameters(**{**HP.as_dict(), "seed": seed})
    other = list(load_epoch(samples, other_hp, prepare_at(SIZE), epoch))
    orders = [torch.cat([batch.labels for batch in batches]).tolist() for batches in (first, other)]
    assert orders[0] != orders[1]
    was, now = by_label(first), by_label(other)
    changed = sum(not torch.equal(was[label], now[label]) for label in was)
    assert changed >= 20  # by chance an image may get the same changes, but not two of them


def test_images_get_changes_of_their_own() -> None:
    pixels = make_samples(1)[0].image
    samples = [Sample(f"{i}", i, pixels) for i in range(12)]
    images = by_label(list(load_epoch(samples, HP, prepare_at(SIZE), 1)))
    assert len({image.numpy().tobytes() for image in images.values()}) == 12


def test_an_image_s_changes_do_not_depend_on_the_batch_size() -> None:
    samples = make_samples()
    large = Hyperparameters(**{**HP.as_dict(), "batch_size": 21})
    first = by_label(list(load_epoch(samples, HP, prepare_at(SIZE), 1)))
    second = by_label(list(load_epoch(samples, large, prepare_at(SIZE), 1)))
    for label, image in first.items():
        assert torch.equal(image, second[label])


def test_unreadable_images_are_named_and_the_others_come(tmp_path: Path) -> None:
    samples = make_samples(6)
    (tmp_path / "bad.png").write_bytes(encode_png(samples[0].image)[:90])
    (tmp_path / "good.png").write_bytes(encode_png(samples[0].image))
    samples += [
        Sample("bad", 6, tmp_path / "bad.png"),
        Sample("gone", 7, tmp_path / "gone.png"),
        Sample("good", 8, tmp_path / "good.png"),
    ]
    batches = list(load_epoch(samples, HP, prepare_at(SIZE), 1, loaders=1))
    assert sorted(name for batch in batches for name in batch.unreadable) == ["bad", "gone"]
    assert sorted(by_label(batches)) == [0, 1, 2, 3, 4, 5, 8]


def test_a_batch_with_nothing_readable_is_empty(tmp_path: Path) -> None:
    samples = [Sample(f"{i}", i, tmp_path / f"{i}.png") for i in range(3)]
    (batch,) = load_epoch(samples, HP, prepare_at(SIZE), 1)
    assert len(batch.labels) == len(batch.images) == 0
    assert sorted(batch.unreadable) == ["0", "1", "2"]


@pytest.mark.parametrize("loaders", [0, 1])
def test_the_global_random_numbers_are_left_alone(loaders: int) -> None:
    loader = load_epoch(make_samples(), HP, prepare_at(SIZE), 1, loaders)
    before = torch.get_rng_state()
    for _ in loader:
        assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(torch.get_rng_state(), before)


def test_mixed_seeds_differ_by_order_and_number() -> None:
    parts = [(0,), (1,), (1, 2), (2, 1), (1, 2, 1), (1, 2, 3), (2, 2)]
    seeds = [mix_seed(*part) for part in parts]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seeds == [mix_seed(*part) for part in parts]


def test_the_images_can_travel_to_a_new_process() -> None:
    """Where workers are spawned and not forked, the data set is pickled."""
    hp = Hyperparameters(crop=0.2, color_jitter=0.5, grayscale=0.5, erasing=0.5)
    for given in (hp, Hyperparameters()):
        images = EpochImages((), given, prepare_at(96), 1)
        assert len(pickle.loads(pickle.dumps(images))) == 0


def test_every_tensor_of_a_batch_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """By torch's own function, which hands on what it does not know; without a GPU nothing is."""
    if not torch.cuda.is_available():
        monkeypatch.setattr(torch.Tensor, "is_pinned", lambda own: hasattr(own, "pinned"))
        monkeypatch.setattr(torch.Tensor, "pin_memory", pinned)
    whole = Batch(torch.rand(2, 3, 4, 4), torch.arange(2), ("a",), torch.ones(2, 1, 4, 4) > 0)
    for batch in (whole, replace(whole, regions=None), replace(whole, images=torch.empty(0))):
        found = pin_memory(batch)
        assert found.images.is_pinned()
        assert found.labels.is_pinned()
        assert found.unreadable == ("a",)
        assert torch.equal(found.images, batch.images)
        assert torch.equal(found.labels, batch.labels)
        assert (found.regions is None) == (batch.regions is None)
        assert found.regions is None or found.regions.is_pinned()


def pinned(tensor: torch.Tensor) -> torch.Tensor:
    """Return a marked copy, as a machine with a GPU returns one in pinned memory."""
    copy = tensor.clone()
    copy.pinned = True
    return copy
