"""A person's own image, which stays in the browser session."""

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st

from saliencnn.data.decode import decode_image


@dataclass(frozen=True, eq=False)
class Upload:
    """An image that a person brought.

    Attributes:
        pixels: uint8 (H, W, 3).
        digest: SHA-256 of its file, which tells images apart.
    """

    pixels: np.ndarray
    digest: str


def take_upload(purpose: str) -> Upload | None:
    """Offer to upload an image; None until there is one.

    Args:
        purpose: what comes of it, as the end of "Upload an image to ...", in Markdown.

    Raises:
        UserError: the file is no image that can be read.
    """
    file = st.file_uploader(
        "An image of your own", type=["png", "jpg", "jpeg", "webp"], help="Up to 25 megapixels."
    )
    if file is None:
        st.caption(
            f"Upload a PNG, JPEG or WebP image to {purpose} It stays in this browser session and "
            "is not stored."
        )
        return None
    content = file.getvalue()
    return Upload(decode_image(content, file.name), hashlib.sha256(content).hexdigest())
