"""What a page shows as files: maps as a figure for a paper, numbers as CSV."""

import re
from collections.abc import Callable, Hashable

import pandas as pd
import streamlit as st

from saliencnn.common.names import readable_text
from saliencnn.drawing.figure import Figure

MAX_NAME = 100
"""Characters of a file's name."""
_ASKED = "saving-asked"
"""Key of the session's state: which file a person has just asked for."""
_FORMULA = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet would take for a formula."""


def note_asked(*what: Hashable) -> None:
    """Note which file a person has just asked for; a callback of its button."""
    st.session_state[_ASKED] = what


def announce_saving(kind: str, *what: Hashable) -> None:
    """Say once that the browser saves a file, if it was just asked for.

    Not beside the button: the others there would move.

    Args:
        kind: of file, as people call it.
        what: as for ``note_asked``.
    """
    if st.session_state.get(_ASKED) == what:
        del st.session_state[_ASKED]
        st.toast(f"Your browser saves the {kind} once it is made, in some seconds.")


def offer_figure(draw: Callable[[], Figure], name: str, key: str) -> None:
    """Offer maps as SVG and PNG, with title and legend; they are drawn when a person asks.

    Args:
        draw: returns the figure.
        name: what they are of; it names the file.
        key: of the place on the page, unique.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Save these maps as", width="content")
        for kind, mime in (("svg", "image/svg+xml"), ("png", "image/png")):
            st.download_button(
                kind.upper(),
                _content_of(draw, kind),
                f"{file_name(name)}.{kind}",
                mime,
                key=f"{key}-{kind}",
                type="tertiary",
                icon=":material/download:",
                on_click="ignore",
                help="A figure with title, names and legend.",
            )


def _content_of(draw: Callable[[], Figure], kind: str) -> Callable[[], bytes]:
    return lambda: draw().svg.encode() if kind == "svg" else draw().png


def offer_numbers(frame: pd.DataFrame, what: str, of: str = "") -> None:
    """Offer the numbers of a chart or a table as CSV.

    Args:
        frame: a row each, with the columns' names.
        what: they are, unique on the page, e.g. ``Confusion matrix``.
        of: which run or epoch; it stands in the file's name.
    """
    st.download_button(
        f"{what} as CSV",
        lambda: write_csv(frame),
        f"{file_name(f'{what} {of}')}.csv",
        "text/csv",
        key=f"numbers-{what}",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help="These numbers as a table for other programs.",
    )


def file_name(text: str) -> str:
    """Return a text as the name of a file, without its ending: letters, digits and dashes."""
    return re.sub(r"\W+", "-", text).strip("-")[:MAX_NAME] or "maps"


def write_csv(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV that no spreadsheet takes for anything but texts and numbers."""
    safe = frame.map(_defuse).rename(columns=_defuse, index=_defuse)
    # The byte order mark lets spreadsheets read it as UTF-8.
    return bytes(safe.to_csv(index=frame.index.name is not None).encode("utf-8-sig"))


def _defuse(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = readable_text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
