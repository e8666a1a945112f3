"""Score-CAM from a few channels against Score-CAM from all of them."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern
from torch import Tensor, nn

from saliencnn.common.progress import silent
from saliencnn.models.spec import POOLED, ModelSpec
from saliencnn.saliency import METHODS, explain
from saliencnn.saliency.passes import cut_pass, explaining
from saliencnn.saliency.scorecam import (
    FIRST_CHANNELS,
    MAX_CHANNELS,
    NUGGET,
    guess_scores,
    score_rounds,
)
from saliencnn.saliency.task import SharedPass, Task

CHANNELS = 400


class ManyChannels(nn.Module):
    """More channels than the approximation tries, among them some that never fire."""

    def __init__(self, dead: int = 50) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.features = nn.Sequential(nn.Conv2d(3, CHANNELS, 7, stride=5), nn.ReLU())
        self.features[0].bias.data[:dead] = -1e3
        self.head = nn.Linear(CHANNELS, 5)
        self.head.weight.data.mul_(40)
        self.seen = 0

    def forward(self, images: Tensor) -> Tensor:
        self.seen += len(images)
        return self.head(self.features(images).mean((2, 3)))


SPEC = ModelSpec("features", "head", POOLED)
METHOD = "scorecam_fast"


def make_images(count: int = 3) -> Tensor:
    """Coarse patterns, so that channels see different parts."""
    coarse = torch.randn(count, 3, 6, 6, generator=torch.Generator().manual_seed(2))
    return nn.functional.interpolate(coarse, size=(48, 48), mode="bilinear")


def maps_of(model: nn.Module, images: Tensor, method: str, seed: int = 0) -> Tensor:
    return explain(model, images, 2, [method], spec=SPEC, seed=seed)[method]


def test_who_reads_of_it_learns_how_well_it_agrees() -> None:
    """The sentence that all pages show, and the table of the documentation."""
    said = re.search(
        r"rank correlation with them was (0\.\d+) .*median of (\d+) images on (\d+) networks",
        METHODS[METHOD].summary,
    )
    assert said is not None
    assert [name for name, row in METHODS.items() if not row.exact] == [METHOD]
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "methods.md").read_text()
    text = " ".join(guide.split())
    assert f"a median of {said[1]}" in text
    assert f"python -m tests.benchmarks.scorecam {said[2]}" in text


def test_it_agrees_with_the_exact_map_and_tries_few_channels() -> None:
    model, images = ManyChannels(), make_images()
    exact = maps_of(model, images, "scorecam")
    assert model.seen == 3 + 3 * (CHANNELS - 50 + 1), "dead channels share one pass"
    model.seen = 0
    found = maps_of(model, images, METHOD)
    assert 3 < model.seen <= 3 + 3 * (MAX_CHANNELS + 1)
    for one, other in zip(found, exact, strict=True):
        assert spearmanr(one.flatten(), other.flatten()).statistic > 0.97
        equal = torch.relu(model.features(images).mean(1))[0]
        assert spearmanr(equal.flatten().detach(), exact[0].flatten()).statistic < 0.97


def test_it_does_not_try_all_channels_of_a_network_of_few() -> None:
    """The demo's network has exactly as many as may be tried."""
    model, images = ManyChannels(dead=CHANNELS - MAX_CHANNELS), make_images()
    exact = maps_of(model, images, "scorecam")
    model.seen = 0
    found = maps_of(model, images, METHOD)
    assert model.seen <= 3 + 3 * (MAX_CHANNELS / 2 + 1)
    for one, other in zip(found, exact, strict=True):
        assert spearmanr(one.flatten(), other.flatten()).statistic > 0.97


def test_with_few_channels_alive_it_is_exact() -> None:
    model, images = ManyChannels(dead=CHANNELS - FIRST_CHANNELS), make_images()
    exact, found = maps_of(model, images, "scorecam"), maps_of(model, images, METHOD)
    assert exact.amax(dim=(1, 2)).min() > 0
    torch.testing.assert_close(found, exact)


@pytest.mark.parametrize("alive", [20, 40, 100])
def test_no_channel_is_tried_twice(alive: int) -> None:
    model, image = ManyChannels(dead=CHANNELS - alive), make_images(1)
    with explaining(model, SPEC), torch.no_grad():
        cut = cut_pass(model, image, SPEC)
        task = Task(model, image, SPEC, SharedPass(lambda: cut, torch.tensor([2])), 0, silent)
        model.seen = 0
        tried = [count for count, _ in score_rounds(task, 0, settled=2.0)]
    assert tried[-1] == alive, "it never settles, so it tries all"
    assert model.seen == alive + 1, "and the black image that all dead channels show"


def test_a_network_without_a_live_channel_has_an_empty_map() -> None:
    model = ManyChannels(dead=CHANNELS)
    for method in ("scorecam", METHOD):
        assert not maps_of(model, make_images(), method).any()


def test_seed_and_batch() -> None:
    model, images = ManyChannels(), make_images()
    together = maps_of(model, images, METHOD, seed=4)
    torch.manual_seed(9)
    assert torch.equal(together, maps_of(model, images, METHOD, seed=4))
    assert not torch.equal(together, maps_of(model, images, METHOD, seed=5))
    alone = torch.cat([maps_of(model, image, METHOD, seed=4) for image in images.split(1)])
    torch.testing.assert_close(alone, together, rtol=1e-3, atol=1e-5)


@given(st.integers(2, 30), st.integers(0, 9), st.integers(0, 99))
def test_what_is_not_tried_is_guessed_as_scikit_learn_would(
    count: int, more: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    places, found = random.random((count + more, 12)), random.normal(5, 3, count)
    tried = random.permutation(count + more)[:count]
    kernel = Matern(float(np.median(pdist(places[tried]))), nu=1.5)
    peer = GaussianProcessRegressor(kernel, alpha=NUGGET, optimizer=None, normalize_y=True)
    means, deviations = peer.fit(places[tried], found).predict(places, return_std=True)
    means[tried] = found
    guesses, doubts = guess_scores(*(torch.from_numpy(part) for part in (places, tried, found)))
    np.testing.assert_allclose(guesses, means, atol=1e-8)
    if more:
        np.testing.assert_allclose(doubts, deviations, atol=1e-6)


def test_one_channel_tried_is_what_is_known_of_the_others() -> None:
    places, found = torch.eye(3, dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64)
    guesses, _ = guess_scores(places, torch.tensor([1]), found)
    torch.testing.assert_close(guesses, torch.full((3,), 2.0, dtype=torch.float64))
