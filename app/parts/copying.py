"""The button in a page's head that copies its address."""

from pathlib import Path

import streamlit as st

from saliencnn.drawing.scripts import read_scripts

_ASSETS = Path(__file__).parents[1] / "assets"
_button = st.components.v2.component(
    "saliencnn_copy",
    css=(_ASSETS / "copy.css").read_text(),
    js=f"{read_scripts('elements')}\n{(_ASSETS / 'copy.js').read_text()}",
)


def offer_link(reports: bool) -> None:
    """Offer to copy the page's address, which says all that a person has chosen on it.

    Args:
        reports: whether the page has a report to send to whom the address does not reach.
    """
    _button(key="copy-link", data={"reports": reports})
