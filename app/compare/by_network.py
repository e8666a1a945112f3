"""Many networks on one image: who is wrong and why, their maps, and each network's numbers."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.compare.matrix import draw_side_by_side
from app.parts.claims import write_claim, write_small
from app.parts.columns import table_height
from pipelines.comparison.agreement import Agreement
from pipelines.comparison.looks import list_looks
from pipelines.comparison.rows import Row
from saliencnn.findings.finding import Finding
from saliencnn.store.connection import Store

ODD, SIZE = "odd one", "region size"
"""Rules that stand below the answer: of the odd one its claim, the size in full."""
HELP: dict[str, str | None] = {
    "network": None,
    "says": "✓ right, ✗ wrong.",
    "looks at": "The middle of its region, by thirds of the image.",
    "region": "How much of the image it looks at.",
    "as right ones": "Whether a wrong network looks where a right one does.",
}
MEAN = "How alike its map is to the others: the mean of its row of the matrix below."


def draw_answer(told: Sequence[Finding]) -> None:
    """Draw the answer in a sentence or two.

    Args:
        told: what is said, the answer first.
    """
    answer, *others = told
    size = [one.sentence for one in others if one.rule == SIZE]
    odd = [f"{one.claim.rstrip(':')}." for one in others if one.rule == ODD]
    said = write_claim(answer.sentence, claim=answer.claim)
    st.markdown("  \n".join([said, *map(write_small, size + odd)]))


def draw_by_network(
    store: Store,
    rows: Sequence[Row],
    classes: Sequence[str],
    alike: Agreement,
    told: Sequence[Finding],
    threshold: float,
) -> None:
    """Draw the networks' maps, and what is known beside the answer, folded.

    Args:
        store: where the evaluations are.
        rows: of many networks on one image.
        classes: names of the classes.
        alike: how alike the maps are.
        told: what is said, the answer first.
        threshold: fraction of a map's maximum from which on a cell is in its region, 0 to 1.
    """
    draw_side_by_side(store, rows, classes, alike, threshold)
    with st.expander("Each network on this image, in numbers"):
        columns = list_looks(rows, classes, alike, threshold)
        st.dataframe(
            pd.DataFrame(columns),
            hide_index=True,
            height=table_height(len(alike.names)),
            column_config={
                name: st.column_config.TextColumn(help=HELP.get(name, MEAN)) for name in columns
            },
        )
        rest = [one.sentence for one in told[1:] if one.rule != SIZE]
        st.markdown("  \n".join(map(write_small, rest)))
