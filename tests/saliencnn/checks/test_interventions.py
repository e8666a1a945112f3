"""Interventions on networks of which it is known what they read."""

import colorsys

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from saliencnn.checks.interventions import changes
from saliencnn.checks.interventions.answers import CONTROL, Answers
from saliencnn.checks.interventions.effects import Effects, find_effects
from saliencnn.checks.interventions.measure import Subject, intervene
from saliencnn.checks.interventions.scene import Scene
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.findings.of_interventions import convict
from saliencnn.models.spec import ModelSpec

SIDE, EACH = 32, 24
RED, GREEN = (0.8, 0.2, 0.2), (0.2, 0.8, 0.2)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


# Changes


def test_hues_are_turned_by_half() -> None:
    for colour in ((0.9, 0.2, 0.4), (0.1, 0.5, 0.3), (0.5, 0.5, 0.5), (1.0, 0.0, 0.0)):
        hue, light, saturation = colorsys.rgb_to_hls(*colour)
        expected = colorsys.hls_to_rgb((hue + 0.5) % 1, light, saturation)
        found = changes.turned_hue(torch.tensor(colour)[None, :, None, None])
        assert found.flatten().tolist() == pytest.approx(expected, abs=1e-6)


def test_a_hole_is_filled_from_its_surroundings() -> None:
    images = torch.full((1, 3, SIDE, SIDE), 0.25)
    hole = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.bool)
    hole[..., 8:20, 10:30] = True
    found = changes.inpainted(torch.where(hole, 1.0, images), hole)
    torch.testing.assert_close(found, images, atol=1e-5, rtol=0)
    nothing = changes.inpainted(images, torch.ones_like(hole))
    torch.testing.assert_close(nothing, images)


def test_shuffling_moves_patches_and_keeps_them_whole() -> None:
    images, side = noise(2, 3, SIDE, SIDE), SIDE // changes.PATCHES

    def patches(of: Tensor) -> set[tuple[float, ...]]:
        cut = of.unfold(1, side, side).unfold(2, side, side).permute(1, 2, 0, 3, 4).flatten(2)
        return {tuple(one.tolist()) for one in cut.flatten(0, 1)}

    moved = changes.shuffled(Scene(images, torch.tensor([0, 1])))
    assert patches(moved[0]) == patches(images[0])
    assert not torch.equal(moved, images)
    alone = changes.shuffled(Scene(images[1:], torch.tensor([1])))
    torch.testing.assert_close(alone, moved[1:])


def test_the_cells_of_the_grid_are_the_whole_image_once() -> None:
    places = range(changes.PATCHES)
    cells = [changes.cell((30, 33), row, column) for row in places for column in places]
    assert torch.equal(torch.stack(cells).sum(0), torch.ones(30, 33, dtype=torch.long))
    assert changes.corner((30, 30), lower=True, right=False)[-1, 0]
    assert not changes.corner((30, 30), lower=True, right=False)[0].any()
    assert not changes.border((30, 30))[10:20, 10:20].any()


def test_elsewhere_is_the_same_area_at_another_place() -> None:
    region = torch.zeros(3, 1, SIDE, SIDE, dtype=torch.bool)
    region[..., 4:12, 4:12] = True
    moved = Scene(noise(3, 3, SIDE, SIDE), torch.arange(3), region=region).elsewhere().region
    assert moved is not None
    assert moved.sum((1, 2, 3)).tolist() == region.sum((1, 2, 3)).tolist()
    assert not (moved & region).any()


@pytest.mark.parametrize("name", [n for n, row in INTERVENTIONS.items() if not row.needs])
def test_a_change_keeps_the_range_and_needs_no_other_image(name: str) -> None:
    images, numbers = noise(3, 3, SIDE, SIDE), torch.arange(3)
    found = INTERVENTIONS[name].change(Scene(images, numbers))
    assert found.shape == images.shape
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-6
    alone = INTERVENTIONS[name].change(Scene(images[2:], numbers[2:]))
    torch.testing.assert_close(alone, found[2:])


@pytest.mark.parametrize("name", [n for n, row in INTERVENTIONS.items() if row.needs == "other"])
def test_what_is_taken_is_the_others(name: str) -> None:
    images, others = noise(2, 3, SIDE, SIDE), 0.2 + 0.3 * noise(2, 3, SIDE, SIDE, seed=1)
    scene = Scene(images, torch.arange(2), others=others, own_others=images)
    row = INTERVENTIONS[name]
    assert row.control is not None
    torch.testing.assert_close(row.control(scene), images, atol=1e-5, rtol=1e-4)
    found = row.change(scene)
    if name == "other-brightness":
        means = [changes.luminance(some).mean((1, 2, 3)) for some in (found, others)]
        torch.testing.assert_close(*means)
    elif name == "other-tint":
        torch.testing.assert_close(found.mean((2, 3)), others.mean((2, 3)), atol=1e-3, rtol=0)
    elif name != "other-detail":  # a place
        taken = (found == others).all(1)
        assert torch.equal(torch.where(taken[:, None], images, found), images)
        assert 0 < taken.float().mean() < 0.5


# Networks


class ColourReader(nn.Module):
    """Tells red from green by the mean colour of a part of the image."""

    def __init__(self, part: Tensor) -> None:
        super().__init__()
        self.features, self.fc = nn.Conv2d(3, 3, 1, bias=False), nn.Linear(3, 2)
        self.features.weight.data = torch.eye(3)[..., None, None]
        self.fc.weight.data = torch.tensor([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0]])
        self.fc.bias.data = torch.zeros(2)
        self.part = part

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.fc((self.features(images) * self.part).mean((2, 3)))
        return scores


def paint(place: tuple[slice, slice]) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """Grey images with a red or a green patch at a place, and an object in the middle."""
    labels = np.repeat([0, 1], EACH)
    images = 0.45 + 0.1 * noise(2 * EACH, 1, SIDE, SIDE).expand(-1, 3, -1, -1).clone()
    for image, label in zip(images, labels, strict=True):
        image[(slice(None), *place)] = torch.tensor((RED, GREEN)[label])[:, None, None]
    masks = np.zeros((2 * EACH, SIDE, SIDE), bool)
    masks[:, 12:20, 12:20] = True
    return (images * 255).round().byte(), labels, masks


def try_reader(place: tuple[slice, slice], with_masks: bool = True) -> Effects:
    images, labels, masks = paint(place)
    subject = Subject(
        ColourReader(torch.ones(SIDE, SIDE)), ModelSpec("features", "fc"), images, labels,
        masks if with_masks else None, lambda pixels: pixels / 255,
    )  # fmt: skip
    return find_effects(intervene(subject), labels)


OBJECT = (slice(12, 20), slice(12, 20))
LOWER_LEFT = (slice(28, 31), slice(1, 4))
BESIDE = (slice(20, 24), slice(8, 12))


def test_who_reads_the_object_needs_it() -> None:
    effects = try_reader(OBJECT)
    assert effects.accuracy == 1
    assert effects.rows["object-mean"].accuracy <= 0.75
    assert effects.rows["object-mean"].control == 1
    assert effects.rows["only-object"].accuracy == 1
    assert effects.rows["background-swapped"].accuracy == 1
    assert effects.rows["object-hue"].accuracy == 0
    assert effects.rows["background-hue"].accuracy == 1
    assert convict(effects) == ""


def test_who_reads_what_lies_beside_the_object_is_convicted() -> None:
    effects = try_reader(BESIDE)
    assert effects.rows["object-inpaint"].accuracy == 1
    assert effects.rows["background-swapped"].accuracy == 0
    assert effects.rows["background-swapped"].control == 1
    assert effects.rows["background-hue"].accuracy == 0
    assert convict(effects) == "reads colours beside the object"


def test_who_reads_a_corner_is_convicted_without_masks() -> None:
    effects = try_reader(LOWER_LEFT, with_masks=False)
    assert "object-mean" not in effects.rows
    assert effects.rows["corner-lower-left"].accuracy <= 0.75
    assert effects.rows["corner-upper-left"].accuracy == 1
    assert effects.rows["attended-mean"].cost > 0.2
    assert effects.rows["other-lower-left"].follows == 1
    assert effects.rows["other-lower-left"].control == 1
    assert effects.rows["other-upper-left"].follows == 0
    assert convict(effects) == "reads one corner"


def test_results_do_not_depend_on_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = try_reader(BESIDE)
    monkeypatch.setattr("saliencnn.checks.interventions.measure.BATCH", 7)
    for name, effect in try_reader(BESIDE).rows.items():
        np.testing.assert_array_equal(effect.right, whole.rows[name].right)


# Effects


def answers_of(labels: np.ndarray, after: np.ndarray) -> Answers:
    predicted = np.stack([labels, after])
    return Answers(("", "grey"), predicted, np.ones(predicted.shape, np.float32))


def test_a_fall_that_chance_makes_is_none() -> None:
    labels = np.repeat([0, 1], 50)
    few, many = labels.copy(), labels.copy()
    few[:4], many[:20] = 1, 1
    found = find_effects(answers_of(labels, few), labels)
    assert not found.is_beyond_chance(found.rows["grey"].by_chance)
    found = find_effects(answers_of(labels, many), labels)
    assert found.is_beyond_chance(found.rows["grey"].by_chance)
    assert found.rows["grey"].cost == pytest.approx(0.2)
    assert found.rows["grey"].by_chance == pytest.approx(0.5**20)
    assert set(found.rows["grey"].turned) == set(range(20))
    assert found.rows["grey"].by_class(labels, 2).tolist() == [0.6, 1.0]


def test_a_control_stands_beside_its_own_intervention() -> None:
    labels = np.array([0, 1, 0, 1])
    names = ("", "object-mean", "object-mean" + CONTROL)
    predicted = np.array([[0, 1, 0, 1], [1, 1, 1, 1], [0, 1, 0, 0]])
    effects = find_effects(Answers(names, predicted, np.ones((3, 4), np.float32)), labels)
    effect = effects.rows["object-mean"]
    assert (effect.accuracy, effect.control) == (0.5, 0.75)


def test_blurring_down_and_across_is_blurring_over_squares() -> None:
    images = noise(2, 3, 30, 20)
    expected = images
    for _ in range(3):
        expected = avg_pool2d(expected, 7, 1, 3, count_include_pad=False)
    torch.testing.assert_close(changes.blurred(images, fraction=0.3), expected)
