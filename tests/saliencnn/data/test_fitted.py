import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.data.decode import decode_image
from saliencnn.data.digests import digest_file, digest_of
from saliencnn.data.encode import encode_jpeg, encode_png
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.imageset import Box, ImageSet, Sample
from saliencnn.data.loading import load_image
from saliencnn.data.masks import Outline
from saliencnn.data.planes import decode_planes
from saliencnn.data.region_notes import report_regions

AT_32 = validation_geometry(32)


def image_set(*samples: Sample) -> ImageSet:
    return ImageSet("test", ("a", "b"), (), samples)


def rectangle(height: int, width: int, box: tuple[int, int, int, int]) -> np.ndarray:
    x, y, w, h = box
    mask = np.zeros((height, width), bool)
    mask[y : y + h, x : x + w] = True
    return mask


def bounds(mask: np.ndarray) -> np.ndarray:
    """Left, top, right, bottom edges of what is set."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])


@st.composite
def drawn(draw: st.DrawFn) -> tuple[int, int, int, tuple[int, int, int, int]]:
    height, width, size = (draw(st.integers(low, 160)) for low in (20, 20, 16))
    x, y = (draw(st.integers(0, side - 8)) for side in (width, height))
    w, h = draw(st.integers(8, width - x)), draw(st.integers(8, height - y))
    return height, width, size, (x, y, w, h)


@given(drawn())
def test_boxes_and_masks_lie_where_the_image_shows_them(
    scene: tuple[int, int, int, tuple[int, int, int, int]],
) -> None:
    height, width, size, box = scene
    scale = 1 if height == width == size else size * 256 / 224 / min(height, width)
    assume(min(box[2:]) * scale >= 4)  # else nothing bright may be left
    mask = rectangle(height, width, box)
    white = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 255
    sample = Sample("x", 0, white, object_box=box, object_mask=mask, head_mask=~mask)
    kept = fit_validation(image_set(sample), validation_geometry(size))
    shown = decode_planes(kept.encoded)[0].float().mean(0).numpy() > 127
    assert shown.shape == (size, size)
    found = kept.index.object_boxes[0]
    assert np.isnan(kept.index.head_boxes[0]).all()
    if not found[2:].min() >= 3:  # next to nothing is left within the crop
        assert not shown.any() or np.ptp(bounds(shown).reshape(2, 2), axis=0).min() <= 4.5
        return
    corners = np.array([*found[:2], *(found[:2] + found[2:])])
    np.testing.assert_allclose(corners, bounds(shown), atol=1.5)
    assert kept.object_masks is not None
    assert kept.head_masks is not None
    np.testing.assert_allclose(bounds(kept.object_masks[0]), bounds(shown), atol=1.5)
    np.testing.assert_array_equal(kept.head_masks[0], ~kept.object_masks[0])


def test_a_box_outside_the_crop_is_unknown() -> None:
    sample = Sample("x", 0, np.zeros((40, 200, 3), np.uint8), object_box=(0, 0, 20, 40))
    assert np.isnan(fit_validation(image_set(sample), AT_32).index.object_boxes).all()


def test_an_image_of_the_right_size_stays_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    mask = rectangle(32, 32, (3, 4, 5, 6))
    sample = Sample("x", 1, image, (3, 4, 5, 6), (1, 2, 30.5, 4), mask, mask)
    kept = fit_validation(image_set(sample), AT_32)
    np.testing.assert_array_equal(decode_image(kept.encoded[0], "x"), image)
    np.testing.assert_array_equal(kept.object_masks, mask[None])
    assert kept.index.object_boxes.tolist() == [[3, 4, 5, 6]]
    assert kept.index.head_boxes.tolist() == [[1, 2, 30.5, 4]]
    assert kept.index.masked("object").all()


def test_files_are_kept_as_jpeg_close_to_the_original(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    image = np.stack(np.broadcast_arrays(ramp[:, None], ramp, ramp[::-1]), axis=-1)
    path.write_bytes(encode_png(image))
    kept = fit_validation(image_set(Sample("a.png", 0, path)), validation_geometry(64))
    assert kept.encoded[0].startswith(b"\xff\xd8")
    change = decode_planes(kept.encoded)[0].permute(1, 2, 0).numpy().astype(int) - image
    assert np.abs(change).mean() < 2


def test_masks_count_where_there_are_some_and_the_others_are_counted(tmp_path: Path) -> None:
    image, mask = np.zeros((32, 32, 3), np.uint8), rectangle(32, 32, (4, 4, 8, 8))
    file = tmp_path / "mask.png"
    file.write_bytes(encode_png(np.repeat(mask[..., None].astype(np.uint8), 3, 2)))
    samples = (
        Sample("exact", 0, image, object_mask=mask),
        Sample("none", 0, image),
        Sample("file", 1, image, object_mask=file),
        Sample("drawn", 1, image, object_mask=Outline(64, 64, ((8, 8, 24, 8, 24, 24, 8, 24),))),
        Sample("box", 1, image, object_box=(1, 1, 3, 3)),
        Sample("wide", 0, image, object_mask=Outline(32, 64, ((8, 8, 24, 8, 24, 24),))),
        Sample("gone", 0, image, object_mask=tmp_path / "gone.png"),
        Sample("empty", 0, image, object_mask=Outline(32, 32)),
    )
    kept = fit_validation(image_set(*samples), AT_32)
    assert kept.index.masked("object").tolist() == [1, 0, 1, 1, 0, 0, 0, 0]
    assert not kept.index.masked("head").any()
    assert kept.object_masks is not None
    np.testing.assert_array_equal(kept.object_masks, [mask] * 3)
    assert [region is not None for region in kept.regions("object")] == [1, 0, 1, 1, 1, 0, 0, 0]
    bad, focus = report_regions(image_set(*samples), kept.index)
    assert "3 of 6" in bad
    assert "wide, gone, empty" in bad
    assert "64 x 32" in bad
    assert "4 of 8" in focus


def test_nothing_is_said_of_regions_where_all_are_known_or_none_is() -> None:
    image, mask = np.zeros((32, 32, 3), np.uint8), rectangle(32, 32, (4, 4, 8, 8))
    for sample in (Sample("a", 0, image, object_mask=mask), Sample("b", 0, image)):
        given = image_set(sample)
        assert not report_regions(given, fit_validation(given, AT_32).index)


def test_unreadable_images_are_skipped_and_listed(tmp_path: Path) -> None:
    samples = []
    for name, content in {
        "cut.jpg": encode_jpeg(np.zeros((50, 50, 3), np.uint8))[:300],
        "good.jpg": encode_jpeg(np.full((50, 40, 3), 200, np.uint8)),
        "empty.jpg": b"",
        "fine.jpg": encode_jpeg(np.full((30, 40, 3), 90, np.uint8)),
    }.items():
        (tmp_path / name).write_bytes(content)
        samples.append(Sample(name, len(samples) % 2, tmp_path / name, object_box=(0, 0, 40, 30)))
    samples.append(Sample("gone.jpg", 0, tmp_path / "gone.jpg"))
    kept = fit_validation(image_set(*samples), validation_geometry(24))
    assert kept.index.skipped == ("cut.jpg", "empty.jpg", "gone.jpg")
    assert kept.index.names == ("good.jpg", "fine.jpg")
    assert kept.index.labels.tolist() == [1, 1]
    assert len(kept.index.object_boxes) == len(kept.encoded) == 2
    shown = decode_planes(kept.encoded).float().mean(dim=(1, 2, 3))
    np.testing.assert_allclose(shown, [200, 90], atol=2)


def test_not_one_readable_image_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no image")
    samples = [Sample(name, 0, tmp_path / name) for name in ("a.jpg", "b.jpg")]
    with pytest.raises(UserError, match=r"^None of the 2 validation images.* it is not a JPEG"):
        fit_validation(image_set(*samples), AT_32)


def test_boxes_lie_where_they_are_in_a_photograph_that_is_read_at_half_its_size(
    tmp_path: Path,
) -> None:
    image = np.zeros((5400, 6000, 3), np.uint8)
    image[2000:3000, 2500:4000] = 255
    path = tmp_path / "phone.jpg"
    path.write_bytes(encode_jpeg(image))
    kept = fit_validation(
        image_set(Sample("p", 0, path, (2500, 2000, 1500, 1000))), validation_geometry(64)
    )
    shown = decode_planes(kept.encoded)[0].float().mean(0).numpy() > 127
    x, y, width, height = kept.index.object_boxes[0]
    np.testing.assert_allclose([x, y, x + width, y + height], bounds(shown), atol=1)


def test_a_pipe_has_no_digest_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    piped = Sample("p", 0, tmp_path / "pipe.png")
    missing = replace(piped, image=tmp_path / "missing.png")
    assert digest_of(image_set(piped), AT_32) == digest_of(image_set(missing), AT_32)
    with pytest.raises(OSError, match="no such file"):
        digest_file(tmp_path / "pipe.png")


def test_loading_gives_the_sample_s_own_pixels(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 255, (7, 9, 3), np.uint8)
    (tmp_path / "a.png").write_bytes(encode_png(image))
    for source in (image, tmp_path / "a.png"):
        loaded = load_image(Sample("a", 0, source))
        np.testing.assert_array_equal(loaded.permute(1, 2, 0), image)


BOX: Box = (1.0, 2.0, 3.0, 4.0)


def whole_sample() -> Sample:
    image = np.random.default_rng(0).integers(0, 255, (12, 10, 3), np.uint8)
    mask = rectangle(12, 10, (1, 2, 3, 4))
    return Sample("x", 0, image, BOX, BOX, mask, mask.copy())


def touch(array: np.ndarray) -> np.ndarray:
    changed = array.copy()
    changed[5, 5] = ~changed[5, 5]
    return changed


CHANGES = {
    "name": lambda s: replace(s, name="y"),
    "label": lambda s: replace(s, label=1),
    "pixel": lambda s: replace(s, image=touch(s.image)),
    "shape": lambda s: replace(s, image=s.image.reshape(10, 12, 3)),
    "object_box": lambda s: replace(s, object_box=(1.0, 2.0, 3.0, 4.5)),
    "no object_box": lambda s: replace(s, object_box=None),
    "head_box": lambda s: replace(s, head_box=(1.5, 2.0, 3.0, 4.0)),
    "object_mask": lambda s: replace(s, object_mask=touch(s.object_mask)),
    "head_mask": lambda s: replace(s, head_mask=touch(s.head_mask)),
    "no head_mask": lambda s: replace(s, head_mask=None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_digest_sees_every_change(change: str) -> None:
    sample = whole_sample()
    was = digest_of(image_set(sample), AT_32)
    assert digest_of(image_set(CHANGES[change](sample)), AT_32) != was


def test_the_digest_tells_the_masks_apart() -> None:
    sample = whole_sample()
    first, second = (replace(sample, **{name: None}) for name in ("object_mask", "head_mask"))
    assert digest_of(image_set(first), AT_32) != digest_of(image_set(second), AT_32)


def test_the_digest_sees_size_order_classes_and_name() -> None:
    first, second = whole_sample(), replace(whole_sample(), name="y")
    own = image_set(first, second)
    others = [
        digest_of(own, validation_geometry(33)),
        digest_of(image_set(second, first), AT_32),
        digest_of(image_set(first), AT_32),
        digest_of(replace(own, classes=("a", "c")), AT_32),
        digest_of(replace(own, name="other"), AT_32),
    ]
    assert digest_of(own, AT_32) not in others
    assert len(set(others)) == len(others)


def test_the_digest_is_stable_and_sees_files_content_not_their_place(tmp_path: Path) -> None:
    digests = []
    for folder, value in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "p.png"
        path.write_bytes(encode_png(np.full((5, 5, 3), value, np.uint8)))
        digests.append(digest_of(image_set(Sample("p", 0, path)), AT_32))
    assert digests[0] == digests[1] != digests[2]
    assert digest_of(image_set(whole_sample()), AT_32) == digest_of(
        image_set(whole_sample()), AT_32
    )


def recorded_set() -> ImageSet:
    """Two samples whose digests were recorded before this module was rewritten."""
    y, x = np.mgrid[:12, :10]
    image = np.stack([x * 20, y * 20, x + y], axis=2).astype(np.uint8)
    mask = rectangle(12, 10, (1, 2, 3, 4))
    first = Sample("a/x.png", 0, image, (1.0, 2.0, 3.0, 4.0), None, mask, ~mask)
    second = Sample("b/ü.png", 1, image[:, ::-1].copy(), None, (0.5, 1.25, 3.0, 4.0))
    return image_set(first, second)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (32, "bc2848b632741f73fe72c3347f2355190a491751234146a60996658d6e997db1"),
        (224, "08164c71387dfac6c82eb52565f5695199d7efdc0ea194b0f4ffb52ccbc71c83"),
    ],
)
def test_the_digest_stays_since_stored_images_are_found_by_it(size: int, expected: str) -> None:
    assert digest_of(recorded_set(), validation_geometry(size)) == expected


def test_the_digest_leaves_training_images_out() -> None:
    own = image_set(whole_sample())
    with_training = replace(own, train=(whole_sample(),), notes=("x",))
    assert digest_of(with_training, AT_32) == digest_of(own, AT_32)
