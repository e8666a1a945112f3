"""What a page shows, as one frozen value in the session that the URL says too.

The session's value is the truth: widgets show it and their callbacks change it, so that a chart,
a table and the sidebar can all choose the same thing. The URL is read when a person follows a
link, and written by the page after every run. Where the link names what the page does not show, a
line below its title says so, and what is shown instead.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import streamlit as st

from app.parts.followed_link import Link, Query, describe_missing
from app.parts.widgets import INTERRUPTED

State = TypeVar("State")
_NOTICE, _WHOLE = "notice-place", "whole-address"


@dataclass(frozen=True)
class PageState(Generic[State]):
    """The state of one page.

    Attributes:
        page: its name, unique.
        initial: the state before the person has chosen anything, a frozen dataclass.
        parameters: of the URL that belong to the page, in their order, each with its name for
            people.
        bound: parameters that widgets of the page read and write by themselves, likewise.
    """

    page: str
    initial: State
    parameters: Mapping[str, str]
    bound: Mapping[str, str] = field(default_factory=dict)

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
        return _read_address(self.parameters)

    def link(self) -> Query:
        """Return the URL's parameters where a link was followed, else nothing.

        That is where the URL differs from what the page wrote there. Whoever clicks while the page
        is writing sends a URL that an interrupted run began with or passed through.
        """
        address, passed = self.address(), st.session_state.setdefault(self._passed, [])
        if address and address == st.session_state.get(self._written):
            passed.clear()
            return {}
        if address in passed and st.session_state.get(INTERRUPTED):
            return {}
        passed.clear()
        # Without parameters, a person has come from another page: an older link is settled.
        asked = {
            name: [*dict.fromkeys(filter(None, values))]
            for name, values in {**address, **_read_address(self.bound)}.items()
        }
        st.session_state[self._link] = Link(asked, {*self.parameters} if address else set())
        return address

    def asks_once(self, name: str) -> list[str] | None:
        """Return a parameter's values at the first call after a link was followed, then None.

        A link that leaves it out asks for what everybody sees first, and so does the way back.
        """
        link = self._followed()
        if name not in link.fresh:
            return None
        link.fresh.remove(name)
        return link.asked.get(name, [])

    def follow_choice(self, name: str, options: Sequence[str], key: str) -> str:
        """Return which of some options is chosen: what a link asks, else what the session keeps.

        Args:
            name: of the parameter.
            options: the first is the usual one.
            key: of the session's state, where the choice is kept.
        """
        if (asked := self.asks_once(name)) is not None:
            st.session_state[key] = next(iter(asked), options[0])
        chosen = st.session_state.get(key)
        return chosen if chosen in options else options[0]

    def follow(self, query: Mapping[str, Sequence[str]]) -> None:
        """Act as if a link with these parameters had been followed; for callbacks."""
        self._set({name: list(values) for name, values in query.items()})
        st.session_state[self._written] = None
        st.session_state[self._passed] = []

    def write(
        self,
        query: Mapping[str, Sequence[str]],
        defaults: Mapping[str, Sequence[str]] | None = None,
        names: Mapping[str, str] | None = None,
        keep: bool = False,
    ) -> None:
        """Write what the page shows into the URL, and say what else the followed link asked for.

        Args:
            query: the parameters; empty ones are left out of the URL.
            defaults: what a page shows without a link, which is left out too.
            names: value -> how people call it, where it is an id.
            keep: whether other parameters stay as they are.
        """
        shown = {name: [one for one in values if one] for name, values in query.items()}
        st.session_state.setdefault(_WHOLE, {}).update(shown)
        short = {
            name: [] if values == list((defaults or {}).get(name, [])) else values
            for name, values in shown.items()
        }
        before = self.address()
        self._set({**(before if keep else {}), **short})
        st.session_state[self._written] = self.address()
        st.session_state.setdefault(self._passed, []).extend([before, self.address()])
        self.answer(shown, names)

    def answer(self, shown: Query, names: Mapping[str, str] | None = None) -> None:
        """Say what else the followed link asked for than what the page shows.

        Args:
            shown: parameters, not all of the page, with what is shown for them.
            names: value -> how people call it, where it is an id.
        """
        link = self._followed()
        link.names.update(names or {})
        link.answer(shown)
        say_missing(describe_missing(link, {**self.parameters, **self.bound}))

    def _followed(self) -> "Link":
        found: Link = st.session_state.setdefault(self._link, Link({}, set()))
        return found

    def _set(self, query: Query) -> None:
        address = self.address()
        wanted = {name: query.get(name, []) for name in self.parameters}
        # Each change of the address is a step that a browser's Back takes: all at once are one.
        changed = {name: own for name, own in wanted.items() if own and own != address.get(name)}
        if changed:
            st.query_params.update(changed)
        for name in address:
            if not wanted[name]:
                del st.query_params[name]

    @property
    def _key(self) -> str:
        return f"state-{self.page}"

    @property
    def _link(self) -> str:
        return f"link-{self.page}"

    @property
    def _passed(self) -> str:
        return f"passed-{self.page}"

    @property
    def _written(self) -> str:
        return f"address-{self.page}"


def place_notice() -> None:
    """Keep the place for what a link names and the page does not show: below the page's title."""
    st.session_state[_NOTICE] = st.empty()
    st.session_state[_WHOLE] = {}


def whole_address() -> Query:
    """Return the parameters of the page's URL, with those that it leaves out.

    A URL leaves out what everybody sees first, such as the newest epoch, which is another one
    tomorrow; this one does not.
    """
    given = _read_address(st.query_params)
    whole: Query = st.session_state.get(_WHOLE, {})
    return {name: values for name, values in {**given, **whole}.items() if values}


def say_missing(sentence: str) -> None:
    """Draw a sentence about the followed link at its place, or clear the place."""
    place = st.session_state.get(_NOTICE)
    if place is None:
        return
    if sentence:
        place.warning(sentence, icon=":material/link_off:")
    else:
        place.empty()


def _read_address(names: Iterable[str]) -> Query:
    """Return those of some parameters that the URL has; to ask for each first takes far longer."""
    given = st.query_params
    return {name: values for name in names if (values := given.get_all(name))}
