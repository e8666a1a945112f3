"""A person's own image, which stays in the browser session."""

import hashlib
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from saliencnn.data.bounds import MAX_PIXELS
from saliencnn.data.decode import decode_image
from saliencnn.data.image_files import SUFFIXES
from saliencnn.data.value_range import window_of_one

OWN = "own"
"""How an address says that the images are a person's own."""


@dataclass(frozen=True, eq=False)
class Upload:
    """An image that a person brought.

    Attributes:
        pixels: uint8 (H, W, 3).
        digest: SHA-256 of its file, which tells images apart.
    """

    pixels: np.ndarray
    digest: str


def take_upload(purpose: str, window: str) -> Upload | None:
    """Offer to upload an image; None until there is one.

    Args:
        purpose: what comes of it, as the end of "Upload an image to ...", in Markdown.
        window: ``RunInfo.window`` of the run whose network is to see it.

    Raises:
        UserError: the file is no image that can be read.
    """
    file = st.file_uploader(
        "An image of your own",
        label_visibility="collapsed",  # a choice beside it says that
        type=sorted(suffix.removeprefix(".") for suffix in SUFFIXES),
        help=f"Up to {MAX_PIXELS // 10**6} megapixels, a photograph in JPEG about 100. Where it "
        "has more than 8 bits, those values become black and white that do in the run's images.",
    )
    if file is None:
        st.caption(
            f"Upload an image (PNG, JPEG, TIFF ...) to {purpose} It stays in this browser session "
            "and is not stored."
        )
        return None
    st.container(key="own-image").caption("The link shows everything but your own image.")
    content = file.getvalue()
    pixels = decode_image(content, file.name, partial(window_of_one, window))
    return Upload(pixels, hashlib.sha256(content).hexdigest())
