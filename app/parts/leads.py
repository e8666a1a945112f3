"""A sentence, and beside it a link to where it can be seen or acted upon."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def draw_row(sentence: str, detail: str = "") -> DeltaGenerator:
    """Draw a sentence and return its row, which has room for links beside it.

    Args:
        sentence: in Markdown.
        detail: likewise; what a help mark behind the sentence says.
    """
    row = st.container(horizontal=True, vertical_alignment="center")
    if sentence:
        row.markdown(sentence, width="stretch", help=detail or None)
    return row


def lead(
    row: DeltaGenerator,
    page: str,
    label: str,
    query: Mapping[str, str | Sequence[str]],
    help_text: str | None = None,
) -> None:
    """Draw a link in a row.

    Args:
        row: where.
        page: ``home``, ``overview``, ...
        label: of the link, in Markdown.
        query: parameters of the page's address.
        help_text: what a click does, where the label does not say all.
    """
    row.page_link(
        f"views/{page}.py",
        label=label,
        icon=":material/arrow_forward:",
        query_params=query,
        width="content",
        help=help_text,
    )
