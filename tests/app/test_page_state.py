"""The state of a page, between its session, its widgets and the URL."""

from streamlit.testing.v1 import AppTest

SCRIPT = """
from dataclasses import dataclass
import streamlit as st
from app.parts.page_state import PageState, show

@dataclass(frozen=True)
class State:
    fruits: tuple[str, ...] = ()
    size: str = "small"

STATE = PageState("shop", State(), ("fruit", "size"))
if link := STATE.link():
    STATE.update(fruits=tuple(link.get("fruit", [])), size=link.get("size", ["small"])[0])
sizes = ["small", "large"]
size = STATE.get().size
take = STATE.take("s", "size")
st.selectbox("size", sizes, sizes.index(size), key=show("s", size), on_change=take)
st.button("saved", on_click=STATE.follow, args=({"fruit": ["fig"], "colour": ["red"]},))
st.button("none", on_click=STATE.update, kwargs={"fruits": ()})
st.text(STATE.get())
STATE.write({"fruit": STATE.get().fruits, "size": [STATE.get().size]})
"""


def open_shop(**query: str | list[str]) -> AppTest:
    app = AppTest.from_string(SCRIPT)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def check(app: AppTest, fruits: tuple[str, ...], size: str, **others: list[str]) -> None:
    """Check that the page, its widget and its address say the same."""
    assert not app.exception
    assert app.text[0].value == f"State(fruits={fruits!r}, size={size!r})"
    assert app.selectbox(key="s").value == size
    address = {n: v if isinstance(v, list) else [v] for n, v in app.query_params.items()}
    assert address == {"size": [size], **others, **({"fruit": list(fruits)} if fruits else {})}


def test_without_a_link_the_page_writes_what_it_shows() -> None:
    check(open_shop(), (), "small")


def test_a_link_is_followed_and_other_parameters_stay() -> None:
    app = open_shop(fruit=["apple", "pear"], size="large", theme="dark")
    check(app, ("apple", "pear"), "large", theme=["dark"])


def test_a_choice_stands_until_another_link_is_followed() -> None:
    app = open_shop(fruit=["apple"], size="large")
    app.selectbox(key="s").set_value("small").run()
    check(app, ("apple",), "small")
    app.button[1].click().run()
    check(app, (), "small")
    app.query_params["size"] = "large"
    check(app.run(), (), "large")


def test_saved_parameters_are_followed_like_a_link() -> None:
    app = open_shop(fruit=["apple"], size="large")
    app.button[0].click().run()
    check(app, ("fig",), "small")
