"""A table whose rows a person ticks."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

import pandas as pd
import streamlit as st

from app.parts.columns import UNKNOWN

HEIGHT = 420
"""In pixels of a table that is longer."""
FEW = 9
"""Rows up to which a table is as high as its content."""


def draw_ticked(
    shown: pd.DataFrame,
    ids: pd.Series,
    key: str,
    columns: Mapping[str, object],
    lead: Callable[[Sequence[str]], None],
) -> None:
    """Draw a table, and above it, where no long table hides it, what the ticked rows are for.

    Args:
        shown: its columns.
        ids: of the rows, in their order.
        key: of the table.
        columns: Streamlit's configuration of them, by name.
        lead: draws that, from the ids of the ticked rows.
    """
    above = st.container()
    # Ticks are places: they must not fall on what another word or a new run puts there.
    listed = sha256("".join(ids).encode()).hexdigest()[:16]
    before = st.session_state.get(f"{key}-table")
    if before and before not in st.session_state:  # Streamlit forgets it while another page shows
        st.session_state.pop(f"{key}-ticked", None)
    kept = st.session_state.setdefault(f"{key}-ticked", set())
    known = [str(one) for one in ids]

    def take() -> None:
        rows = st.session_state[table]["selection"]["rows"]
        kept.difference_update(known)
        kept.update(known[row] for row in rows)

    table = st.session_state[f"{key}-table"] = f"{key}-{listed}"
    st.dataframe(
        shown,
        hide_index=True,
        placeholder=UNKNOWN,
        on_select=take,
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [n for n, one in enumerate(known) if one in kept]}
        },
        key=table,
        height="content" if len(shown) <= FEW else HEIGHT,
        column_config=dict(columns),
    )
    with above:
        lead([one for one in known if one in kept])
