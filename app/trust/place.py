"""Which check the page shows, and which cell of the table was clicked; the address says both."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app.parts.runs import STATE
from app.trust.choose_image import OF_RESULT, SOURCE
from pipelines.trust.results import Table
from saliencnn.checks.table import CHECKS
from saliencnn.saliency import METHODS

Place = tuple[str, str]
"""A check and a method: a cell of the table."""
CHECK, _METHOD, _MOVED = "trust-check", "trust-method", "trust-moved"


def find_place(table: Table) -> Place | None:
    """Return the chosen cell, at first the one that a link names; None where there is none."""
    state = st.session_state
    if (asked := STATE.asks_once("check")) is not None:
        state[CHECK] = next(iter(asked), "")
    if (asked := STATE.asks_once("cell")) is not None:
        state[_METHOD] = next(iter(asked), "")
    if state.get(CHECK) not in CHECKS:  # a browser may send none back
        state[CHECK] = next(iter(CHECKS))
    check, method = state[CHECK], state.get(_METHOD, "")
    place = (check, method) if method in table.get(check, {}) else None
    STATE.write(
        {"check": [check], "cell": [place[1]] if place else []},
        defaults={"check": [next(iter(CHECKS))]},
        names={name: row.label for rows in (CHECKS, METHODS) for name, row in rows.items()},
        keep=True,
    )
    return place


def click(key: str, columns: Sequence[str], places: Sequence[Sequence[Place]]) -> None:
    """Choose the cell that was clicked in the table with a key; a callback."""
    cells = st.session_state[key]["selection"]["cells"]
    state = st.session_state
    state[_METHOD] = ""
    for row, column in cells:
        choose_check(*places[row][list(columns).index(column)])


def choose_check(check: str, method: str = "") -> None:
    """Show what a check does, and where a method is given its images of the table's number."""
    state = st.session_state
    state[CHECK], state[_METHOD], state[_MOVED] = check, method, True
    if method:
        state[SOURCE] = OF_RESULT


def has_moved() -> bool:
    """Whether a click has just chosen what the page shows below the table."""
    return bool(st.session_state.pop(_MOVED, False))


def has_numbers(table: Table, place: Place | None) -> bool:
    """Whether a cell's check has a number of any image."""
    return place is not None and bool(np.isfinite(table[place[0]][place[1]].numbers).any())
