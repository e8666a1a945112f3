"""What an image may take of a machine: measured, in a process of its own."""

import io
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from saliencnn.common.errors import UserError
from saliencnn.data.bounds import MAX_BYTES, MAX_PIXELS, MAX_SIDE
from saliencnn.data.decode import convert_image, decode_image, decode_original
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.data.opening import UnreadableImage
from tests.saliencnn.data.test_decode import craft_png

MEASURE = """
import json, resource, sys, warnings
from pathlib import Path
import numpy as np, torch
from saliencnn.data.decode import decode_image
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.geometry import validation_geometry
from saliencnn.drawing.overlay import overlay
from saliencnn.data.preparation import Preparation

warnings.simplefilter("ignore")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
overlay(np.zeros((9, 9, 3), np.uint8), torch.rand(3, 3))
found, before = {}, peak()
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        image = decode_image(path, path.name)
        pixels, geometry = torch.from_numpy(image).permute(2, 0, 1), validation_geometry(224)
        assert geometry.fit(pixels).shape == (3, 224, 224)
        geometry.fit_mask(image[..., 0] > 0)
        if path.name == "flat.png":
            overlay(image, torch.rand(3, 3), preprocess=Preparation(validation_geometry(224)))
        found[path.name] = image.shape
    except UnreadableImage as error:
        found[path.name] = error.reason
print(json.dumps([peak() - before, found]))
"""


def tiles(side: int) -> bytes:
    """A TIFF of 10 x 10 pixels in one tile of ``side``, compressed to next to nothing."""

    data = zlib.compress(bytes(1000))
    tags = {256: 10, 257: 10, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side, 324: 8}
    tags[325] = len(data)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    head = b"II*\0" + struct.pack("<I", 8 + len(data)) + data
    return head + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_no_image_takes_more_memory_than_is_allowed(tmp_path: Path) -> None:
    for name, size in {
        "thin": (1, 30_000),
        "flat": (300_000, 1),
        "thinnest": (1, 2_999_999),
    }.items():
        Image.new("L", size, 9).save(tmp_path / f"{name}.png")
    Image.new("RGB", (8064, 6048), "teal").save(tmp_path / "phone.jpg", quality=30)
    (tmp_path / "phone.png").write_bytes(craft_png(8064, 6048, 8, 0, b""))
    Image.new("F", (5000, 5000)).save(tmp_path / "deep.tif")
    (tmp_path / "tile.tif").write_bytes(tiles(60_000))
    command = [sys.executable, "-c", MEASURE, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    grown, found = json.loads(answer)
    assert grown < MAX_BYTES
    assert found["phone.jpg"] == [3024, 4032, 3]
    assert found["thin.png"] == [30_000, 1, 3]
    assert "8064 x 6048 pixels, more than 25,000,000" in found["phone.png"]
    assert "3,600,000,000 pixels, more than 25,000,000" in found["tile.tif"]


@pytest.mark.parametrize("shape", [(30_000, 1), (1, 30_000), (40_001, 3)])
def test_of_a_thin_image_the_middle_is_shown(shape: tuple[int, int]) -> None:
    image, middle = np.zeros((*shape, 3), np.uint8), max(shape) // 2
    image[
        tuple(slice(side // 2, None) if side == max(shape) else slice(None) for side in shape)
    ] = 255
    geometry = validation_geometry(224)
    shown = geometry.fit_mask(image[..., 0] > 0)
    box = (0.0, middle, shape[1], 9.0) if shape[0] > shape[1] else (middle, 0.0, 9.0, shape[0])
    across = shown if shape[1] > shape[0] else shown.T
    assert not across[:, :50].any()
    assert across[:, -50:].all()
    x, y, *_ = geometry.fit_box(box, *shape)
    start = x if shape[1] > shape[0] else y
    assert abs(start - across[0].argmax()) <= 1
    left, top, right, bottom = geometry.seen_box(*shape)
    reach = (left, right) if shape[1] > shape[0] else (top, bottom)
    assert reach[0] < middle < reach[1] < middle + 3


def test_a_large_batch_is_scaled_image_by_image(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = torch.randint(0, 256, (5, 3, 30, 40), dtype=torch.uint8)
    together = Geometry(16, 18).fit(batch)
    monkeypatch.setattr("saliencnn.data.geometry.MAX_PIXELS", 4000)
    assert torch.equal(Geometry(16, 18).fit(batch), together)


@pytest.mark.parametrize("wrong", [0, -1, MAX_SIDE + 1, 10**30])
def test_sides_have_bounds(wrong: int) -> None:
    for sides in ((wrong, None), (224, wrong)):
        with pytest.raises(UserError, match=f"from 1 to {MAX_SIDE:,} pixels") as caught:
            Geometry(*sides)
        assert len(str(caught.value)) < 300
    assert Geometry(MAX_SIDE, MAX_SIDE).resize == MAX_SIDE


def test_a_scaled_square_has_what_is_allowed() -> None:
    assert MAX_SIDE**2 <= MAX_PIXELS < (MAX_SIDE + 1) ** 2


def jpeg(width: int, height: int, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(stream, "JPEG", **options)
    return stream.getvalue()


def test_a_reduced_photograph_knows_its_own_size() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = decode_original(jpeg(8064, 6048, quality=10, exif=exif), "phone.jpg")
    assert turned.pixels.shape == (4032, 3024, 3)
    assert (turned.height, turned.width) == (8064, 6048)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_jpeg_that_no_reduction_helps_is_refused_with_its_size() -> None:
    with pytest.raises(UnreadableImage, match=r"12000 x 12000 pixels.* takes [89]\d\d MB.* 600 MB"):
        decode_image(jpeg(12_000, 12_000, quality=10, subsampling=0), "vast.jpg")


def test_an_image_of_the_callers_own_becomes_smaller() -> None:
    assert convert_image(Image.new("L", (9000, 6000))).shape == (3000, 4500, 3)
    lazy = Image.open(io.BytesIO(jpeg(6000, 5000, quality=10)))
    assert convert_image(lazy).shape == (2500, 3000, 3)


def test_a_long_name_and_a_line_break_stay_out_of_the_sentence(tmp_path: Path) -> None:
    for name in ("a" * 5000 + ".png", "a\nb\x1b[31m.png", "\ud800.png"):
        for source in (b"no image", tmp_path / name):
            with pytest.raises(UnreadableImage) as caught:
                decode_image(source, name)
            assert len(str(caught.value)) <= 300
            assert str(caught.value).isprintable()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:

    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "device.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "folder.png", "device.png"):
        with pytest.raises(UnreadableImage, match="is no file"):
            decode_image(tmp_path / name, name)


def test_a_vast_file_is_not_opened(tmp_path: Path) -> None:
    with (tmp_path / "vast.webp").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UnreadableImage, match="600 MB are allowed"):
        decode_image(tmp_path / "vast.webp", "vast.webp")


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_is_measured_before_its_canvas_is_made(lossless: bool) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (20, 10)).save(stream, "WEBP", lossless=lossless)
    content = bytearray(stream.getvalue())
    if lossless:
        content[21:25] = (16_382 | 16_382 << 14).to_bytes(4, "little")
    else:
        content[26:30] = (16_383).to_bytes(2, "little") * 2
    with pytest.raises(UnreadableImage, match="16383 x 16383 pixels"):
        decode_image(bytes(content), "x.webp")
