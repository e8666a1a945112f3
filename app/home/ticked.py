"""A table whose rows a person ticks."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

HEIGHT = 420
"""In pixels of a table that is longer."""
FEW = 9
"""Rows up to which a table is as high as its content."""


def draw_ticked(
    shown: pd.DataFrame, ids: pd.Series, key: str, columns: Mapping[str, object]
) -> list[str]:
    """Draw a table and return the ids of the ticked rows.

    Args:
        shown: its columns.
        ids: of the rows, in their order.
        key: of the table.
        columns: Streamlit's configuration of them, by name.
    """
    ticked = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=key,
        height="content" if len(shown) <= FEW else HEIGHT,
        column_config=dict(columns),
    )["selection"]["rows"]
    return [str(one) for one in ids.iloc[ticked]]
