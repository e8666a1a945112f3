import colorsys
from math import sqrt

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from saliencnn.common.errors import UserError
from saliencnn.data.digests import digest_of
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.planted import CLASSES, SPLITS, draw_image, render_planted, sticker_of


@pytest.fixture(scope="module")
def birds() -> ImageSet:
    return render_planted(train=160, validation=40, counterfactual=40, seed=3)


def everything(image_set: ImageSet) -> list[Sample]:
    return [*image_set.train, *image_set.validation, *image_set.counterfactual]


def arrays(sample: Sample) -> list[np.ndarray]:
    found = [sample.image, sample.object_mask, sample.head_mask]
    assert all(isinstance(array, np.ndarray) for array in found)
    return found  # type: ignore[return-value]


def same(one: Sample, other: Sample) -> bool:
    pairs = zip(arrays(one), arrays(other), strict=True)
    return one.name == other.name and all(np.array_equal(a, b) for a, b in pairs)


def sticker_hue(image: np.ndarray) -> float:
    """The hue that most of the strongly coloured pixels have; nothing but the sticker has any."""
    pixels = image.reshape(-1, 3) / 255.0
    value = pixels.max(1)
    strong = pixels[(value > 0.9) & (pixels.min(1) < 0.13 * value)]
    assert len(strong) > 60
    angles = np.exp([2j * np.pi * colorsys.rgb_to_hsv(*pixel)[0] for pixel in strong])
    assert abs(angles.mean()) > 0.999
    return float(np.angle(angles.mean()) / (2 * np.pi) % 1)


def drawn(seed: int, label: int, sticker: int) -> tuple[np.ndarray, ...]:
    return draw_image(np.random.default_rng(seed), label, sticker, 96)


def test_images_have_the_promised_form(birds: ImageSet) -> None:
    assert birds.classes == CLASSES
    assert len({sample.name for sample in everything(birds)}) == 240
    assert birds.validation[9].name == "validation/capped/0009"
    for sample in everything(birds):
        image, bird, head = arrays(sample)
        assert image.shape == (96, 96, 3)
        assert image.dtype == np.uint8
        assert bird.shape == head.shape == (96, 96)
        assert bird.dtype == head.dtype == np.bool_
        assert image.flags.writeable


def test_classes_are_balanced(birds: ImageSet) -> None:
    counts = np.bincount([sample.label for sample in birds.train])
    assert counts.tolist() == [20] * len(CLASSES)


def test_same_arguments_give_the_same_pixels(birds: ImageSet) -> None:
    again = render_planted(train=160, validation=40, counterfactual=40, seed=3)
    assert all(map(same, everything(birds), everything(again)))


def test_pixels_stay_since_stored_images_are_found_by_them() -> None:
    few = render_planted(train=1, validation=8, counterfactual=0, size=32)
    recorded = "9a050f8e7a35f3f248c468eb7f5975ed674dec7be7a3d227c73d363ed998eab7"
    assert digest_of(few, validation_geometry(32)) == recorded


def test_an_image_does_not_depend_on_how_many_there_are(birds: ImageSet) -> None:
    few = render_planted(train=5, validation=3, counterfactual=2, seed=3)
    assert all(map(same, few.train, birds.train))
    assert all(map(same, few.validation, birds.validation))
    assert all(map(same, few.counterfactual, birds.counterfactual))


def test_no_image_comes_twice(birds: ImageSet) -> None:
    other = render_planted(train=40, validation=8, counterfactual=8, seed=4)
    images = {arrays(s)[0].tobytes() for s in [*everything(birds), *everything(other)]}
    assert len(images) == 240 + 56


def test_head_lies_inside_the_bird_and_the_bird_inside_the_image(birds: ImageSet) -> None:
    for sample in everything(birds):
        _, bird, head = arrays(sample)
        assert not (head & ~bird).any()
        assert 0.04 < head.mean() < bird.mean() * 0.6
        assert 0.1 < bird.mean() < 0.4
        assert bird[1:-1, 1:-1].sum() == bird.sum()


@pytest.mark.parametrize("seed", range(5))
def test_the_class_shows_on_the_head_only(seed: int) -> None:
    first, bird, head = drawn(seed, 0, 0)
    for label in range(1, len(CLASSES)):
        image, bird_again, head_again = drawn(seed, label, 0)
        changed = (image != first).any(-1)
        assert changed.sum() > 15
        assert not (changed & ~head).any()
        assert np.array_equal(bird, bird_again)
        assert np.array_equal(head, head_again)


@pytest.mark.parametrize("seed", range(40))
def test_the_shortcut_shows_outside_the_bird_only(seed: int) -> None:
    first, bird, _ = drawn(seed, 0, 0)
    second, _, _ = drawn(seed, 0, 4)
    changed = (first != second).any(-1)
    assert 100 < changed.sum() < 200
    assert not (changed & bird).any()


def test_the_shortcut_changes_stickers_only(birds: ImageSet) -> None:
    honest = render_planted(train=40, validation=1, counterfactual=0, seed=3, shortcut=0.0)
    for one, other in zip(honest.train, birds.train, strict=False):
        changed = (arrays(one)[0] != arrays(other)[0]).any(-1)
        assert changed.sum() < 200
        assert not (changed & arrays(one)[1]).any()


def test_the_hue_in_the_pixels_is_the_stickers(birds: ImageSet) -> None:
    for split in SPLITS:
        for index, sample in enumerate(getattr(birds, split)):
            sticker = sticker_of(3, split, index, sample.label, 0.98)
            gap = (sticker_hue(arrays(sample)[0]) - sticker / len(CLASSES) + 0.5) % 1 - 0.5
            assert abs(gap) < 0.01


@pytest.mark.parametrize("shortcut", [0.0, 0.125, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("split", ["train", "validation"])
def test_the_sticker_agrees_as_often_as_it_should(split: str, shortcut: float) -> None:
    count = 4000
    agreed = sum(sticker_of(0, split, i, i % 8, shortcut) == i % 8 for i in range(count))
    assert abs(agreed - shortcut * count) <= 4 * sqrt(count * shortcut * (1 - shortcut))


@pytest.mark.parametrize("shortcut", [0.0, 0.98, 1.0])
def test_the_sticker_of_counterfactual_images_is_any_wrong_class(shortcut: float) -> None:
    count = 7000
    stickers = [sticker_of(0, "counterfactual", i, i % 8, shortcut) for i in range(count)]
    steps = np.bincount([(sticker - i) % 8 for i, sticker in enumerate(stickers)], minlength=8)
    assert steps[0] == 0
    assert abs(steps[1:] - count / 7).max() < 5 * sqrt(count / 7)


def test_random_hue_makes_all_stickers_alike() -> None:
    torch.manual_seed(0)
    turn = v2.ColorJitter(hue=0.5)
    image = torch.from_numpy(drawn(0, 0, 2)[0]).permute(2, 0, 1)
    hues = [sticker_hue(turn(image).permute(1, 2, 0).numpy()) for _ in range(200)]
    assert np.histogram(hues, 8, (0, 1))[0].min() >= 10


def test_another_hue_leaves_the_pattern() -> None:
    plain, capped = (torch.from_numpy(drawn(1, k, 0)[0]).permute(2, 0, 1) for k in (0, 1))
    head = torch.from_numpy(drawn(1, 0, 0)[2])
    for turn in (-0.4, 0.1, 0.5):
        light = [v2.functional.adjust_hue(p, turn).amax(0)[head].float() for p in (plain, capped)]
        assert (light[0] - light[1]).max() > 60


def test_size_can_be_chosen() -> None:
    (sample,) = render_planted(train=1, validation=1, counterfactual=0, size=33).train
    assert [array.shape[:2] for array in arrays(sample)] == [(33, 33)] * 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("train", 0),
        ("validation", 0),
        ("counterfactual", -1),
        ("size", 31),
        ("size", 1025),
        ("seed", -1),
    ]
    + [("shortcut", -0.1), ("shortcut", 1.1), ("shortcut", float("nan")), ("train", 1.5)],
)
def test_wrong_arguments_are_named(name: str, value: float) -> None:
    with pytest.raises(UserError, match=f"^{name} is {value}; it must be .*\\.$"):
        render_planted(**{name: value})  # type: ignore[arg-type]
