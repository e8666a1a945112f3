"""A person's own image, which stays in the browser session."""

import hashlib
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from app.parts.widgets import plain
from saliencnn.common.errors import UserError
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.data.bounds import MAX_PIXELS
from saliencnn.data.decode import decode_image
from saliencnn.data.value_range import window_of_one

OWN = "own"
"""How an address says that the images are a person's own."""


_KEPT, _CHOSEN, _TRIES = "own-image-kept", "own-image-chosen", "own-image-tries"


@dataclass(frozen=True, eq=False)
class Upload:
    """An image that a person brought.

    Attributes:
        pixels: uint8 (H, W, 3).
        digest: SHA-256 of its file, which tells images apart.
    """

    pixels: np.ndarray
    digest: str


@dataclass(frozen=True)
class _File:
    """A file as it was uploaded; a session keeps one, until a person brings another."""

    name: str
    content: bytes


def take_upload(purpose: str, window: str) -> Upload | None:
    """Show the image that the session keeps, or offer to upload one; None until there is one.

    Args:
        purpose: what comes of it, as the end of "Upload an image to ...", in Markdown.
        window: ``RunInfo.window`` of the run whose network is to see it.
    """
    file: _File | None = st.session_state.get(_KEPT)
    if file is not None:
        try:
            pixels = decode_image(file.content, file.name, partial(window_of_one, window))
        except UserError as error:
            _forget()
            st.error(plain(str(error)), icon=":material/error:")
        else:
            _draw_kept(file)
            return Upload(pixels, hashlib.sha256(file.content).hexdigest())
    _offer(purpose)
    return None


def _draw_kept(file: _File) -> None:
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"Your image: **{plain(file.name, LONGEST_NAME)}**", width="content")
    row.button(
        "Another image",
        icon=":material/close:",
        key="own-image-other",
        on_click=_forget,
        type="tertiary",
    )
    row.container(key="own-image", width="content").caption(
        "A link to this page does not carry it."
    )


def _offer(purpose: str) -> None:
    """Offer to upload a file of any kind: the decoder says more of one that it cannot read."""
    key = f"{_CHOSEN}-{st.session_state.get(_TRIES, 0)}"  # a new one has forgotten its last file
    st.file_uploader(
        "An image of your own",
        label_visibility="collapsed",  # a choice beside it says that
        key=key,
        on_change=_keep,
        args=(key,),
        help=f"Up to {MAX_PIXELS // 10**6} megapixels, a photograph in JPEG about 100. Where it "
        "has more than 8 bits, those values become black and white that do in the run's images.",
    )
    st.caption(
        f"Upload an image (PNG, JPEG, TIFF ...) to {purpose} It stays in this browser session "
        "and is not stored."
    )


def _keep(key: str) -> None:
    """Keep the file that a person chose; a callback."""
    if file := st.session_state[key]:
        st.session_state[_KEPT] = _File(file.name, file.getvalue())


def _forget() -> None:
    st.session_state.pop(_KEPT, None)
    st.session_state[_TRIES] = st.session_state.get(_TRIES, 0) + 1
