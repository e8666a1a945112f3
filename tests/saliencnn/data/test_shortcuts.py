"""Properties of images beside their content, and whether they give the class away."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saliencnn.data.geometry import validation_geometry
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.inspection import describe, inspect_images
from saliencnn.data.pixel_statistics import measure_pixels
from saliencnn.data.properties import PROPERTIES, read_properties
from saliencnn.data.shortcuts import find_shortcuts, measure_properties
from saliencnn.measures.class_prediction import predict_by_numbers, predict_by_words

CLASSES, EACH, SIDE = ("cat", "dog", "hen"), 20, 48
LABELS = np.tile(np.arange(len(CLASSES)), EACH)


def scene(seed: int) -> np.ndarray:
    """A smooth image, as photographs are; its content tells no class."""
    coarse = np.random.default_rng(seed).uniform(90, 160, (6, 6, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def encode(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def plant(name: str, cue: int, seed: int) -> bytes:
    """An image of which one property is the cue, 0 to 2."""
    pixels, rng = scene(seed), np.random.default_rng((1, seed))
    if name == "jpeg":
        return encode(pixels, "JPEG", quality=(90, 60, 30)[cue])
    if name in ("camera", "software", "date"):
        exif, day = Image.Exif(), f"20{10 + cue}:01:{1 + seed % 28:02d} 10:00:00"
        tag, value = {"camera": (272, f"Model {cue}"), "software": (305, f"v{cue}")}.get(
            name, (306, day)
        )
        exif[tag] = value
        return encode(pixels, "JPEG", quality=90, exif=exif)
    if name == "format":
        return encode(pixels, ("PNG", "BMP", "WEBP")[cue])
    if name == "size":
        return encode(np.pad(pixels, ((0, 0), (0, 8 * cue), (0, 0)), "edge"))
    changed = pixels.astype(float)
    if name == "brightness":
        changed += 40 * cue
    if name == "noise":
        changed += 8 * cue * rng.normal(size=pixels.shape)
    if name == "border":
        changed[:2] = changed[-2:] = changed[:, :2] = changed[:, -2:] = 100 * cue
    if name == "lower right":
        changed[-6:, -6:] = 100 * cue
    return encode(changed.clip(0, 255).astype(np.uint8))


def image_set(name: str, tells: bool) -> ImageSet:
    cues = LABELS if tells else np.random.default_rng(3).permutation(LABELS)
    samples = tuple(
        Sample(f"train/{CLASSES[label]}/{i}", int(label), plant(name, int(cue), i))
        for i, (label, cue) in enumerate(zip(LABELS, cues, strict=True))
    )
    return ImageSet(name, CLASSES, samples, ())


PLANTED = (
    *("jpeg", "camera", "software", "date", "format", "size"),
    *("brightness", "noise", "border", "lower right"),
)


@pytest.mark.parametrize("name", PLANTED)
def test_a_property_that_tells_the_class_is_named(name: str) -> None:
    planted = image_set(name, tells=True)
    found = find_shortcuts(measure_properties(CLASSES, planted.train))
    assert found[0].prediction.accuracy >= 0.9
    named = {one.name: one for one in found}
    assert f"of {len(LABELS)} training images" in named[name].sentence
    assert PROPERTIES[name].label in named[name].sentence


@pytest.mark.parametrize("name", PLANTED)
def test_the_same_property_that_tells_nothing_is_not(name: str) -> None:
    measured = measure_properties(CLASSES, image_set(name, tells=False).train)
    assert name in measured.values
    assert find_shortcuts(measured) == ()


def test_inspection_says_what_was_found_and_what_was_looked_at() -> None:
    def said(tells: bool) -> list[str]:
        found = inspect_images(image_set("jpeg", tells))
        lines = describe(found, validation_geometry(SIDE))
        return [line for line in lines if line.startswith("shortcut")]

    told, none = said(tells=True), said(tells=False)
    assert "From JPEG quality alone the class of 60 of 60" in told[0]
    assert len(none) == 1
    assert "JPEG quality" in none[0]


def test_one_class_alone_is_given_away() -> None:
    labels = np.arange(120) % 8
    samples = [
        Sample(str(i), int(label), plant("lower right", 2 * int(label == 5), i))
        for i, label in enumerate(labels)
    ]
    classes = tuple("abcdefgh")
    (found,) = (
        one
        for one in find_shortcuts(measure_properties(classes, samples))
        if one.name == "lower right"
    )
    assert found.prediction.f1[5] == 1
    assert '15 of the 15 training images of "f"' in found.sentence


def test_of_too_few_images_nothing_is_said() -> None:
    few = image_set("jpeg", tells=True)
    measured = measure_properties(CLASSES, few.train[:39])
    assert not measured.says_something
    assert find_shortcuts(measured) == ()


def test_a_folder_of_the_class_is_none_of_its_sources() -> None:
    def told(folder_of: dict[int, str], files: str) -> list[str]:
        samples = [
            Sample(files.format(folder_of[int(label)], i), int(label), scene(i))
            for i, label in enumerate(LABELS)
        ]
        return [one.name for one in find_shortcuts(measure_properties(CLASSES, samples))]

    assert told({0: "cat", 1: "dog", 2: "hen"}, "{}/{}.png") == []
    assert told({0: "n01", 1: "n02", 2: "n03"}, "{}/{}.png") == []  # the same, by another name
    assert told({0: "cat/zoo", 1: "dog/farm", 2: "hen/farm"}, "{}/{}.png") == ["folder"]


def test_damaged_files_and_tags_say_nothing(tmp_path: Path) -> None:
    assert read_properties(Sample("x", 0, b"no image")) == {}
    assert read_properties(Sample("x", 0, tmp_path / "none.png")) == {}
    exif = Image.Exif()
    exif[272], exif[306] = "\0\n<b>x</b>", "never"
    found = read_properties(Sample("x", 0, encode(scene(0), "JPEG", exif=exif)))
    assert "\n" not in str(found["camera"])
    assert "date" not in found


def test_numbers_of_pixels_are_those_of_what_was_drawn() -> None:
    flat = np.full((3, 64, 64), 100, np.uint8)
    flat[0] = 130
    found = measure_pixels(flat)
    assert found["colour"] == pytest.approx((30, 15))
    assert found["border"] == pytest.approx((110,))
    assert found["contrast"] == pytest.approx((0,), abs=1e-4)
    noisy = 128 + 12 * np.random.default_rng(0).normal(size=(1, 200, 200)).repeat(3, 0)
    assert measure_pixels(noisy.round().clip(0, 255).astype(np.uint8))["noise"][0] == pytest.approx(
        12, 0.05
    )
    assert measure_pixels(np.zeros((3, 20, 90), np.uint8)) == {}


def test_jpeg_quality_is_read_back() -> None:
    for quality in (1, 10, 20, 50, 75, 95, 100):
        found = read_properties(Sample("x", 0, encode(scene(0), "JPEG", quality=quality)))
        assert found["jpeg"] == (quality,)


def test_false_alarms_are_rare() -> None:
    """Of 60 properties that tell nothing, the skill stays 0 but for what chance allows."""
    rng = np.random.default_rng(0)
    skills = [
        predict_by_numbers(rng.normal(size=(60, 2)), LABELS, seed).skill for seed in range(30)
    ]
    skills += [predict_by_words(rng.choice(list("abcd"), 60), LABELS, s).skill for s in range(30)]
    assert sum(skill > 0 for skill in skills) <= 2
