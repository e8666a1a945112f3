"""What of images deeper than 8 bits is shown: one decision for an image set."""

import io
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from saliencnn.data import value_range
from saliencnn.data.decode import decode_image, read_values
from saliencnn.data.digests import digest_of
from saliencnn.data.fitted import fit_validation
from saliencnn.data.folder import read_folder
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.inputs import open_images, prepare_images
from saliencnn.data.loading import load_image
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import Preparation
from saliencnn.data.value_range import apply_window, decide_window, restore_window
from saliencnn.data.window import Window
from tests.helpers.deep import encode_png16, ramp, save_deep_set
from tests.saliencnn.data.test_decode import STORED

AT_32 = validation_geometry(32)


def write(
    folder: Path, arrays: list[np.ndarray], ending: str = "tif", **options: object
) -> list[Sample]:
    samples = []
    for number, values in enumerate(arrays):
        path = folder / f"{number}.{ending}"
        if ending == "tif":
            tifffile.imwrite(path, values, **options)
        elif values.ndim == 3 and values.dtype == np.uint16:
            path.write_bytes(encode_png16(values))
        else:
            Image.fromarray(values).save(path)
        samples.append(Sample(path.name, number % 2, path))
    return samples


def levels(samples: list[Sample], window: Window | None) -> int:
    """How many different values the images show together."""
    shown = (decode_image(Path(str(s.image)), s.name, window) for s in samples)
    return len(np.unique(np.concatenate([image.ravel() for image in shown])))


OPAQUE = np.full((16, 16), 65535, "u2")
FORMATS: dict[str, tuple[np.ndarray, dict[str, object], str]] = {
    "12 bits in a PNG of 16": (ramp(0, 4080, "u2"), {}, "png"),
    "colour of 12 bits in a PNG of 16": (np.dstack([ramp(0, 4080, "u2")] * 3), {}, "png"),
    "colour and alpha": (np.dstack([ramp(0, 4080, "u2")] * 3 + [OPAQUE]), {}, "png"),
    "grey and alpha": (np.dstack([ramp(0, 4080, "u2"), OPAQUE]), {}, "png"),
    "12 bits in a PGM of 16": (ramp(0, 4080, "u2"), {}, "pgm"),
    "CT in signed 16 bits": (ramp(-1000, 1040, "i2"), {}, "tif"),
    "CT in signed 32 bits": (ramp(-1000, 1040, "i4"), {}, "tif"),
    "unsigned 32 bits": (ramp(0, 4080, "u4"), {}, "tif"),
    "beyond signed 32 bits": (ramp(3e9, 3.1e9, "u4"), {}, "tif"),
    "float 32": (ramp(-1000, 1040, "f4"), {}, "tif"),
    "float 64": (ramp(-1e6, 2e6, "f8"), {}, "tif"),
    "float 16": (ramp(-100, 300, "f2"), {}, "tif"),
    "signed 8 bits of little use": (ramp(-20, 20, "i1"), {}, "tif"),
    "big-endian": (ramp(0, 4080, "u2"), {"byteorder": ">"}, "tif"),
    "big-endian float 64": (ramp(0, 9000, "f8"), {"byteorder": ">"}, "tif"),
    "deflated": (ramp(0, 4080, "u2"), {"compression": "zlib"}, "tif"),
    "predicted": (ramp(0, 4080, "u2"), {"compression": "zlib", "predictor": True}, "tif"),
    "colour, predicted": (
        np.dstack([ramp(0, 4080, "u2")] * 3),
        {"photometric": "rgb", "compression": "zlib", "predictor": True},
        "tif",
    ),
    "big-endian colour": (
        np.dstack([ramp(0, 4080, "u2")] * 3),
        {"photometric": "rgb", "byteorder": ">"},
        "tif",
    ),
    "tiles": (ramp(0, 4080, "u2", 64), {"tile": (32, 32)}, "tif"),
    "colour": (np.dstack([ramp(0, 4080, "u2")] * 3), {"photometric": "rgb"}, "tif"),
    "colour in planes": (
        np.stack([ramp(0, 4080, "u2")] * 3),
        {"photometric": "rgb", "planarconfig": "separate"},
        "tif",
    ),
    "a BigTIFF": (ramp(0, 4080, "u2"), {"bigtiff": True}, "tif"),
    "white is the smallest value": (ramp(0, 4080, "u2"), {"photometric": "miniswhite"}, "tif"),
    "a stack, of which the first counts": (np.stack([ramp(0, 4080, "u2")] * 4), {}, "tif"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_the_values_that_occur_are_shown(kind: str, tmp_path: Path) -> None:
    values, options, ending = FORMATS[kind]
    samples = write(tmp_path, [values] * 2, ending, **options)
    decision = decide_window(samples, "auto", "training images")
    colours = values[..., :-1] if kind.endswith("alpha") else values
    assert decision.window == Window(float(colours.min()), float(colours.max()))
    assert "2 of 2 training images are deeper than 8 bits" in decision.notes[0]
    assert len(decision.notes) == 1
    assert levels(samples, decision.window) >= (41 if "8 bits" in kind else 250)
    image = decode_image(tmp_path / f"0.{ending}", "0", decision.window)
    assert image.shape == (*ramp(0, 1, "f4", 64 if kind == "tiles" else 16).shape, 3)
    bright_first = "white" in kind
    assert (image[0, 0, 0] > image[-1, -1, 0]) == bright_first
    assert {int(image.min()), int(image.max())} == {0, 255}


def test_what_fills_its_format_is_shown_as_before(tmp_path: Path) -> None:
    samples = write(tmp_path, [ramp(900, 60_000, "u2")] * 2, "png")
    decision = decide_window(samples, "auto", "training images")
    assert (decision.window, decision.text) == (None, "full")
    assert "0 to 65,535" in decision.notes[0]
    floating = tmp_path / "floating"
    floating.mkdir()
    assert decide_window(write(floating, [ramp(0.1, 0.9, "f4")]), "auto", "x").text == "full"


def test_images_of_8_bits_are_left_alone(tmp_path: Path) -> None:
    arrays = [ramp(0, 9, "u1"), np.dstack([ramp(3, 4, "u1")] * 3)]
    samples = write(tmp_path, arrays, "png") + write(tmp_path, arrays)
    Image.fromarray(arrays[0]).save(tmp_path / "x.pgm")
    samples.append(Sample("x", 0, tmp_path / "x.pgm"))
    samples.append(Sample("generated", 0, np.zeros((4, 4, 3), np.uint8)))
    image_set = ImageSet("s", ("a", "b"), tuple(samples), tuple(samples))
    for wanted in ("auto", "full", "0:4", "1%:2%"):
        assert apply_window(image_set, wanted) == image_set


@pytest.mark.parametrize("kind", ["u2", "f4", "i4"])
def test_a_hot_pixel_decides_nothing(tmp_path: Path, kind: str) -> None:
    arrays = [ramp(0, 4080, kind, 64) for _ in range(8)]
    arrays[3][5, 5] = 65535
    samples = write(tmp_path, arrays)
    decision = decide_window(samples, "auto", "training images")
    assert decision.window == Window(0, 4080)
    assert "without outliers up to 65,535" in decision.notes[0]
    assert decode_image(tmp_path / "3.tif", "3", decision.window)[5, 5].tolist() == [255] * 3


def test_what_is_rare_but_near_is_shown(tmp_path: Path) -> None:
    values = ramp(0, 1000, "u2", 64)
    values[0, 0] = 2500
    decision = decide_window(write(tmp_path, [values] * 2), "auto", "training images")
    assert decision.window == Window(0, 2500)


def test_what_is_no_number_decides_nothing_and_is_shown(tmp_path: Path) -> None:
    values = ramp(-1000, 1040, "f4")
    values[2, :4] = np.nan, np.inf, -np.inf, -1000
    only = np.full((8, 8), np.nan, "f4")
    samples = write(tmp_path, [values, only])
    decision = decide_window(samples, "auto", "training images")
    assert decision.window == Window(-1000, 1040)
    shown = decode_image(tmp_path / "0.tif", "0", decision.window)
    assert shown[2, :4, 0].tolist() == [0, 255, 0, 0]
    assert not decode_image(tmp_path / "1.tif", "1", decision.window).any()
    assert decide_window(samples[1:], "auto", "training images").text == "full"


@pytest.mark.parametrize("value", [0, 7, 65535])
def test_images_of_one_value_show_all_of_the_format(tmp_path: Path, value: int) -> None:
    samples = write(tmp_path, [np.full((9, 9), value, "u2")] * 3)
    for wanted in ("auto", "1%:99%"):
        assert decide_window(samples, wanted, "training images").text == "full"
    assert levels(samples, None) == 1


def test_uniform_images_of_different_values_are_told_apart(tmp_path: Path) -> None:
    samples = write(tmp_path, [np.full((9, 9), value, "u2") for value in (5, 9)])
    decision = decide_window(samples, "auto", "training images")
    assert decision.window == Window(5, 9)
    assert levels(samples, decision.window) == 2
    assert len(decision.notes) == 1


def test_images_that_nothing_is_left_of_are_counted(tmp_path: Path) -> None:
    samples = write(tmp_path, [ramp(0, 60_000, "u2")] * 4 + [ramp(0, 200, "u2")])
    decision = decide_window(samples, "auto", "training images")
    assert "1 of 5 training images deeper than 8 bits look uniform" in decision.notes[1]


@pytest.mark.parametrize(
    ("wanted", "window"),
    [("full", None), ("100:200", Window(100, 200)), ("0%:50%", Window(0, 2040))],
)
def test_a_person_decides(tmp_path: Path, wanted: str, window: Window | None) -> None:
    samples = write(tmp_path, [ramp(0, 4080, "u2")] * 2)
    decision = decide_window(samples, wanted, "training images")
    assert decision.window == window
    assert decision.text == ("full" if window is None else window.text)


def test_8_and_16_bits_may_be_mixed(tmp_path: Path) -> None:
    deep = write(tmp_path, [ramp(0, 4080, "u2")] * 2)
    flat = tmp_path / "flat.png"
    Image.fromarray(ramp(0, 200, "u1")).save(flat)
    image_set = ImageSet("s", ("a",), (*deep, Sample("flat", 0, flat)), (deep[0],))
    seen = apply_window(image_set, "auto")
    assert "2 of 3 training images" in seen.notes[0]
    assert seen.window == "0:4080"
    assert load_image(seen.train[2]).max() == 200
    assert load_image(seen.train[0]).max() == load_image(seen.validation[0]).max() == 255


def test_validation_images_decide_where_no_training_image_is_deep(tmp_path: Path) -> None:
    deep = write(tmp_path, [ramp(0, 4080, "u2")])
    flat = tmp_path / "flat.png"
    Image.fromarray(ramp(0, 200, "u1")).save(flat)
    image_set = ImageSet("s", ("a",), (Sample("flat", 0, flat),), tuple(deep))
    assert apply_window(image_set, "auto").window == "0:4080"


def test_of_many_images_some_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = write(tmp_path, [ramp(0, 100 * (i + 1), "u2", 4) for i in range(9)])
    monkeypatch.setattr(value_range, "MAX_READ", 3)
    decision = decide_window(samples, "auto", "training images")
    assert decision.window == Window(0, 700)  # of the images 0, 3 and 6
    assert "9 of 9 training images" in decision.notes[0]
    assert "3 of them were read" in decision.notes[0]


def test_unreadable_images_decide_nothing(tmp_path: Path) -> None:
    samples = write(tmp_path, [ramp(0, 4080, "u2")] * 2)
    cut = (tmp_path / "0.tif").read_bytes()[:150]
    (tmp_path / "cut.tif").write_bytes(cut)
    samples += [Sample(name, 0, tmp_path / name) for name in ("cut.tif", "gone.tif")]
    assert decide_window(samples, "auto", "training images").window == Window(0, 4080)


def test_the_digest_sees_the_window_and_stays_without_one(tmp_path: Path) -> None:
    image_set = read_folder(save_deep_set(tmp_path / "deep"))
    full, own = apply_window(image_set, "full"), apply_window(image_set, "auto")
    assert digest_of(full, AT_32) == digest_of(image_set, AT_32) != digest_of(own, AT_32)
    assert digest_of(own, AT_32) == digest_of(restore_window(image_set, own.window), AT_32)
    assert restore_window(image_set, own.window).train == own.train
    assert restore_window(image_set, "full").train == image_set.train


def test_kept_images_show_the_window_and_name_it(tmp_path: Path) -> None:
    seen = apply_window(read_folder(save_deep_set(tmp_path / "deep")), "auto")
    kept = fit_validation(seen, AT_32)
    assert kept.index.window == seen.window == "0:4080"
    shown = decode_planes(kept.encoded)
    assert shown.float().std() > 40


def test_a_loaders_worker_can_be_sent_it(tmp_path: Path) -> None:
    (sample,) = write(tmp_path, [ramp(0, 4080, "u2")])
    sample = replace(sample, window=Window(0, 4080))
    assert pickle.loads(pickle.dumps(sample)) == sample


def test_an_image_alone_shows_its_own_values(tmp_path: Path) -> None:
    (sample,) = write(tmp_path, [ramp(0, 4080, "u2")])
    path, values = Path(str(sample.image)), ramp(0, 4080, "u2")
    for image in (path, str(path), Image.fromarray(values)):
        (opened,) = open_images(image)
        assert np.asarray(opened).max() == 255
    fixed = Preparation(Geometry(8, 8), window=Window(0, 8160))
    whole, half = prepare_images(path), prepare_images(path, fixed)
    assert whole.max() > 2 > half.max()


def test_a_transparent_colour_is_white(tmp_path: Path) -> None:
    values = np.dstack([ramp(0, 4080, "u2")] * 3)
    content = encode_png16(values, transparent=(0, 0, 0))
    shown = decode_image(content, "x", Window(0, 4080))
    assert shown[0, 0].tolist() == [255] * 3
    assert shown[0, 5].max() < 20
    clear = np.dstack([values, ramp(0, 0, "u2")])
    assert (decode_image(encode_png16(clear), "x", Window(0, 4080)) == 255).all()


def test_planes_of_16_bits_are_not_taken_for_planes_of_8(tmp_path: Path) -> None:
    values = np.stack([ramp(0, 65535, "u2", 32)] * 3)
    tifffile.imwrite(tmp_path / "p.tif", values, photometric="rgb", planarconfig="separate")
    shown = decode_image(tmp_path / "p.tif", "p")[..., 0]
    assert np.abs(shown.astype(int) - values[0] / 257).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["u2", "f8"])
def test_deep_tiffs_are_turned_upright(tmp_path: Path, orientation: int, kind: str) -> None:
    upright = np.zeros((6, 9), kind)
    upright[0, 1], upright[5, 0] = 4080, 2040
    stored = np.ascontiguousarray(STORED[orientation](upright[..., None])[..., 0])
    tifffile.imwrite(tmp_path / "t.tif", stored, extratags=[(274, 3, 1, orientation, True)])
    shown = decode_image(tmp_path / "t.tif", "t", Window(0, 4080))
    assert shown.shape == (6, 9, 3)
    assert (shown[0, 1, 0], shown[5, 0, 0]) == (255, 128)


@pytest.mark.parametrize("most", [256, 1000, 4095, 65_534, 65_535])
@pytest.mark.parametrize(
    "heading", ["P5 8 8 {}\n", "P5\n# a comment\n8 8\n{}\n", "P5 8\n#x\n8 {}\n"]
)
def test_a_pgm_is_what_pillow_makes_of_it(most: int, heading: str) -> None:
    values = np.append(np.arange(62), [most, 65_535]).astype(">u2")
    content = heading.format(most).encode() + values.tobytes()
    image = read_values(content, "x")
    assert image is not None
    np.testing.assert_array_equal(image.values, np.asarray(Image.open(io.BytesIO(content))))
    with pytest.raises(UnreadableImage):
        decode_image(content[:-1], "x")


def test_a_vast_deep_tiff_is_refused_before_it_is_read(tmp_path: Path) -> None:
    tifffile.memmap(tmp_path / "v.tif", shape=(6000, 5000), dtype="f8").flush()
    with pytest.raises(UnreadableImage, match="5000 x 6000 values of 64 bits"):
        decode_image(tmp_path / "v.tif", "v")
