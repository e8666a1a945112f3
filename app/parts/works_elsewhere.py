"""What is computed for other views, below every page's choices, until its result was seen."""

import streamlit as st

from app.parts.leads import lead
from app.parts.slow_work import is_under_way, list_elsewhere
from app.parts.waiting import format_left
from app.parts.widgets import REFRESH, guarded, plain
from pipelines.computing.background import State, the_background


def draw_works_elsewhere() -> None:
    """Draw the work that the page itself does not draw; nothing without any."""
    numbers = list_elsewhere()
    if numbers:
        under_way = [key for key in numbers if is_under_way(key)]
        with st.sidebar.container(key="under-way"):
            st.fragment(guarded()(_follow), run_every=REFRESH if under_way else None)(
                numbers, under_way
            )


def _follow(numbers: dict[str, int], under_way: list[str]) -> None:
    """Draw how works stand, also those that have ended and whose result was not seen.

    Once one has ended, the page is drawn anew: it may tell of what was found.
    """
    if not all(map(is_under_way, under_way)):
        st.rerun()
    for key, number in numbers.items():
        standing = the_background().find(key)
        if standing is None or standing.number != number or standing.state == State.STOPPED:
            continue
        how = "done" if standing.state == State.DONE else "failed"
        if standing.under_way:
            how = f"{standing.fraction:.0%}{format_left(standing.left)}"
        st.caption(plain(f"{standing.what}: {how}"))
        lead(st.container(key=f"under-way-{number}"), standing.page, "See it", standing.query)
