"""The views that were pinned in this window: to open, order, edit and remove."""

from functools import partial

import streamlit as st

from app.parts.pins import pinned_views, put_pins
from app.parts.widgets import plain, say_error
from app.parts.writing import ask_name, pin_view, typed_name
from saliencnn.common.errors import UserError
from saliencnn.store.walkthroughs import MAX_SENTENCE_LENGTH, MAX_TITLE_LENGTH, Pin

_PROBLEM = "pin-problem"


def draw_pinned() -> bool:
    """Draw the pinned views in their order; return whether there are any."""
    pins = pinned_views()
    st.subheader("Pinned views")
    if not pins:
        st.info(
            "Nothing is pinned in this window yet. Every page has **Add to the walkthrough** at "
            "the end of its sidebar.",
            icon=":material/keep:",
        )
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.error(plain(problem))
    for place, pin in enumerate(pins):
        with st.container(border=True, gap="small"):
            _draw_pin(place, pin)
            with st.container(horizontal=True):
                _draw_actions(place, pin, len(pins))
    return bool(pins)


def _draw_pin(place: int, pin: Pin) -> None:
    st.page_link(
        f"views/{pin.page}.py",
        label=f"**{place + 1}. {plain(pin.title)}**",
        query_params=pin.query,
        help="Open the view as it was pinned.",
    )
    st.markdown(plain(pin.sentence))
    st.caption(describe_author(pin))


def _draw_actions(place: int, pin: Pin, count: int) -> None:
    for icon, words, off, step in (
        (":material/arrow_upward:", "Earlier", place == 0, -1),
        (":material/arrow_downward:", "Later", place == count - 1, 1),
    ):
        st.button(
            words, icon=icon, disabled=off, key=f"{words}-{place}", type="tertiary",
            on_click=partial(_move, place, step),
        )  # fmt: skip
    with st.popover("Edit", icon=":material/edit:", key=f"edit-{place}", type="tertiary"):
        _draw_form(place, pin)
    st.button(
        "Remove", icon=":material/delete:", key=f"remove-{place}", type="tertiary",
        on_click=partial(_remove, place),
    )  # fmt: skip


def describe_author(pin: Pin) -> str:
    """Say who pinned a view and when, as Markdown."""
    return f"{plain(pin.person)}, {pin.time[:10]} {pin.time[11:16]} UTC"


def _draw_form(place: int, pin: Pin) -> None:
    key = f"edit-{place}-{pin.time}"
    with st.form(key, border=False):
        st.text_input("Title", pin.title, max_chars=MAX_TITLE_LENGTH, key=f"{key}-title")
        st.text_area("Sentence", pin.sentence, max_chars=MAX_SENTENCE_LENGTH, key=f"{key}-sentence")
        ask_name(f"{key}-name")
        st.form_submit_button("Change", on_click=_edit, args=(place, pin, key))


def _edit(place: int, pin: Pin, key: str) -> None:
    state = st.session_state
    try:
        edited = pin_view(
            pin.page,
            pin.query,
            state[f"{key}-title"] or "",
            state[f"{key}-sentence"] or "",
            typed_name(f"{key}-name"),
        )
    except UserError as error:
        state[_PROBLEM] = say_error(error)
        return
    pins = list(pinned_views())
    pins[place] = edited
    put_pins(pins)


def _move(place: int, step: int) -> None:
    pins = list(pinned_views())
    pins.insert(place + step, pins.pop(place))
    put_pins(pins)


def _remove(place: int) -> None:
    pins = pinned_views()
    put_pins(pins[:place] + pins[place + 1 :])
