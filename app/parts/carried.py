"""What a person looked at last, which the page they go to next shows too, where it has it.

Each page keeps its own state; this is only what goes from one to another by the bar above. A page
reads it when it opens without parameters in its address, and notes what it shows after that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

_KEY = "carried"


@dataclass(frozen=True)
class Carried:
    """What a page showed last.

    Attributes:
        page: which.
        networks: ids of what it showed: of an evaluation and the run that it is of, or of runs.
        class_name: name of the class.
        methods: keys of ``METHODS``.
        threshold: fraction of a map's maximum from which on its region counts, 0 to 1.
        view: how maps are drawn, as parameters of the addresses of the pages of runs.
    """

    page: str = ""
    networks: tuple[str, ...] = ()
    class_name: str = ""
    methods: tuple[str, ...] = ()
    threshold: float | None = None
    view: Mapping[str, list[str]] = field(default_factory=dict)


def carry(page: str, **shown: Any) -> None:
    """Note what a page shows; what it does not name stays as another page noted it."""
    before: Carried = st.session_state.get(_KEY, Carried())
    st.session_state[_KEY] = replace(before, page=page, **shown)


def carried_to(page: str) -> Carried:
    """Return what another page than this one showed last, else nothing."""
    found: Carried = st.session_state.get(_KEY, Carried())
    return Carried() if found.page == page else found


def carried_view() -> Mapping[str, list[str]]:
    """Return how the pages of runs drew maps last; a link within the dashboard leaves it so."""
    found: Carried = st.session_state.get(_KEY, Carried())
    return found.view
