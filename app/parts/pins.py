"""Views that a person has pinned in this window, in their order, and the form to pin another."""

from collections.abc import Sequence

import streamlit as st

from app.parts.chart import charts_subject
from app.parts.followed_link import Query
from app.parts.page_state import whole_address
from app.parts.widgets import plain, say_error
from app.parts.writing import ask_name, may_write, pin_view, typed_name
from saliencnn.common.errors import UserError
from saliencnn.common.sentences import count
from saliencnn.common.shown import one_line
from saliencnn.store.walkthroughs import MAX_SENTENCE_LENGTH, MAX_TITLE_LENGTH, PAGES, Pin

_PINS = "pinned-views"
_ADDED, _PROBLEM = "pin-added", "pin-refused"
_NAMED = (("class", "class"), ("epoch", "epoch"), ("check", ""), ("tab", ""), ("section", ""))
"""Parameters of an address that a title names, and the word before them."""


def pinned_views() -> tuple[Pin, ...]:
    """Return the views that were pinned in this window; a walkthrough is made of them."""
    pins: tuple[Pin, ...] = st.session_state.get(_PINS, ())
    return pins


def put_pins(pins: Sequence[Pin]) -> None:
    """Replace the pinned views; also for callbacks."""
    st.session_state[_PINS] = tuple(pins)


def offer_pinning(page: str, title: str) -> None:
    """Offer below the sidebar's choices to pin what the page shows, with a sentence.

    Args:
        page: its name, see ``PAGES``; views of others are not pinned.
        title: what people call it.
    """
    if page not in PAGES or not may_write():
        return
    pins = pinned_views()
    with st.sidebar.container(key="pinning"):
        # After a view is added, the popover is another one: that closes it.
        box = st.popover(
            "Add to the walkthrough", icon=":material/keep:", width="stretch",
            key=f"pinning-{len(pins)}",
        )  # fmt: skip
        with box, st.form("pin", border=False):
            st.text_area(
                "What should others see here?",
                max_chars=MAX_SENTENCE_LENGTH,
                key="pin-sentence",
                placeholder="It looks at the sticker, not at the bird.",
            )
            ask_name("pin-name")
            st.form_submit_button("Add", icon=":material/keep:", on_click=_pin, args=(page, title))
            if problem := st.session_state.pop(_PROBLEM, ""):
                st.error(plain(problem))
        if added := st.session_state.pop(_ADDED, ""):
            st.caption(added)
        if pins:
            st.page_link(
                "views/walkthrough.py",
                label=f"Walkthrough: {count(len(pins), 'view', 'views')}",
                icon=":material/format_list_numbered:",
            )


def _pin(page: str, title: str) -> None:
    """Pin what the address says now; a callback, since it empties a field."""
    query = whole_address()
    try:
        pin = pin_view(
            page,
            query,
            entitle_view(title, charts_subject(), query),
            st.session_state["pin-sentence"] or "",
            typed_name("pin-name"),
        )
    except UserError as error:
        st.session_state[_PROBLEM] = say_error(error)
        return
    put_pins((*pinned_views(), pin))
    st.session_state["pin-sentence"] = ""
    st.session_state[_ADDED] = "Added. Below the button is your walkthrough, to be kept with a run."


def entitle_view(page: str, subject: str, query: Query) -> str:
    """Say in short what a view shows.

    Args:
        page: what people call it.
        subject: which networks and images, see ``note_subject``.
        query: the parameters of its address.
    """
    details = [
        " ".join(filter(None, [word, *query[name][:1]])) for name, word in _NAMED if name in query
    ]
    return one_line(" · ".join(filter(None, [page, subject, *details])), MAX_TITLE_LENGTH)
