"""DICOM files as scanners write them, made here by pydicom."""

import io
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

from saliencnn.data.decode import decode_image, read_values
from saliencnn.data.folder import read_folder
from saliencnn.data.imageset import Sample
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.value_range import apply_window, decide_window
from saliencnn.data.window import Window
from tests.helpers.deep import ramp


def dataset(values: np.ndarray, **facts: object) -> Dataset:
    """A file of one frame (H, W) or (H, W, 3), or of several (N, H, W)."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    colour = values.ndim == 3 and values.shape[2] == 3
    made.SamplesPerPixel = 3 if colour else 1
    made.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        made.PlanarConfiguration = 0
    elif values.ndim == 3:
        made.NumberOfFrames = len(values)
    made.Rows, made.Columns = values.shape[:2] if colour else values.shape[-2:]
    made.BitsAllocated = made.BitsStored = 8 * values.dtype.itemsize
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(values.dtype.kind == "i")
    made.PixelData = values.tobytes()
    for name, value in facts.items():
        setattr(made, name, value)
    return made


def encode(made: Dataset) -> bytes:
    stream = io.BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def refuse(content: bytes) -> str:
    with pytest.raises(UnreadableImage) as caught:
        decode_image(content, "scan.dcm")
    sentence = str(caught.value)
    assert len(sentence) <= 300
    assert sentence.isprintable()
    return sentence


CT = ramp(0, 2040, "i2")
RESCALED: dict[str, object] = {"RescaleSlope": 1, "RescaleIntercept": -1000}


def test_values_are_in_their_unit_and_the_file_names_the_window(tmp_path: Path) -> None:
    content = encode(dataset(CT, **RESCALED, WindowCenter=[40, 300], WindowWidth=[400, 1500]))
    image = read_values(content, "x")
    assert image is not None
    assert (image.values.min(), image.values.max()) == (-1000, 1040)
    assert image.own == Window(-160, 239)
    (tmp_path / "x.dcm").write_bytes(content)
    decision = decide_window([Sample("x", 0, tmp_path / "x.dcm")], "auto", "training images")
    assert decision.window == Window(-160, 239)
    assert "the window that the files name" in decision.notes[0]
    shown = decode_image(content, "x", decision.window)
    assert np.unique(shown).size > 50
    assert (shown[CT - 1000 < -160] == 0).all()
    assert (shown[CT - 1000 > 239] == 255).all()


def test_without_a_window_the_values_that_occur_are_shown(tmp_path: Path) -> None:
    root = tmp_path / "scans"
    for name, high in (("a", 900), ("b", 1040)):
        (root / name).mkdir(parents=True)
        for number in range(3):
            content = encode(dataset(ramp(0, high + 1000, "i2"), **RESCALED))
            (root / name / f"{number}.dcm").write_bytes(content)
    seen = apply_window(read_folder(root), "auto")
    assert seen.window == "-1000:1040"
    assert len(seen.train) + len(seen.validation) == 6


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, RLELossless])
def test_every_usual_encoding_gives_the_same(syntax: pydicom.uid.UID) -> None:
    made = dataset(CT, **RESCALED)
    plain = decode_image(encode(made), "x", Window(-1000, 1040))
    if syntax == RLELossless:
        made.compress(RLELossless)
    else:
        made.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(decode_image(encode(made), "x", Window(-1000, 1040)), plain)
    assert np.unique(plain).size > 250


def test_jpeg_inside() -> None:
    from PIL import Image
    from pydicom.encaps import encapsulate

    stream = io.BytesIO()
    Image.fromarray(ramp(0, 255, "u1")).save(stream, "JPEG", quality=95)
    made = dataset(ramp(0, 255, "u1"))
    made.PixelData = encapsulate([stream.getvalue()])
    made["PixelData"].VR = "OB"
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    shown = decode_image(encode(made), "x")[..., 0]
    assert np.abs(shown.astype(int) - ramp(0, 255, "u1")).max() < 6
    made.Rows = 4000
    assert "has 16 x 16" in refuse(encode(made))


def test_small_values_may_be_bright() -> None:
    made = dataset(CT, PhotometricInterpretation="MONOCHROME1")
    shown = decode_image(encode(made), "x", Window(0, 2040))
    assert (shown[0, 0, 0], shown[-1, -1, 0]) == (255, 0)


def test_the_first_frame_stands_for_all() -> None:
    frames = np.stack([CT, CT[::-1], CT * 0])
    window = Window(0, 2040)
    first = decode_image(encode(dataset(frames)), "x", window)
    np.testing.assert_array_equal(first, decode_image(encode(dataset(CT)), "x", window))


def test_facts_of_frames_count() -> None:
    frames = dataset(np.stack([CT, CT]))
    scale, window, shared = Dataset(), Dataset(), Dataset()
    scale.RescaleSlope, scale.RescaleIntercept = 2, -10.5
    window.WindowCenter, window.WindowWidth, window.VOILUTFunction = 5, 10, "LINEAR_EXACT"
    shared.PixelValueTransformationSequence = Sequence([scale])
    shared.FrameVOILUTSequence = Sequence([window])
    frames.SharedFunctionalGroupsSequence = Sequence([shared])
    image = read_values(encode(frames), "x")
    assert image is not None
    assert image.values.max() == 2040 * 2 - 10.5
    assert image.own == Window(0, 10)


def test_padding_is_no_value(tmp_path: Path) -> None:
    values = ramp(0, 2040, "i2", 64)
    values[:10] = -2000
    path = tmp_path / "x.dcm"
    path.write_bytes(encode(dataset(values, PixelPaddingValue=-2000)))
    decision = decide_window([Sample("x", 0, path)], "auto", "training images")
    assert decision.window is not None
    assert decision.window.low > 0
    assert not decode_image(path, "x", decision.window)[:10].any()


def test_8_bits_are_no_deeper_than_other_images(tmp_path: Path) -> None:
    grey, colour = ramp(3, 90, "u1"), np.dstack([ramp(3, 90, "u1")] * 3)
    for number, values in enumerate((grey, colour)):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(encode(dataset(values)))
        assert decide_window([Sample("x", 0, path)], "auto", "training images").text == "auto"
        for window in (None, Window(0, 4080)):
            np.testing.assert_array_equal(decode_image(path, "x", window)[..., 0], grey)


def test_what_has_no_image_is_refused() -> None:
    made = dataset(CT)
    del made.PixelData
    assert "without an image" in refuse(encode(made))
    report = dataset(CT)
    del report.PixelData, report.Rows, report.Columns
    assert "without an image" in refuse(encode(report))


def test_unknown_compression_is_named() -> None:
    from pydicom.encaps import encapsulate

    made = dataset(CT)
    made.PixelData = encapsulate([b"\xff\xd8" + bytes(100)])
    made["PixelData"].VR = "OB"
    made.file_meta.TransferSyntaxUID = JPEGLSLossless
    assert "JPEG-LS" in refuse(encode(made))


def test_deflated_files_are_refused_unread() -> None:
    made = dataset(CT)
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    assert "deflated" in refuse(encode(made))


def test_a_vast_frame_is_refused_by_its_header() -> None:
    made = dataset(CT, Rows=60_000, Columns=60_000)
    assert "60000 x 60000 pixels" in refuse(encode(made))


def test_every_cut_is_one_sentence() -> None:
    content = encode(dataset(CT, **RESCALED))
    for length in range(0, len(content) - 1, 7):
        refuse(content[:length])


@pytest.mark.parametrize(
    "odd",
    [
        {"RescaleSlope": "nan", "RescaleIntercept": 0},
        {"WindowCenter": 0, "WindowWidth": 0},
        {"WindowCenter": 0, "WindowWidth": -5},
        {"BitsStored": 12, "HighBit": 11},
    ],
)
def test_odd_facts_leave_an_image(odd: dict[str, object]) -> None:
    assert decode_image(encode(dataset(ramp(0, 2040, "u2"), **odd)), "x").shape == (16, 16, 3)


def test_without_pydicom_the_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = encode(dataset(CT))
    monkeypatch.setitem(sys.modules, "pydicom", None)
    assert 'pip install "saliencnn[dicom]"' in refuse(content)


def test_big_endian() -> None:
    made = dataset(CT, **RESCALED)
    made.PixelData = CT.astype(">i2").tobytes()
    made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    shown = decode_image(encode(made), "x", Window(-1000, 1040))
    assert np.unique(shown).size > 250
