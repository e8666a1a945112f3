"""What is being computed for other views, below every page's choices."""

import streamlit as st

from app.parts.leads import lead
from app.parts.slow_work import DRAWN
from app.parts.waiting import format_left
from app.parts.widgets import REFRESH, guarded, plain
from pipelines.computing.background import State, the_background


def draw_works_elsewhere() -> None:
    """Draw the work that is under way but for what the page itself draws; nothing without any."""
    drawn = st.session_state.pop(DRAWN, set())
    numbers = {
        key: standing.number
        for key, standing in the_background().list_under_way().items()
        if key not in drawn and standing.page
    }
    if numbers:
        with st.sidebar.container(key="under-way"):
            st.fragment(guarded()(_follow), run_every=REFRESH)(numbers)


def _follow(numbers: dict[str, int]) -> None:
    """Draw how works stand, also those that have ended since the page was opened."""
    for key, number in numbers.items():
        standing = the_background().find(key)
        if standing is None or standing.number != number or standing.state == State.STOPPED:
            continue
        how = "done" if standing.state == State.DONE else "failed"
        if standing.under_way:
            how = f"{standing.fraction:.0%}{format_left(standing.left)}"
        st.caption(plain(f"{standing.what}: {how}"))
        lead(st.container(key=f"under-way-{number}"), standing.page, "See it", standing.query)
