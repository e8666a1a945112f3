"""Images as files."""

import io

import numpy as np
from PIL import Image


def encode_png(image: np.ndarray) -> bytes:
    """Encode an image, uint8 (H, W, 3) or (H, W), without loss."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def encode_jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    """Encode an image, uint8 (H, W, 3), with colour at full resolution (4:4:4)."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality, subsampling="4:4:4")
    return stream.getvalue()


def compress_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """Return what a JPEG file as most programs write it leaves of an image, uint8 (H, W, 3)."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality)
    return np.array(Image.open(stream))
