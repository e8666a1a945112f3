"""The state of a page, between its session, its widgets and the URL."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.parts.shared_choice import take_known

SCRIPT = """
from dataclasses import dataclass
import streamlit as st
from app.parts.page_state import PageState, place_notice
from app.parts.shared_choice import show
from app.parts.widgets import guarded
from streamlit.runtime.scriptrunner import RerunData, RerunException

@dataclass(frozen=True)
class State:
    fruits: tuple[str, ...] = ()
    size: str = "small"

STATE = PageState("shop", State(), {"fruit": "fruit", "size": "size of a box"})
place_notice()
if link := STATE.link():
    STATE.update(fruits=tuple(link.get("fruit", [])), size=link.get("size", ["small"])[0])
sizes = ["small", "large"]
size = STATE.get().size
take = STATE.take("s", "size")
st.selectbox("size", sizes, sizes.index(size), key=show("s", size), on_change=take)
st.button("saved", on_click=STATE.follow, args=({"fruit": ["fig"], "colour": ["red"]},))
st.button("none", on_click=STATE.update, kwargs={"fruits": ()})
st.text(STATE.get())
with guarded():
    STATE.write({"fruit": STATE.get().fruits, "size": [STATE.get().size]})
    if (old := st.session_state.pop("click while it writes", None)) is not None:
        raise RerunException(RerunData(query_string=old))
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


def test_a_click_while_the_page_writes_its_address_is_no_link() -> None:
    app = open_shop(fruit=["apple"], size="large")
    app.session_state["click while it writes"] = "fruit=apple&size=large"
    app.selectbox(key="s").set_value("small").run()
    check(app, ("apple",), "small")
    app.query_params["size"] = "large"  # the way back, once the page has ended
    check(app.run(), ("apple",), "large")


def warnings(app: AppTest) -> list[str]:
    return [one.value for one in app.warning]


def test_what_a_link_names_and_the_page_does_not_show_is_said_until_another_choice() -> None:
    app = open_shop(fruit=["apple"], size=["large", "hu*ge"])
    check(app, ("apple",), "large")
    (said,) = warnings(app)
    assert "size of a box hu\\*ge" in said
    assert "size of a box large" in said
    assert "apple" not in said
    assert warnings(app.run()) == [said]
    app.selectbox(key="s").set_value("small").run()
    assert not warnings(app)


def test_links_that_name_what_is_shown_say_nothing() -> None:
    assert not warnings(open_shop(fruit=["apple", "apple"], size="large"))
    assert not warnings(open_shop(colour="red"))


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("apple", True),
        (["apple", "fig"], True),
        ([], True),
        (None, True),
        ("an apple of last year", False),
        (["fig", "an apple of last year"], False),
    ],
)
def test_a_name_that_an_option_no_longer_has_changes_no_choice(value: object, taken: bool) -> None:
    st.session_state["offered"] = value
    took: list[object] = []
    take_known("offered", ["apple", "fig"], lambda: took.append(value))()
    assert bool(took) == taken
