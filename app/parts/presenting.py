"""The button that leads from a page to what it tells, step by step on the whole screen."""

from collections.abc import Sequence

import streamlit as st

from app.parts.followed_link import Query
from app.parts.report import hinder
from app.parts.runs import STATE
from app.parts.wishing import wish_button
from saliencnn.store.runs import RunInfo

_FROM = "presented-from"
_KEPT = ("class", "epoch", "method", "opacity", "threshold", "scale", "image")
"""Parameters of the pages of runs that say what a presentation's maps show too."""
Place = tuple[str, Query]
"""A page and the parameters of its address."""


def offer_presenting(runs: Sequence[RunInfo], page: str) -> None:
    """Offer to present runs; the button stands where it is called.

    Args:
        runs: what the page shows; those without a complete epoch are left out.
        page: the one that offers it, to which closing leads back.
    """
    told = [run for run in runs if run.epoch]
    hindrance = hinder(told) if told else "Nothing to present: no run here has a complete epoch."
    kept = {name: values for name, values in STATE.address().items() if name in _KEPT}
    query = {**kept, "run": [run.run_id for run in told]}
    offer_presentation(page, query, "The story of what is chosen", hindrance)


def offer_presentation(page: str, query: Query, what: str, hindrance: str = "") -> None:
    """Offer what an address presents; the button stands where it is called.

    Args:
        page: the one that offers it, to which closing leads back.
        query: parameters of the presentation's address.
        what: is presented, in words that begin a sentence.
        hindrance: why it cannot be, in a sentence.
    """
    wished = wish_button(
        "Present",
        "present",
        icon=":material/slideshow:",
        disabled=bool(hindrance),
        help=hindrance or f"{what}, step by step on the whole screen.",
    )
    if wished and not hindrance:
        open_presentation(page, query)
    if hindrance:
        st.caption(hindrance)


def open_presentation(page: str, query: Query) -> None:
    """Open the presentation that an address says; closing it leads back to this page as it is."""
    here = {name: st.query_params.get_all(name) for name in st.query_params}
    st.session_state[_FROM] = page, here
    st.switch_page("views/present.py", query_params=query)


def presented_from() -> Place | None:
    """Return where the presentation was opened; None where its address was."""
    found: Place | None = st.session_state.get(_FROM)
    return found
