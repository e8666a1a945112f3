"""What each network is weak at: a sentence, and a row a network that leads to the kind of thing."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.compare.state import STATE
from app.parts.claims import write_claim
from app.parts.columns import cut_end, header_width, table_height
from app.parts.leads import draw_row
from app.parts.widgets import plain
from app.reads import stored_findings
from pipelines.comparison.groups import Group
from pipelines.comparison.rankings import WORST
from pipelines.comparison.view import CLASSES
from pipelines.comparison.weak import CERTAIN, list_weak
from saliencnn.common.sentences import quote
from saliencnn.findings.finding import Finding
from saliencnn.findings.weak_kinds import WeakKind
from saliencnn.store.connection import Store

MARK, WIDEST = 16, 200
"""Pixels by which a mark is wider than a letter, and of a column of words at most."""
HELP = {
    "weakest on": "The kind of thing on which it is furthest below its accuracy on all other "
    "images, of those with 30 images or more.",
    "right there": "Images of that kind on which the network is right.",
    "elsewhere": "Accuracy on all other images.",
}


def draw_weaknesses(store: Store, group: Group, told: Finding) -> None:
    """Draw what each network is weak at; a click on a row shows the classes of that kind.

    The rows are folded where all networks are weakest on the same.

    Args:
        store: where the networks are.
        group: these.
        told: what is said of them together.
    """
    draw_row(write_claim(told.sentence, claim=told.claim, strong=False), plain(told.detail))
    found = stored_findings.weak_kinds(store, group)
    if not found:
        return
    kinds = {one.kind for one in found}
    if len(found) > 1 == len(kinds):
        with st.expander(plain(f"Each network on {quote(found[0].kind)}")):
            _draw_rows(group, found)
    else:
        _draw_rows(group, found)


def _draw_rows(group: Group, found: Sequence[WeakKind]) -> None:
    rows = list_weak(found)
    words = {name: [row[name] for row in rows] for name in rows[0]}
    key = f"compare-weak-{STATE.get().pinned}-{STATE.get().root}"
    st.dataframe(
        pd.DataFrame({name: [cut_end(one, WIDEST) for one in own] for name, own in words.items()}),
        hide_index=True,
        height=table_height(len(rows)),
        key=key,
        on_select=lambda: _show(key, group, found),
        selection_mode="single-cell",
        column_config={name: _fit(name, own) for name, own in words.items()},
    )
    st.caption(
        f"{CERTAIN} by more than chance; else it may be chance. Click a cell to see the classes of "
        "that kind, those missed most first."
    )


def _fit(name: str, words: Sequence[str]) -> object:
    mark = MARK if any(CERTAIN in one for one in words) else 0
    needed = max(map(header_width, (name, *words))) + mark
    return st.column_config.TextColumn(width=min(needed, WIDEST), help=HELP.get(name))


def _show(key: str, group: Group, found: Sequence[WeakKind]) -> None:
    for row, _ in st.session_state[key]["selection"]["cells"]:
        one = found[row]
        STATE.update(tab=CLASSES, root=one.kind, rank=WORST, pinned=group.run_ids[one.network])
