"""Saliency maps as coloured PNGs: resample, rescale, colour."""

import struct
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saliencnn.measures.energy import is_constant
from saliencnn.measures.resolution import neighbours

Floats = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]

# Inferno from CIELAB L* 12 to 95 in even steps: dark to bright, safe for colour-blind eyes, and
# rare in photographs of nature. Ten, because Streamlit's chartSequentialColors takes ten.
COLOR_STOPS = [
    "#290b55", "#520e6d", "#7d1e6d", "#a62d60", "#cc4248",
    "#e8602d", "#f8850f", "#fcac11", "#f7d340", "#f3f68a",
]  # fmt: skip
COARSEST_PIXELS = 64  # maps with more cells a side are maps of pixels
FADE_IN = 0.3  # a value at which heat reaches full strength; below it the image shows through


@lru_cache(maxsize=64)
def _interpolation(source: int, target: int) -> Floats:
    """Matrix (target, source) that resamples a line of pixels bilinearly."""
    first, second, fraction = neighbours(source, target)
    weights = np.zeros((target, source), np.float32)
    weights[np.arange(target), first] = 1 - fraction
    weights[np.arange(target), second] += fraction
    weights.flags.writeable = False
    return weights


def upsample(maps: Floats, height: int, width: int) -> NDArray[np.float32]:
    """Resample maps bilinearly, as ``torch.nn.functional.interpolate(align_corners=False)`` does.

    Args:
        maps: (N, h, w), any float type.
        height: Pixels of the result.
        width: Pixels of the result.

    Returns:
        (N, height, width) in float32.
    """
    count, h, w = maps.shape
    wide = maps.astype(np.float32).reshape(count * h, w) @ _interpolation(w, width).T
    return np.matmul(_interpolation(h, height), wide.reshape(count, h, width))


def rescale(maps: Floats, jointly: bool) -> NDArray[np.float32]:
    """Divide maps by their maximum; pixel maps by their 99th percentile (Smilkov 2017).

    Single pixels' gradients stand out so far that by their maximum nothing else would be seen.

    Args:
        maps: (E, h, w), raw, one an epoch; negative values count as zero.
        jointly: One maximum for all maps (magnitudes stay comparable) instead of one for each.

    Returns:
        (E, h, w) in 0..1; constant maps (see ``is_constant``) become zeros.
    """
    exact = np.asarray(maps, np.float64)
    exact = np.where(is_constant(exact)[:, None, None], 0.0, exact).clip(min=0.0)
    over = None if jointly else (1, 2)
    peak = exact.max(axis=over, keepdims=True, initial=0.0)
    if max(exact.shape[1:]) > COARSEST_PIXELS and exact.size:
        bright = np.quantile(exact, 0.99, axis=over, keepdims=True)
        peak = np.where(bright > 0, bright, peak)
    return (exact / np.where(peak > 0, peak, 1.0)).clip(max=1.0).astype(np.float32)


def rescale_one(saliency: Floats) -> NDArray[np.float32]:
    """Return one raw map (h, w) in 0..1, divided by its own maximum as ``rescale`` does."""
    return rescale(saliency[None], jointly=False)[0]


def color_table() -> Bytes:
    """(256, 3) sRGB colours of the values 0..1: COLOR_STOPS joined by straight lines in OKLab."""
    to_lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    # OKLab's second matrix is linear, so straight lines in cube-rooted LMS are straight there too.
    stops = np.array([list(bytes.fromhex(stop[1:])) for stop in COLOR_STOPS]) / 255
    linear = np.where(stops <= 0.04045, stops / 12.92, ((stops + 0.055) / 1.055) ** 2.4)
    roots = np.cbrt(linear @ to_lms.T)
    at, known = np.linspace(0, 1, 256), np.linspace(0, 1, len(stops))
    lms = np.stack([np.interp(at, known, channel) for channel in roots.T], axis=1) ** 3
    rgb = (lms @ np.linalg.inv(to_lms).T).clip(0, 1)
    srgb = np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return (srgb * 255).round().astype(np.uint8)


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


@lru_cache(maxsize=1)
def _palette_chunks() -> bytes:
    alpha = (np.linspace(0, 255 / FADE_IN, 256)).clip(0, 255).astype(np.uint8)
    return _png_chunk(b"PLTE", color_table().tobytes()) + _png_chunk(b"tRNS", alpha.tobytes())


def render_heat(maps01: Floats, sides: tuple[int, int], threshold: float) -> list[bytes]:
    """Draw maps as palette PNGs whose entry 0 is transparent.

    Written without Pillow: one vectorised row filter for the whole batch, one ``zlib`` call a map.

    Args:
        maps01: (N, h, w) in 0..1.
        sides: Height and width of the PNGs in pixels.
        threshold: 0..1; what lies below it is transparent.
    """
    height, width = sides
    values = upsample(maps01, height, width)
    index = (values * 255 + 0.5).clip(1, 255).astype(np.uint8)
    index[values < threshold] = 0
    rows = np.full((len(index), height, width + 1), 2, np.uint8)  # leading 2: PNG's "up" filter
    rows[:, 0, 1:] = index[:, 0]
    np.subtract(index[:, 1:], index[:, :-1], out=rows[:, 1:, 1:])
    header = _png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
    start = b"\x89PNG\r\n\x1a\n" + header + _palette_chunks()
    end = _png_chunk(b"IEND", b"")
    return [start + _png_chunk(b"IDAT", zlib.compress(row.tobytes(), 1)) + end for row in rows]
