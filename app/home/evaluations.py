"""The table of evaluations: search, sort, tick and compare."""

from collections.abc import Sequence

import streamlit as st

from app.home.tables import evaluations_frame, search
from app.home.ticked import draw_ticked
from app.parts.columns import PERCENT, in_percent
from app.reads import stored_evaluations
from saliencnn.store.connection import Store

SEARCHED = ("name", "images", "verdict")


def draw_evaluations(store: Store) -> None:
    """Draw the evaluated networks; those that are ticked can be compared."""
    listed = stored_evaluations.all_evaluations(store)
    if not listed:
        st.info(
            "No network has been evaluated yet. `saliencnn evaluate --models "
            "resnet18,mobilenet_v2 --images DIR` compares networks on labelled images; name your "
            "own `run:RUN_ID`.",
            icon=":material/compare:",
        )
        return
    frame = evaluations_frame(listed, stored_evaluations.standings(store, listed))
    words = st.text_input(
        "Search evaluations",
        placeholder="network, images ...",
        key="find",
        bind="query-params",
        width=260,
    )
    found = search(frame, words, SEARCHED)
    shown = found.drop(columns=["run_id", *([] if frame["top5"].notna().any() else ["top5"])])
    number = st.column_config.NumberColumn
    draw_ticked(
        in_percent(shown, *(name for name in ("accuracy", "top5") if name in shown)),
        found["run_id"],
        "home-evaluations",
        {
            "name": st.column_config.TextColumn("network", width="medium"),
            "images": "image set",
            "count": number("images"),
            "accuracy": number("top 1", format=PERCENT),
            "top5": number("top 5", format=PERCENT),
            "parameters": number(format="compact"),
            "multiply_adds": number("multiply-adds", format="compact", help="Of one image."),
            "started": st.column_config.DatetimeColumn("evaluated", format="distance"),
        },
        "compare",
        _ask,
        _offer,
    )


def _ask(ids: Sequence[str]) -> dict[str, str | Sequence[str]]:
    return {"model": ids, "kind": "image"}


def _offer(ids: Sequence[str]) -> None:
    if ids:
        which = "this network" if len(ids) == 1 else f"these {len(ids)} networks"
        st.page_link(
            "views/compare.py",
            label=f"**Compare {which}**",
            icon=":material/arrow_forward:",
            query_params=_ask(ids),
        )
    else:
        st.caption(
            "Click a network's name to look at it, or tick several to compare them; click a "
            "heading to sort."
        )
