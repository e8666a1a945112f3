"""Widgets that show what was chosen, here or by a link, a chart or another page."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import streamlit as st


def draw_choice(
    label: str,
    options: Sequence[str],
    chosen: str,
    key: str,
    take: Callable[[], None],
    names: Mapping[str, str],
    help_text: str | None = None,
) -> None:
    """Draw a selectbox that shows what was chosen, here or elsewhere.

    Args:
        label: of the selectbox.
        options: to choose from.
        chosen: one of them.
        key: of the widget in the session's state.
        take: takes its value over into the page's state.
        names: of the options, for people.
        help_text: what hovering says.
    """
    named = f"{key}-named"
    if st.session_state.get(named) != names.get(chosen):
        # A browser keeps the name that it shows until it is handed the choice anew.
        st.session_state[named] = names.get(chosen)
        st.session_state[key] = chosen
    st.selectbox(
        label,
        options,
        index=options.index(chosen),  # what a browser sends that has missed the value
        key=show(key, chosen),
        on_change=take_known(key, options, take),
        format_func=name_in(names),
        filter_mode="contains",
        help=help_text,
    )


def take_known(key: str, options: Collection[Any], take: Callable[[], None]) -> Callable[[], None]:
    """Return a callback that takes a widget's value over where it is of the widget's options.

    A browser sends back the name that it showed. Where an option's name has changed since, as a
    run's by a verdict, Streamlit hands the old name on as if a person had just chosen it.

    Args:
        key: of the widget in the session's state; its value is an option, a list of them or None.
        options: what the widget offers.
        take: takes the value over.
    """

    def take_value() -> None:
        value = st.session_state[key]
        chosen = value if isinstance(value, list) else [value]
        if all(one is None or one in options for one in chosen):
            take()

    return take_value


def name_in(names: Mapping[Any, str]) -> Callable[[Any], str]:
    """Return how a widget names its options; what is no option is its own name.

    Streamlit asks that of the former name of an option, see ``take_known``.

    Args:
        names: option -> name.
    """
    return lambda option: names.get(option, str(option))


def show(key: str, value: Any) -> str:
    """Let a widget show a value that may have been chosen elsewhere.

    Args:
        key: of the widget in the session's state.
        value: what it must show.

    Returns:
        The key.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key
