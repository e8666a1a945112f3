import io
import struct
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from saliencnn.data.decode import MAX_PIXELS, decode_image
from saliencnn.data.encode import encode_jpeg, encode_png
from saliencnn.data.opening import FORMATS, UnreadableImage

LOSSLESS = ("PNG", "WEBP", "BMP", "TIFF", "PPM")


def write(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def speckle(height: int = 24, width: int = 36, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def quadrants(height: int = 32, width: int = 64) -> np.ndarray:
    """Four flat colours, so that a lossy or paletted file still shows which way is up."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = (250, 10, 10)
    image[: height // 2, width // 2 :] = (10, 250, 10)
    image[height // 2 :, : width // 2] = (10, 10, 250)
    image[height // 2 :, width // 2 :] = (240, 240, 10)
    return image


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def craft_png(width: int, height: int, bits: int, colour: int, rows: bytes, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + b"".join(more) + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def craft_tiff(width: int, values: np.ndarray, tags: dict[int, int | tuple[int, int]]) -> bytes:
    """One uncompressed grey strip, little-endian, with the tags given."""
    data = values.tobytes()
    height = values.size // width
    entries = {256: width, 257: height, 259: 1, 273: 8, 277: 1, 278: height, 279: len(data)} | tags
    directory = struct.pack("<H", len(entries))
    for tag in sorted(entries):
        entry = entries[tag]
        if isinstance(entry, tuple):
            directory += struct.pack("<HHIHH", tag, 3, 2, *entry)
        else:
            directory += struct.pack("<HHII", tag, 4, 1, entry)
    start = 8 + len(data)
    return b"II*\0" + struct.pack("<I", start) + data + directory + struct.pack("<I", 0)


def refuse(source: Path | bytes, name: str = "bird.jpg") -> str:
    with pytest.raises(UnreadableImage) as caught:
        decode_image(source, name)
    sentence = str(caught.value)
    assert sentence.startswith(f"{name} cannot be read: ")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_decode_exactly(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    decoded = decode_image(write(Image.fromarray(speckle()), kind, **options), "bird")
    assert decoded.dtype == np.uint8
    assert decoded.flags.writeable
    assert decoded.flags.c_contiguous
    np.testing.assert_array_equal(decoded, speckle())


@pytest.mark.parametrize("kind", FORMATS)
def test_every_allowed_format_decodes(kind: str) -> None:
    decoded = decode_image(write(Image.fromarray(quadrants()), kind), "bird")
    assert decoded.shape == (32, 64, 3)
    assert np.abs(decoded.astype(int) - quadrants())[:12, [5, 58]].max() < 12


def test_a_file_and_its_content_decode_alike_whatever_the_suffix(tmp_path: Path) -> None:
    content = encode_png(speckle())
    (tmp_path / "bird.jpg").write_bytes(content)
    np.testing.assert_array_equal(decode_image(tmp_path / "bird.jpg", "bird"), speckle())
    np.testing.assert_array_equal(decode_image(content, "bird"), speckle())


STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: upright.transpose(1, 0, 2)[::-1],
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: upright.transpose(1, 0, 2)[:, ::-1],
}
"""How the EXIF standard says an upright image lies in a file of each orientation."""


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG"])
@pytest.mark.parametrize("orientation", STORED)
def test_exif_orientation_is_undone(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](quadrants())))
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}
    decoded = decode_image(write(stored, kind, exif=exif, **options.get(kind, {})), "bird")
    assert decoded.shape == quadrants().shape
    assert np.abs(decoded.astype(int) - quadrants()).max() < 12


def test_deep_grey_is_turned_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = write(Image.fromarray(np.array([[0, 65535]], np.uint16)), "PNG", exif=exif)
    assert decode_image(content, "bird")[:, :, 0].tolist() == [[0], [255]]


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"]
)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_leaves_the_image_as_stored(exif: bytes) -> None:
    content = write(Image.fromarray(quadrants()), "JPEG", quality=100, exif=exif)
    assert decode_image(content, "bird").shape == (32, 64, 3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_laid_on_white(kind: str) -> None:
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0] = [(200, 0, 0, 255), (200, 0, 0, 0), (0, 0, 0, 128)]
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    decoded = decode_image(write(Image.fromarray(rgba), kind, **options), "bird")
    assert decoded[0].tolist() == [[200, 0, 0], [255, 255, 255], [127, 127, 127]]


def test_grey_with_alpha_is_laid_on_white() -> None:
    grey = np.array([[(10, 255), (10, 0)]], np.uint8)
    decoded = decode_image(write(Image.fromarray(grey, "LA"), "PNG"), "bird")
    assert decoded[0].tolist() == [[10, 10, 10], [255, 255, 255]]


def test_premultiplied_grey_is_laid_on_white() -> None:
    values = np.array([100, 255, 50, 128, 0, 0], np.uint8)
    tags = {257: 1, 278: 1, 258: (8, 8), 262: 1, 277: 2, 338: 1}
    decoded = decode_image(craft_tiff(3, values, tags), "bird")
    np.testing.assert_allclose(decoded[0, :, 0].astype(int), [100, 177, 255], atol=1)


def paletted() -> Image.Image:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    return image


def test_palette_without_transparency() -> None:
    decoded = decode_image(write(paletted(), "PNG"), "bird")
    assert decoded[0].tolist() == [[200, 0, 0], [0, 200, 0], [0, 0, 200]]


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_one_transparent_palette_entry_turns_white(kind: str) -> None:
    decoded = decode_image(write(paletted(), kind, transparency=1), "bird")
    assert decoded[0].tolist() == [[200, 0, 0], [255, 255, 255], [0, 0, 200]]


def test_half_transparent_palette_entries_mix_with_white() -> None:
    decoded = decode_image(write(paletted(), "PNG", transparency=bytes([255, 0, 128])), "bird")
    assert decoded[0].tolist() == [[200, 0, 0], [255, 255, 255], [127, 127, 227]]


@pytest.mark.parametrize(
    ("mode", "pixels", "transparency", "expected"),
    [
        ("L", np.array([[7, 9]], np.uint8), 7, [[255, 255, 255], [9, 9, 9]]),
        (
            "RGB",
            np.array([[(1, 2, 3), (4, 5, 6)]], np.uint8),
            (1, 2, 3),
            [[255, 255, 255], [4, 5, 6]],
        ),
        ("I;16", np.array([[257, 514]], np.uint16), 257, [[255, 255, 255], [2, 2, 2]]),
    ],
)
def test_one_transparent_colour_turns_white(
    mode: str, pixels: np.ndarray, transparency: object, expected: list[list[int]]
) -> None:
    content = write(Image.fromarray(pixels), "PNG", transparency=transparency)
    assert decode_image(content, "bird")[0].tolist() == expected


def test_cmyk_jpeg_as_adobe_writes_it() -> None:
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    decoded = decode_image(write(ink, "JPEG", quality=100), "bird")
    assert np.abs(decoded[8, 8].astype(int) - (255, 0, 0)).max() < 6


def test_cmyk_tiff() -> None:
    ink = Image.new("CMYK", (4, 4), (255, 0, 255, 0))
    assert decode_image(write(ink, "TIFF"), "bird")[0, 0].tolist() == [0, 255, 0]


def test_one_bit() -> None:
    image = Image.fromarray(np.array([[True, False]]))
    for kind in ("PNG", "TIFF", "PPM", "BMP"):
        assert decode_image(write(image, kind), "bird")[0].tolist() == [[255] * 3, [0] * 3]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_grey_keeps_its_full_range(kind: str) -> None:
    wide = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    decoded = decode_image(write(Image.fromarray(wide), kind), "bird")
    np.testing.assert_array_equal(decoded[..., 0], np.rint(wide / 257))
    np.testing.assert_array_equal(decoded[..., 0], decoded[..., 2])


@pytest.mark.parametrize(
    ("values", "tags"),
    [
        (np.array([0, 32768, 65535], "<u2"), {258: 16, 262: 1}),
        (np.array([65535, 32767, 0], "<u2"), {258: 16, 262: 0}),
        (np.array([-32768, 0, 32767], "<i2"), {258: 16, 262: 1, 339: 2}),
        (np.array([0, 2**31, 2**32 - 1], "<u4"), {258: 32, 262: 1}),
        (np.array([-(2**31), 0, 2**31 - 1], "<i4"), {258: 32, 262: 1, 339: 2}),
        (np.array([0, 0.502, 1], "<f4"), {258: 32, 262: 1, 339: 3}),
        (np.array([1, 0.498, 0], "<f4"), {258: 32, 262: 0, 339: 3}),
        (np.frombuffer(bytes([0x00, 0x08, 0x00, 0xFF, 0xF0]), np.uint8), {258: 12, 262: 1}),
    ],
)
def test_deep_tiff_goes_from_its_black_to_its_white(
    values: np.ndarray, tags: dict[int, int | tuple[int, int]]
) -> None:
    content = craft_tiff(3, values, tags | {257: 1, 278: 1})
    assert decode_image(content, "bird")[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(("wild", "grey"), [(-9, 0), (9, 255), (np.inf, 255), (-np.inf, 0)])
@pytest.mark.parametrize("inverted", [False, True])
def test_floating_point_beyond_its_range_is_clipped(wild: float, grey: int, inverted: bool) -> None:
    tags: dict[int, int | tuple[int, int]] = {258: 32, 262: int(not inverted), 339: 3}
    decoded = decode_image(craft_tiff(3, np.array([0, 1, wild], "<f4"), tags), "bird")[0, :, 0]
    assert decoded.tolist() == ([255, 0, 255 - grey] if inverted else [0, 255, grey])


@pytest.mark.parametrize("photometric", [0, 1])
def test_what_is_no_number_is_black(photometric: int) -> None:
    values = np.array([np.nan, 0.5, np.nan], "<f4")
    content = craft_tiff(3, values, {258: 32, 262: photometric, 339: 3})
    assert decode_image(content, "bird")[0, :, 0].tolist() == [0, 128, 0]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_stands_for_an_animation(kind: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = write(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    decoded = decode_image(content, "bird")
    assert decoded.shape == (10, 20, 3)
    assert (decoded == (255, 0, 0)).all()


def test_a_phone_jpeg_with_a_second_image_inside_shows_the_first() -> None:
    pair = [Image.new("RGB", (16, 16), colour) for colour in ("white", "black")]
    content = write(pair[0], "MPO", save_all=True, append_images=pair[1:])
    assert decode_image(content, "bird").min() > 250


def test_missing_file(tmp_path: Path) -> None:
    assert f"there is no file {tmp_path / 'gone.jpg'}" in refuse(tmp_path / "gone.jpg")


@pytest.mark.parametrize("odd", ["", "a" * 5000, "nul\0byte"])
def test_paths_that_are_no_files(tmp_path: Path, odd: str) -> None:
    refuse(tmp_path / odd)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert "the file is empty" in refuse(tmp_path / "empty.jpg")
    assert "the file is empty" in refuse(b"")


@pytest.mark.parametrize(
    "content", [b"x", b"not an image at all\n" * 50, b"%PDF-1.7\n", b"\xff\xd8"]
)
def test_something_else_named_like_a_image(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes.jpg").write_bytes(content)
    sentence = refuse(tmp_path / "notes.jpg", "notes.jpg")
    assert "JPEG, PNG, WEBP, BMP, GIF, TIFF, PPM or DICOM" in sentence


@pytest.mark.parametrize("kind", ["ICO", "JPEG2000", "TGA", "AVIF", "PDF"])
def test_formats_that_are_not_allowed(kind: str) -> None:
    assert "it is not a JPEG" in refuse(write(Image.fromarray(speckle()), kind))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
def test_a_truncated_jpeg_is_refused_wherever_it_ends(options: dict[str, bool]) -> None:
    content = write(Image.fromarray(speckle(40, 40)), "JPEG", quality=80, **options)
    decode_image(content, "bird")
    for length in range(1, len(content) - 2):
        refuse(content[:length])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated File")
def test_a_truncated_file_never_gives_half_a_image(kind: str) -> None:
    content = write(Image.fromarray(speckle(12, 20)), kind)
    whole = decode_image(content, "bird")
    for length in range(len(content)):
        try:
            part = decode_image(content[:length], "bird")
        except UnreadableImage:
            continue
        np.testing.assert_array_equal(part, whole)


def test_an_image_cut_in_the_middle_of_a_file(tmp_path: Path) -> None:
    content = encode_jpeg(speckle(400, 400))
    (tmp_path / "half.jpg").write_bytes(content[: len(content) // 2])
    assert "damaged, cut short" in refuse(tmp_path / "half.jpg")
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize("side", [10_000, 100_000])
@pytest.mark.parametrize("action", ["ignore", "error"])
def test_a_bomb_is_refused_by_its_header(side: int, action: str) -> None:
    bomb = craft_png(side, side, 8, 2, b"\0" * 100)
    with warnings.catch_warnings():
        warnings.simplefilter(action, Image.DecompressionBombWarning)
        assert "25,000,000" in refuse(bomb)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF"])
def test_more_than_25_megapixels_are_refused(kind: str) -> None:
    large = Image.new("1", (5000, 5001))
    assert "5000 x 5001 pixels" in refuse(write(large, kind))


def test_25_megapixels_are_read() -> None:
    largest = write(Image.new("1", (5000, 5000)), "PNG")
    assert MAX_PIXELS == 5000 * 5000
    assert decode_image(largest, "bird").shape == (5000, 5000, 3)


def test_size_is_checked_before_pixels_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("pixels were decoded")

    content = write(Image.new("L", (5000, 5001)), "PNG")
    monkeypatch.setattr(ImageFile.ImageFile, "load", never)
    assert "5000 x 5001" in refuse(content)


@pytest.mark.parametrize(
    "content",
    [
        craft_png(0, 5, 8, 2, b""),
        craft_png(5, 0, 8, 2, b""),
        b"P6 0 5 255\n",
        b"GIF89a\0\0\5\0\0\0\0;",
        craft_tiff(3, np.array([0, 0, 0], np.uint8), {256: 0, 257: 0, 258: 8, 262: 1}),
    ],
)
def test_no_pixels_are_refused(content: bytes) -> None:
    refuse(content)


def test_lab_tiff() -> None:
    light = Image.merge("LAB", [Image.new("L", (4, 4), value) for value in (255, 128, 128)])
    assert decode_image(write(light, "TIFF"), "bird").min() > 250


def test_a_kind_of_tiff_that_nobody_can_read_is_refused() -> None:
    sentence = refuse(craft_tiff(3, np.array([0, 1, 2], "<c8"), {258: 64, 262: 1, 339: 6}))
    assert "its kind of values is not supported" in sentence


def test_encoders_round_trip() -> None:
    np.testing.assert_array_equal(decode_image(encode_png(speckle()), "bird"), speckle())
    assert np.abs(decode_image(encode_jpeg(speckle()), "bird").astype(int) - speckle()).mean() < 4
    assert len(encode_jpeg(speckle(), quality=30)) < len(encode_jpeg(speckle()))
    assert Image.open(io.BytesIO(encode_jpeg(speckle()))).layer[1][1:3] == (1, 1)


def seeds() -> list[bytes]:
    image = Image.fromarray(speckle(9, 7))
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = [write(image, kind) for kind in FORMATS]
    frames = [Image.fromarray(speckle(9, 7, seed)) for seed in (1, 2)]
    return [
        *plain,
        write(image, "JPEG", exif=exif, progressive=True),
        write(image.convert("CMYK"), "JPEG"),
        write(image, "PNG", exif=exif),
        write(image.quantize(8), "PNG", transparency=3),
        write(Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8)), "PNG"),
        write(image, "TIFF", compression="tiff_lzw"),
        write(image, "TIFF", compression="jpeg"),
        craft_tiff(3, np.array([0, 1, 0.5], "<f4"), {258: 32, 262: 1, 339: 3}),
        *(write(image, kind, save_all=True, append_images=frames) for kind in ("GIF", "WEBP")),
        b"P2 2 2 9\n1 2 3 9",
    ]


def assert_decoded_or_refused(content: bytes) -> None:
    try:
        decoded = decode_image(content, "bird")
    except UnreadableImage:
        refuse(content, "bird")
        return
    assert decoded.dtype == np.uint8
    assert decoded.ndim == 3
    assert decoded.shape[2] == 3
    assert 0 < decoded.shape[0] * decoded.shape[1] <= MAX_PIXELS


@settings(max_examples=200)
@given(
    seed=st.sampled_from(seeds()),
    flips=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=8),
    length=st.none() | st.integers(0, 4000),
)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
def test_damage_gives_an_image_or_one_sentence(
    seed: bytes, flips: list[tuple[int, int]], length: int | None
) -> None:
    damaged = bytearray(seed)
    for place, value in flips:
        damaged[place % len(damaged)] = value
    assert_decoded_or_refused(bytes(damaged[:length]))


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_noise_gives_an_image_or_one_sentence(noise: bytes) -> None:
    assert_decoded_or_refused(noise)


def test_threads_do_not_disturb_each_other() -> None:
    kinds = [seed for seed in seeds() if seed[:2] != b"P2"] * 10
    alone = [decode_image(content, "bird") for content in kinds]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(decode_image, kinds, repeat("bird")))
    for first, second in zip(alone, together, strict=True):
        np.testing.assert_array_equal(first, second)


def test_real_images_decode(test_data: Path) -> None:
    for path in sorted((test_data / "cub10" / "images").rglob("*.jpg"))[::60]:
        decoded = decode_image(path, path.name)
        with Image.open(path) as image:
            assert decoded.shape == (image.height, image.width, 3)
