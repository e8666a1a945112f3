"""Images deeper than 8 bits for tests."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def ramp(low: float, high: float, kind: str, side: int = 16) -> np.ndarray:
    """Values rising evenly from the upper left to the lower right, (side, side)."""
    return np.linspace(low, high, side * side).reshape(side, side).astype(kind)


def encode_png16(values: np.ndarray, transparent: tuple[int, ...] = ()) -> bytes:
    """Encode uint16 (H, W, C) as a PNG of 16 bits, which Pillow writes of grey only."""
    height, width, channels = values.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = {b"IHDR": struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)}
    if transparent:
        parts[b"tRNS"] = struct.pack(f">{len(transparent)}H", *transparent)
    parts |= {b"IDAT": zlib.compress(rows), b"IEND": b""}
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def save_deep_set(root: Path, high: float = 4080, each: int = 6, kind: str = "u2") -> Path:
    """Save 16-bit images of two classes, of which one is brighter, as folders of PNG."""
    rng = np.random.default_rng(0)
    for number, name in enumerate(("dark", "light")):
        (root / name).mkdir(parents=True)
        for index in range(each):
            values = rng.uniform(number * high / 2, (number + 1) * high / 2, (32, 32))
            values[0, 0], values[0, 1] = 0, high
            Image.fromarray(values.astype(kind)).save(root / name / f"{index}.png")
    return root
