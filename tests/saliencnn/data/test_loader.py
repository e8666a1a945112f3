import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.augment import training_transform
from saliencnn.data.decode import encode_png
from saliencnn.data.imageset import Sample
from saliencnn.data.loader import Batch, EpochImages, load_epoch, mix_seed

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


def in_this_process(loader: "DataLoader[Batch]") -> "DataLoader[Batch]":
    """The same loader without workers."""
    return DataLoader(
        loader.dataset,
        loader.batch_size,
        shuffle=True,
        generator=loader.generator,
        num_workers=0,
        collate_fn=loader.collate_fn,
    )


def assert_equal(first: list[Batch], second: list[Batch]) -> None:
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
        assert one.unreadable == other.unreadable


def test_the_number_of_workers_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = make_samples()
    reference = list(in_this_process(load_epoch(samples, HP, SIZE, epoch=2)))
    for cores, workers in ((1, 1), (2, 1), (4, 3)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        loader = load_epoch(samples, HP, SIZE, epoch=2)
        assert loader.num_workers == workers
        assert_equal(list(loader), reference)


def test_every_image_comes_once_an_epoch() -> None:
    batches = list(in_this_process(load_epoch(make_samples(), HP, SIZE, epoch=1)))
    assert [len(batch.labels) for batch in batches] == [8, 8, 5]
    assert sorted(int(x) for batch in batches for x in batch.labels) == list(range(21))
    assert batches[0].images.shape == (8, 3, SIZE, SIZE)
    assert batches[0].images.dtype == torch.float32


@pytest.mark.parametrize(("epoch", "seed"), [(2, 5), (1, 6)])
def test_another_epoch_or_seed_has_another_order_and_other_changes(epoch: int, seed: int) -> None:
    samples = make_samples()
    first = list(in_this_process(load_epoch(samples, HP, SIZE, epoch=1)))
    other_hp = Hyperparameters(**{**HP.as_dict(), "seed": seed})
    other = list(in_this_process(load_epoch(samples, other_hp, SIZE, epoch)))
    orders = [torch.cat([batch.labels for batch in batches]).tolist() for batches in (first, other)]
    assert orders[0] != orders[1]
    was, now = by_label(first), by_label(other)
    changed = sum(not torch.equal(was[label], now[label]) for label in was)
    assert changed >= 20  # by chance an image may get the same changes, but not two of them


def test_images_get_changes_of_their_own() -> None:
    pixels = make_samples(1)[0].image
    samples = [Sample(f"{i}", i, pixels) for i in range(12)]
    images = by_label(list(in_this_process(load_epoch(samples, HP, SIZE, 1))))
    assert len({image.numpy().tobytes() for image in images.values()}) == 12


def test_an_image_s_changes_do_not_depend_on_the_batch_size() -> None:
    samples = make_samples()
    large = Hyperparameters(**{**HP.as_dict(), "batch_size": 21})
    first = by_label(list(in_this_process(load_epoch(samples, HP, SIZE, 1))))
    second = by_label(list(in_this_process(load_epoch(samples, large, SIZE, 1))))
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
    batches = list(load_epoch(samples, HP, SIZE, 1))
    assert sorted(name for batch in batches for name in batch.unreadable) == ["bad", "gone"]
    assert sorted(by_label(batches)) == [0, 1, 2, 3, 4, 5, 8]


def test_a_batch_with_nothing_readable_is_empty(tmp_path: Path) -> None:
    samples = [Sample(f"{i}", i, tmp_path / f"{i}.png") for i in range(3)]
    (batch,) = in_this_process(load_epoch(samples, HP, SIZE, 1))
    assert len(batch.labels) == len(batch.images) == 0
    assert sorted(batch.unreadable) == ["0", "1", "2"]


@pytest.mark.parametrize("workers", [True, False])
def test_the_global_random_numbers_are_left_alone(workers: bool) -> None:
    loader = load_epoch(make_samples(), HP, SIZE, 1)
    before = torch.get_rng_state()
    for _ in loader if workers else in_this_process(loader):
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
        images = EpochImages((), training_transform(given, 96), 0, 1)
        assert len(pickle.loads(pickle.dumps(images))) == 0
