"""A table whose rows a person ticks, or opens by a click on a name."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

import pandas as pd
import streamlit as st

from app.parts.columns import UNKNOWN

Query = Mapping[str, str | Sequence[str]]
NAME = "name"
"""The column on whose cells a click opens the row."""
HEIGHT = 420
"""In pixels of a table that is longer."""
FEW = 9
"""Rows up to which a table is as high as its content."""


def draw_ticked(
    shown: pd.DataFrame,
    ids: pd.Series,
    key: str,
    columns: Mapping[str, object],
    page: str,
    query: Callable[[Sequence[str]], Query],
    lead: Callable[[Sequence[str]], None],
) -> None:
    """Draw a table, and above it, where no long table hides it, what the ticked rows are for.

    Args:
        shown: its columns.
        ids: of the rows, in their order.
        key: of the table.
        columns: Streamlit's configuration of them, by name.
        page: that a click on a name opens.
        query: from ids of rows to the parameters of the page's address.
        lead: draws that, from the ids of the ticked rows.
    """
    above = st.container(key=f"{key}-lead")  # as high with a link as with its two lines of help
    # Ticks are places: they must not fall on what another word or a new run puts there.
    listed = sha256("".join(ids).encode()).hexdigest()[:16]
    before = st.session_state.get(f"{key}-table")
    if before and before not in st.session_state:  # Streamlit forgets it while another page shows
        st.session_state.pop(f"{key}-ticked", None)
    kept = st.session_state.setdefault(f"{key}-ticked", set())
    known = [str(one) for one in ids]

    def take() -> None:
        selection = st.session_state[table]["selection"]
        kept.difference_update(known)
        kept.update(known[row] for row in selection["rows"])
        opened = [known[row] for row, column in selection["cells"] if column == NAME]
        st.session_state[f"{key}-opened"] = opened

    table = st.session_state[f"{key}-table"] = f"{key}-{listed}"
    st.dataframe(
        shown,
        hide_index=True,
        placeholder=UNKNOWN,
        on_select=take,
        selection_mode=["multi-row", "single-cell"],
        selection_default={
            "selection": {"rows": [n for n, one in enumerate(known) if one in kept]}
        },
        key=table,
        height="content" if len(shown) <= FEW else HEIGHT,
        column_config=dict(columns),
    )
    if opened := st.session_state.pop(f"{key}-opened", []):
        st.switch_page(f"views/{page}.py", query_params=query(opened))
    with above:
        lead([one for one in known if one in kept])
