"""Imputation and ROAD against pytorch-grad-cam, the equations themselves and known answers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pytorch_grad_cam.metrics.perturbation_confidence import (
    PerturbationConfidenceMetric,
    RemoveLeastRelevantFirst,
    RemoveMostRelevantFirst,
)
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget
from torch import Tensor

from saliencnn.measures.curves import Score, probability, ranks
from saliencnn.measures.road import impute, road

pytestmark = [
    pytest.mark.filterwarnings("error::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning"),  # the reference's
]

KNOWN = arrays(np.bool_, (2, 6, 7)).filter(lambda known: known.any(axis=(1, 2)).all())


def random_images(*shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=shape).astype("f4"))


def total(images: Tensor, positions: Tensor) -> Tensor:
    return images.sum((1, 2, 3))


def remembering(seen: dict[int, list[Tensor]]) -> Score:
    """Keep the images that are to be scored, by their positions."""

    def score(images: Tensor, positions: Tensor) -> Tensor:
        for image, position in zip(images, positions.tolist(), strict=True):
            seen.setdefault(position, []).append(image.clone())
        return total(images, positions)

    return score


def mean_around(image: np.ndarray, row: int, column: int) -> np.ndarray:
    """The weighted mean of the neighbours that lie inside the image, by hand."""
    above, below = np.zeros(len(image)), 0.0
    for i in range(row - 1, row + 2):
        for j in range(column - 1, column + 2):
            inside = 0 <= i < image.shape[1] and 0 <= j < image.shape[2]
            if inside and (i, j) != (row, column):
                weight = 2 if i == row or j == column else 1
                above += weight * image[:, i, j]
                below += weight
    return above / below


@given(KNOWN)
def test_each_filled_pixel_is_the_mean_of_its_neighbours(known: np.ndarray) -> None:
    images = random_images(2, 3, 6, 7)
    found = impute(images, torch.from_numpy(known)).numpy()
    for n in range(2):
        for i in range(6):
            for j in range(7):
                if known[n, i, j]:
                    assert (found[n, :, i, j] == images[n, :, i, j].numpy()).all()
                else:
                    expected = mean_around(found[n], i, j)
                    np.testing.assert_allclose(found[n, :, i, j], expected, atol=2e-3)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_imputation_is_pytorch_grad_cams(fraction: float) -> None:
    images = random_images(3, 3, 32, 28)
    rough = np.random.default_rng(1).random((3, 32, 28))
    smooth = np.random.default_rng(2).random((3, 4, 4))
    for maps in (rough, smooth):
        known = ranks(maps, 32, 28) >= round(fraction * 32 * 28)
        found = impute(images, known)
        for n in range(3):
            expected = NoisyLinearImputer(noise=0)(images[n], known[n].float())
            torch.testing.assert_close(found[n], expected, atol=1e-3, rtol=0)


def test_holes_in_ramps_and_planes_leave_no_trace() -> None:
    rows, columns = torch.meshgrid(torch.arange(12.0), torch.arange(12.0), indexing="ij")
    images = torch.stack([3 * rows - columns, torch.full((12, 12), 0.7)])[None]
    known = torch.ones(1, 12, 12, dtype=torch.bool)
    known[0, 2:9, 3:10] = False
    torch.testing.assert_close(impute(images, known), images, atol=1e-3, rtol=0)


def test_whole_images_and_single_pixels() -> None:
    images = random_images(2, 3, 5, 5)
    known = torch.ones(2, 5, 5, dtype=torch.bool)
    assert torch.equal(impute(images, known), images)
    known[1] = False
    known[1, 4, 0] = True
    found = impute(images, known)
    assert torch.equal(found[0], images[0])
    torch.testing.assert_close(found[1], images[1, :, 4:, :1].expand(3, 5, 5))


@pytest.mark.parametrize("most_salient_first", [True, False])
def test_road_is_pytorch_grad_cams(most_salient_first: bool) -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(300, 4)).eval()
    images, labels = random_images(3, 3, 10, 10), [2, 0, 3]
    maps = np.random.default_rng(3).random((3, 10, 10)).astype("f4")
    found = road(
        probability(network, torch.tensor(labels)), images, maps, noise=0.0, batch_size=8,
        most_salient_first=most_salient_first,
    )  # fmt: skip
    np.testing.assert_allclose(found.fractions, np.arange(10) / 10)
    remove = RemoveMostRelevantFirst if most_salient_first else RemoveLeastRelevantFirst
    targets = [ClassifierOutputSoftmaxTarget(label) for label in labels]
    for step in range(1, 10):
        change = remove(100 - 10 * step, NoisyLinearImputer(noise=0))
        metric = PerturbationConfidenceMetric(change)
        expected = metric(images, maps, targets, network, return_diff=False)
        np.testing.assert_allclose(found.curves[:, step], expected, atol=1e-4)


def test_noise_lies_on_removed_pixels_alone() -> None:
    images = torch.zeros(2, 3, 40, 40)
    maps = np.random.default_rng(4).random((2, 40, 40))
    order = ranks(maps, 40, 40)
    seen: dict[int, list[Tensor]] = {}
    road(remembering(seen), images, maps, steps=3, noise=0.5)
    for n in range(2):
        for step, image in enumerate(seen[n]):
            taken = order[n] < step * 480
            assert (image[:, ~taken] == 0).all()
            if step:
                assert image[:, taken].std() == pytest.approx(0.5, rel=0.1)
                assert image[:, taken].mean() == pytest.approx(0, abs=0.05)
    assert not torch.equal(seen[0][3][0], seen[0][3][1])


def test_noise_depends_on_the_seed_alone_which_is_by_default_the_position() -> None:
    images, maps = random_images(5, 3, 8, 8), np.random.default_rng(5).random((5, 4, 4))
    first = road(total, images, maps)
    for batch_size in (1, 7, 1000):
        again = road(total, images, maps, batch_size=batch_size)
        np.testing.assert_allclose(again.curves, first.curves, atol=1e-3)
    seeds = [(n, 1) for n in range(5)]
    other = road(total, images, maps, seeds=seeds)
    assert abs(other.curves - first.curves).max(axis=1).min() > 1e-2
    twice = road(total, images[:1].expand(2, 3, 8, 8), maps[:1].repeat(2, 0))
    assert abs(twice.curves[0] - twice.curves[1]).max() > 1e-2
    last = road(total, images[3:], maps[3:], seeds=seeds[3:])
    np.testing.assert_allclose(last.curves, other.curves[3:], atol=1e-3)
    with pytest.raises(ValueError, match="5 images need as many seeds, not 4"):
        road(total, images, maps, seeds=seeds[:4])


def test_both_orders_share_the_pixels() -> None:
    images, maps = random_images(1, 3, 10, 10), np.random.default_rng(6).integers(0, 3, (1, 5, 5))
    seen: list[dict[int, list[Tensor]]] = [{}, {}]
    for first, most_salient_first in enumerate((True, False)):
        road(remembering(seen[first]), images, maps, most_salient_first=most_salient_first)
    for fraction in range(1, 10):
        most, least = seen[0][0][fraction], seen[1][0][10 - fraction]
        removed = [(image != images[0]).all(0) for image in (most, least)]
        assert removed[0].sum() == 10 * fraction
        assert (removed[0] ^ removed[1]).all()


def test_flat_maps_remove_nothing() -> None:
    images, maps = random_images(3, 3, 8, 8), np.random.default_rng(7).random((3, 8, 8))
    maps[1] = 0.5
    found = road(total, images, maps, steps=2)
    assert np.isnan(found.curves).all(axis=1).tolist() == [False, True, False]
    assert np.isnan(found.auc).tolist() == [False, True, False]
    assert road(total, images[:0], maps[:0]).auc.shape == (0,)


@given(st.integers(1, 3), st.integers(1, 3))
def test_at_least_one_pixel_is_left(height: int, width: int) -> None:
    images = torch.arange(3.0 * height * width).view(1, 3, height, width)
    maps = np.arange(4.0).reshape(1, 2, 2)
    if height * width == 1:
        with pytest.raises(ValueError, match="2 pixels or more"):
            road(total, images, maps)
    else:
        assert np.isfinite(road(total, images, maps).curves).all()


def test_bad_numbers_are_refused() -> None:
    images, maps = random_images(2, 3, 4, 4), np.ones((1, 4, 4))
    with pytest.raises(ValueError, match="1 step"):
        road(total, images, maps, steps=0)
    with pytest.raises(ValueError, match="2 images need as many maps, not 1"):
        road(total, images, maps)
