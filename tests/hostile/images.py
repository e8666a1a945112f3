"""Image files: damaged, thin, deep, huge by their header, and misnamed."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from saliencnn.data.decode import decode_image
from saliencnn.data.fitted import fit_image
from saliencnn.data.preparation import prepare_at
from tests.hostile.answers import Case, Surroundings
from tests.hostile.texts import TEXTS, mutate_bytes

SIZE = 224
FORMS = (
    ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "1"), ("PNG", "I;16"),
    ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("GIF", "P"), ("BMP", "RGB"), ("PPM", "RGB"),
    ("PPM", "L"), ("WEBP", "RGB"), ("WEBP", "RGBA"), ("TIFF", "RGB"), ("TIFF", "I;16"),
    ("TIFF", "F"), ("TIFF", "I"), ("TIFF", "CMYK"),
)  # fmt: skip
THIN = tuple(
    (width, height)
    for long in (2_000, 30_000, 65_000, 300_000, 5_000_000)
    for width, height in ((1, long), (long, 1), (2, long), (long, 3))
)
HEADERS = ((2**31 - 1, 2**31 - 1), (100_000, 100_000), (1, 2**31 - 1), (0, 10), (65_500, 400))


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield images to decode and to bring into a network's format."""
    sound = {form: _encode(here, *form) for form in FORMS}
    yield from (_decoding(f"sound {form}", content) for form, content in sound.items())
    yield from (_decoding(f"thin {size}", _flat_png(*size)) for size in THIN)
    yield from (_decoding(f"PNG header {size}", _header_png(*size)) for size in HEADERS)
    yield from (_decoding(f"TIFF header {size}", _header_tiff(*size)) for size in HEADERS)
    for text in TEXTS:
        yield _decoding(f"named {text[:30]!r}", b"no image", text)
    made = len(FORMS) + len(THIN) + 2 * len(HEADERS) + len(TEXTS)
    for number in range(here.count - made):
        form = here.rng.choice(FORMS)
        yield _decoding(f"{number} {form} mutated", mutate_bytes(here.rng, sound[form]))


def _decoding(name: str, content: bytes, called: str = "x.png") -> Case:
    def give() -> None:
        pixels = decode_image(content, called)
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
        assert fit_image(pixels, prepare_at(SIZE)).shape == (SIZE, SIZE, 3)

    return Case(name, give)


def _encode(here: Surroundings, form: str, mode: str) -> bytes:
    grey = np.array([[here.rng.randrange(256) for _ in range(40)] for _ in range(30)])
    if mode == "I;16":
        image = Image.fromarray((grey * 16).astype(np.uint16))
    elif mode == "F":
        image = Image.fromarray((grey / 4 - 20).astype(np.float32))
    elif mode == "I":
        image = Image.fromarray((grey * 8 - 1000).astype(np.int32))
    else:
        image = Image.fromarray(grey.astype(np.uint8)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()


def _flat_png(width: int, height: int) -> bytes:
    rows = (b"\0" + b"\x80" * width) * height
    return _png(width, height, zlib.compress(rows))


def _header_png(width: int, height: int) -> bytes:
    return _png(width, height, zlib.compress(bytes(1000)))


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _header_tiff(width: int, height: int) -> bytes:
    entries = [
        (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1),
        (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 1000),
    ]  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    directory = struct.pack("<H", len(entries)) + table + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(1000)
