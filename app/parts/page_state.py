"""What a page shows, as one frozen value in the session that the URL says too.

The session's value is the truth: widgets show it and their callbacks change it, so that a chart,
a table and the sidebar can all choose the same thing. The URL is read when a person follows a
link, and written by the page after every run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import streamlit as st

State = TypeVar("State")
Query = dict[str, list[str]]
"""URL parameter -> its values."""


@dataclass(frozen=True)
class PageState(Generic[State]):
    """The state of one page.

    Attributes:
        page: its name, unique.
        initial: the state before the person has chosen anything, a frozen dataclass.
        parameters: of the URL that belong to the page, in their order.
    """

    page: str
    initial: State
    parameters: tuple[str, ...]

    def get(self) -> State:
        """Return the state; also within callbacks."""
        state: State = st.session_state.get(self._key, self.initial)
        return state

    def update(self, **changes: Any) -> None:
        """Replace attributes of the state; for callbacks, which run before the script."""
        st.session_state[self._key] = replace(self.get(), **changes)  # type: ignore[type-var]

    def take(self, key: str, attribute: str) -> Callable[[], None]:
        """Return a callback that takes a widget's value, by its key, over into the state."""
        return lambda: self.update(**{attribute: st.session_state[key]})

    def address(self) -> Query:
        """Return the page's parameters of the URL."""
        given = st.query_params
        return {name: given.get_all(name) for name in self.parameters if name in given}

    def link(self) -> Query:
        """Return the URL's parameters where a link was followed, else nothing.

        That is where the URL differs from what the page wrote there.
        """
        address = self.address()
        return {} if address == st.session_state.get(self._written) else address

    def follow(self, query: Mapping[str, Sequence[str]]) -> None:
        """Act as if a link with these parameters had been followed; for callbacks."""
        self._set({name: list(values) for name, values in query.items()})
        st.session_state[self._written] = None

    def write(self, query: Mapping[str, Sequence[str]]) -> None:
        """Write the parameters into the URL; empty ones are left out."""
        self._set({name: [one for one in values if one] for name, values in query.items()})
        st.session_state[self._written] = self.address()

    def _set(self, query: Query) -> None:
        address = self.address()
        for name in self.parameters:
            values = query.get(name, [])
            if values and values != address.get(name):
                st.query_params[name] = values
            elif not values and name in address:
                del st.query_params[name]

    @property
    def _key(self) -> str:
        return f"state-{self.page}"

    @property
    def _written(self) -> str:
        return f"address-{self.page}"


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
