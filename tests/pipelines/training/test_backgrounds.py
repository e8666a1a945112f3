"""New backgrounds: what stays, what comes from where, and that nothing is left to read there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pipelines.training.backgrounds import swap_backgrounds
from pipelines.training.optimizer import learn, make_optimizer
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.encode import encode_png
from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import Sample
from saliencnn.data.loader import EpochImages
from saliencnn.data.preparation import Preparation
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import ModelSpec
from saliencnn.store.connection import Store
from saliencnn.store.runs import read_run

SIDE = 8
DATA = "planted:train=640,validation=80,counterfactual=80,size=48,seed=3"
PLAIN = Hyperparameters(epochs=4, batch_size=16)


def make_batch(count: int) -> tuple[Tensor, Tensor]:
    """Return images of one value each, 1, 2, ..., with an object of minus that value."""
    regions = torch.zeros(count, 1, SIDE, SIDE, dtype=torch.bool)
    for n in range(count):
        regions[n, 0, n % 4 : n % 4 + 3, 2:5] = True
    values = torch.arange(1.0, count + 1)[:, None, None, None].expand(count, 3, SIDE, SIDE)
    return torch.where(regions, -values, values), regions


@given(st.integers(2, 9), st.floats(0, 1), st.integers(0, 1000))
@settings(deadline=None)
def test_objects_stay_and_a_background_is_wholly_another_images(
    count: int, probability: float, seed: int
) -> None:
    images, regions = make_batch(count)
    torch.manual_seed(seed)
    swapped = swap_backgrounds(images, regions, probability)
    for n, (now, before, inside) in enumerate(zip(swapped, images, regions, strict=True)):
        inside = inside.expand_as(now)
        assert torch.equal(now[inside], before[inside])
        # One value: of the giver's background, from which its object's place is filled, too.
        (value,) = now[~inside].round(decimals=4).unique().tolist()
        assert value in range(1, count + 1)
        assert probability > 0 or value == n + 1
        assert probability < 1 or value != n + 1


def test_what_has_no_background_or_no_object_keeps_what_it_has() -> None:
    images, regions = make_batch(5)
    regions[0], regions[1] = True, False
    swapped = swap_backgrounds(images, regions, 1.0)
    assert torch.equal(swapped[:2], images[:2])
    outside = swapped[2:].masked_select(~regions[2:])
    assert 1.0 not in outside  # the image of which all is object gives none
    alone = torch.ones_like(regions)
    alone[3] = regions[3]
    assert torch.equal(swap_backgrounds(images, alone, 1.0), images)


def test_a_corner_that_is_ignored_is_no_background_for_an_object() -> None:
    """All of the giver but a corner counts, as of images without a box where that is ignored."""
    images, regions = make_batch(2)
    regions[1] = True
    regions[1, 0, -2:, :2] = False
    swapped = swap_backgrounds(images, regions, 1.0)
    assert torch.equal(swapped[0], images[0])
    corner = swapped[1].masked_select(~regions[1])
    assert corner.unique().tolist() == [1.0], "the corner itself comes from the other's scene"


def test_what_is_filled_up_beside_an_image_is_no_background() -> None:
    """Images twice as high as wide, padded; of the first nothing is known."""
    geometry = Geometry(32, None, "bilinear", mode="pad")
    shade = np.full((32, 16, 3), 50, np.uint8)
    samples = [Sample("a", 0, shade), Sample("b", 1, shade, object_box=(4, 4, 8, 8))]
    hp = replace(PLAIN, new_background=1.0, flip=0.0)
    loaded = EpochImages(samples, hp, Preparation(geometry), 1)
    (_, _, unknown), (_, _, known) = loaded[0], loaded[1]
    assert unknown.all()
    assert known.sum() == 64
    images = torch.stack([loaded[0][0], loaded[1][0]])
    assert torch.equal(swap_backgrounds(images, torch.stack([unknown, known]), 1.0), images)


def test_a_background_says_nothing_of_the_class_any_more() -> None:
    """In every image the background is its class's; afterwards it agrees as often as by chance."""
    torch.manual_seed(0)
    labels = torch.arange(400) % 4
    regions = torch.zeros(400, 1, 4, 4, dtype=torch.bool)
    regions[:, :, 1, 1] = True
    images = labels[:, None, None, None].float().expand(400, 3, 4, 4)
    orders = [torch.randperm(400) for _ in range(20)]
    batches = [part for order in orders for part in order.split(32)]
    agree = [
        swap_backgrounds(images[part], regions[part], 1.0)[:, 0, 0, 0].round() == labels[part]
        for part in batches
    ]
    assert torch.cat(agree).float().mean() == pytest.approx(0.25, abs=0.05)


def test_a_step_learns_from_the_swapped_images() -> None:
    images, regions = make_batch(4)
    images, regions = (t.repeat_interleave(4, 2).repeat_interleave(4, 3) for t in (images, regions))
    labels = torch.arange(4)

    def loss(hp: Hyperparameters, given: Tensor) -> float:
        torch.manual_seed(0)
        model = SmallGap(4)
        spec = ModelSpec("features", "fc")
        optimizer = make_optimizer(model, spec, hp)
        torch.manual_seed(1)
        step = learn(model, spec, optimizer, given, labels, regions, hp)
        assert step
        assert step.guidance == 0
        return step.loss

    torch.manual_seed(1)
    swapped = swap_backgrounds(images, regions, 1.0)
    new, old = Hyperparameters(new_background=1.0), Hyperparameters()
    assert loss(new, images) == pytest.approx(loss(old, swapped), rel=1e-6)
    assert loss(new, images) != pytest.approx(loss(old, images), rel=1e-3)


def test_new_backgrounds_keep_a_network_from_reading_the_shortcut(store: Store) -> None:
    plain = Request(DATA, image_size=48, hyperparameters=PLAIN)
    swapped = replace(plain, hyperparameters=replace(PLAIN, new_background=1.0))
    runs = [read_run(store, train(store, one)) for one in (plain, swapped)]
    cheating, honest = (run.metrics["counterfactual_accuracy"] for run in runs)
    assert honest > cheating + 0.3
    assert "guidance_loss" not in runs[1].metrics
    assert any("640 of 640" in note for note in runs[1].notes)
    assert not any("640 of 640" in note for note in runs[0].notes)


def test_new_backgrounds_without_any_region_are_refused(store: Store, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(4):
            shade = np.full((32, 32, 3), 40 * number + (name == "b"), np.uint8)
            (tmp_path / name / f"{number}.png").write_bytes(encode_png(shade))
    hp = replace(PLAIN, new_background=0.5, epochs=1)
    request = Request(f"folder:{tmp_path}", image_size=32, hyperparameters=hp)
    with pytest.raises(UserError, match=r"new_background is 0.5, but none of the .* has a box"):
        train(store, request)
    ignoring = replace(hp, ignored="0,0,0.5,0.5")
    with pytest.raises(UserError, match="batch_size is 1; with new_background it must be 2"):
        train(store, replace(request, hyperparameters=replace(ignoring, batch_size=1)))
    run = read_run(store, train(store, replace(request, hyperparameters=ignoring)))
    assert any("Of training images, the ignored parts came from other" in one for one in run.notes)
