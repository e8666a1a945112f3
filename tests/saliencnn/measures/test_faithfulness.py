"""Curves of deletion and insertion against loops and closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.transforms.functional import gaussian_blur

from saliencnn.measures.curves import Curves, Score, probability, ranks
from saliencnn.measures.faithfulness import blurred, deletion, insertion, mean_colour

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

BOTH = pytest.mark.parametrize("measure", [deletion, insertion])


def linear(weights: Tensor) -> Score:
    """Score images by weights (N, 3, H, W) of their own."""
    return lambda images, positions: (images * weights[positions]).sum((1, 2, 3))


def make_images(count: int, side: int = 6, seed: int = 0) -> tuple[Tensor, Tensor, np.ndarray]:
    rng = np.random.default_rng(seed)
    images, weights = rng.normal(size=(2, count, 3, side, side)).astype("f4")
    # coarse values make equal pixels
    maps = rng.integers(0, 9, (count, side, side)).astype("f4")
    return torch.from_numpy(images), torch.from_numpy(weights), maps


def order_of(single: np.ndarray) -> list[int]:
    return sorted(range(single.size), key=lambda p: (-single.flat[p], p))


def by_loops(start: Tensor, end: Tensor, weights: Tensor, maps: np.ndarray, steps: int) -> list:
    """Linear scores while one image's pixels become another's, pixel by pixel."""
    curves = []
    for n, single in enumerate(maps):
        current, order, done, curve = start[n].clone().flatten(1), order_of(single), 0, []
        for step in range(steps + 1):
            while done < round(single.size * step / steps):
                current[:, order[done]] = end[n].flatten(1)[:, order[done]]
                done += 1
            curve.append(float((current * weights[n].flatten(1)).sum()))
        curves.append(curve)
    return curves


@pytest.mark.parametrize("batch_size", [1, 5, 17, 1000])
@pytest.mark.parametrize("steps", [1, 4, 36])
def test_curves_by_hand(batch_size: int, steps: int) -> None:
    images, weights, maps = make_images(5)
    settings = {"steps": steps, "batch_size": batch_size}
    deleted = deletion(linear(weights), images, maps, **settings)
    expected = by_loops(images, mean_colour(images), weights, maps, steps)
    np.testing.assert_allclose(deleted.curves, expected, rtol=1e-4, atol=1e-4)
    inserted = insertion(linear(weights), images, maps, **settings)
    expected = by_loops(blurred(images), images, weights, maps, steps)
    np.testing.assert_allclose(inserted.curves, expected, rtol=1e-4, atol=1e-4)
    for found in (deleted, inserted):
        np.testing.assert_allclose(found.fractions, np.arange(steps + 1) / steps, atol=1e-12)
        by_trapezia = (found.curves[:, 1:] + found.curves[:, :-1]).sum(1) / 2 / steps
        np.testing.assert_allclose(found.auc, by_trapezia)


def test_areas_of_a_perfect_ranking() -> None:
    # pixels worth 1 to n each: deleted in falling order, k of them leave (n - k)(n - k + 1) / 2
    n = 16
    worth = torch.arange(1.0, n + 1).view(1, 1, 4, 4)
    maps = worth[0].numpy()
    settings = {"steps": n, "baseline": torch.zeros_like}
    score = linear(worth.expand(1, 3, 4, 4) / 3)
    falling = deletion(score, torch.ones(1, 3, 4, 4), maps, **settings)
    left = [(n - k) * (n - k + 1) / 2 for k in range(n + 1)]
    np.testing.assert_allclose(falling.curves[0], left, rtol=1e-6)
    total = n * (n + 1) / 2
    assert falling.auc == pytest.approx((sum(left) - total / 2) / n)
    rising = insertion(score, torch.ones(1, 3, 4, 4), maps, **settings)
    assert rising.auc == pytest.approx(total - falling.auc)
    worst = deletion(score, torch.ones(1, 3, 4, 4), -maps, **settings)
    assert worst.auc == pytest.approx(rising.auc)


@given(arrays(np.float32, (1, 4, 4), elements=st.floats(-1, 1, width=32)))
def test_no_ranking_beats_the_perfect_one(maps: np.ndarray) -> None:
    worth = torch.arange(16.0).view(1, 1, 4, 4)
    images, score = torch.ones(1, 1, 4, 4), linear(worth)
    settings = {"steps": 16, "baseline": torch.zeros_like}
    best = deletion(score, images, worth[0].numpy(), **settings).auc
    found = deletion(score, images, maps, **settings).auc
    assert np.isnan(found).all() or (best <= found + 1e-6).all()


@BOTH
def test_each_image_is_scored_for_its_own_class(measure) -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(108, 5)).eval()
    images, _, maps = make_images(6)
    targets = torch.tensor([4, 0, 3, 3, 1, 2])
    found = measure(probability(network, targets), images, maps, steps=7, batch_size=20)
    with torch.inference_mode():
        expected = network(images).softmax(1)[range(6), targets]
    whole = found.curves[:, 0 if measure is deletion else -1]
    np.testing.assert_allclose(whole, expected, rtol=1e-5)
    for n in range(6):
        alone = measure(
            probability(network, targets[n : n + 1]), images[n : n + 1], maps[n : n + 1], steps=7
        )
        np.testing.assert_allclose(alone.curves[0], found.curves[n], rtol=1e-5)


@BOTH
def test_no_batch_is_larger_than_allowed_and_constant_maps_cost_nothing(measure) -> None:
    images, weights, maps = make_images(7)
    maps[2] = 3
    maps[4, 0, 0] = np.nan
    seen = []

    def score(batch: Tensor, positions: Tensor) -> Tensor:
        assert len(batch) == len(positions)
        assert not torch.is_grad_enabled()
        seen.extend(positions.tolist())
        batches.append(len(batch))
        return linear(weights)(batch, positions)

    # an image's 6 scores fill a batch or several; several images share one where they fit
    for batch_size, largest in ((1, 1), (4, 4), (11, 6), (12, 12), (500, 30)):
        batches: list[int] = []
        seen.clear()
        found = measure(score, images, maps, steps=5, batch_size=batch_size)
        assert max(batches) == largest
        assert sorted(seen) == sorted([0, 1, 3, 5, 6] * 6)
        assert np.isnan(found.curves).all(axis=1).tolist() == [n in (2, 4) for n in range(7)]
        assert np.isnan(found.auc).tolist() == [n in (2, 4) for n in range(7)]


@pytest.mark.parametrize("size", [(6, 6), (3, 4), (13, 9)])
def test_pixels_are_ranked_by_resampled_maps(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    # Ties only where nothing is resampled: rounding would decide them otherwise.
    maps = (rng.integers(0, 4, (3, 6, 6)) if size == (6, 6) else rng.random((3, *size))).astype(
        "f4"
    )
    found = ranks(maps, 6, 6)
    wide = interpolate(torch.from_numpy(maps).double()[:, None], (6, 6), mode="bilinear")[:, 0]
    for n in range(3):
        expected = np.empty(36, dtype=int)
        expected[order_of(wide[n].numpy())] = np.arange(36)
        np.testing.assert_array_equal(found[n].ravel(), expected)


def test_the_unit_of_images_and_maps_does_not_matter_to_ranks() -> None:
    maps = np.random.default_rng(2).random((2, 7, 7)).astype("f4")
    assert torch.equal(ranks(maps * 1024, 28, 28), ranks(maps, 28, 28))


@BOTH
def test_bad_numbers_are_refused(measure) -> None:
    images, weights, maps = make_images(3)
    with pytest.raises(ValueError, match="3 images need as many maps, not 2"):
        measure(linear(weights), images, maps[:2])
    with pytest.raises(ValueError, match="steps must be at least 1, not 0"):
        measure(linear(weights), images, maps, steps=0)
    with pytest.raises(ValueError, match="batch size must be at least 1, not 0"):
        measure(linear(weights), images, maps, batch_size=0)


def test_no_images_have_no_curves() -> None:
    images, weights, maps = make_images(0)
    for measure in (deletion, insertion):
        found = measure(linear(weights), images, maps, steps=3)
        assert found.curves.shape == (0, 4)
        assert found.auc.shape == (0,)


def test_the_area_is_a_mean_over_the_span_of_the_fractions() -> None:
    found = Curves(np.array([0, 0.25, 0.5]), np.array([[1.0, 1, 1], [0, 1, 2]]))
    assert found.auc.tolist() == [1, 1]


def test_the_mean_colour_of_an_image() -> None:
    images, _, _ = make_images(2)
    for image, plain in zip(images, mean_colour(images), strict=True):
        for channel in range(3):
            assert torch.allclose(plain[channel], image[channel].mean())


def test_the_blur_is_rises_at_its_size_and_goes_with_others() -> None:
    images = torch.from_numpy(np.random.default_rng(3).normal(size=(1, 3, 224, 224)))
    assert torch.equal(blurred(images), gaussian_blur(images, [11, 11], [5.0, 5.0]))
    fine = images.repeat_interleave(2, 2).repeat_interleave(2, 3)
    ratio = blurred(fine).std() / blurred(images).std()
    assert 0.9 < ratio < 1.1
    for side in (2, 3, 32):
        plain = torch.full((1, 3, side, side), 0.7)
        assert torch.allclose(blurred(plain), plain)
