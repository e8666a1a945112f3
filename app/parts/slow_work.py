"""Work of minutes that a page begins, and how it stands, for everybody who opens the page."""

from typing import Any

import streamlit as st

from app.parts.page_state import whole_address
from app.parts.waiting import format_left
from app.parts.widgets import REFRESH, guarded, plain, say_error
from app.parts.writing import begin_work, may_write, stop_work
from pipelines.computing.background import Standing, State, Work, the_background

GOES_ON = "It goes on if you leave the page, and everybody sees the result."
PAGE = "shown-page"
"""Key of the session's state: name of the page that it shows."""
DRAWN = "standings-drawn"
"""Key of the session's state: keys of the works whose standing the page draws."""
_BEGUN = "slow-work"
"""Key of the session's state: key of a work -> its number, where this session began it."""
_WHOSE = ("run", "beside", "model", "kind")
"""Parameters of an address that tell of whom a page shows what was computed."""
_AWAITED = "slow-work-awaited"
"""Likewise, of works whose end its page has not shown to this session."""


def offer_work(work: Work, label: str, words: str, refused: str = "") -> None:
    """Draw how some work stands, and unless it is under way a button that begins it.

    Args:
        work: what to do; the button has its key.
        label: of the button.
        words: what comes of it, from data or not.
        refused: what somebody reads who may not write, while it is not under way.
    """
    if draw_standing(work.key):
        return
    if not may_write():
        if refused:
            st.caption(plain(refused))
        return
    draw_button(work, label, words)


def draw_button(work: Work, label: str, words: str) -> None:
    """Draw the button alone that begins some work, beside what comes of it; see ``offer_work``."""
    row = st.container(horizontal=True, vertical_alignment="center")
    row.button(plain(label), icon=":material/science:", key=work.key, on_click=begin, args=(work,))
    row.caption(f"{plain(words)} {GOES_ON}".strip())


def begin(work: Work, asked: bool = True) -> None:
    """Begin some work; a callback of whatever offers it.

    Args:
        work: what to do.
        asked: whether a person asked for it, who is told elsewhere, too, that it has ended.
    """
    try:
        joins = is_under_way(work.key)
        standing = begin_work(work, st.session_state.get(PAGE, ""), whole_address())
        if not joins:
            for begun in (_BEGUN, _AWAITED) if asked else (_BEGUN,):
                st.session_state.setdefault(begun, {})[work.key] = standing.number
        st.session_state.pop(_refusal(work.key), None)
    except Exception as error:
        st.session_state[_refusal(work.key)] = say_error(error)


def draw_standing(key: str) -> bool:
    """Draw how the work with a key stands; return whether it is under way.

    While it is, that draws itself anew, and the whole page once it has ended.
    """
    _draw_refusal(key)
    standing = the_background().find(key)
    if standing is None:
        return False
    st.session_state.setdefault(DRAWN, set()).add(key)
    if standing.under_way:
        st.fragment(guarded()(_follow), run_every=REFRESH)(key, standing.number)
        return True
    if standing.state == State.FAILED:
        failed = f"{standing.what} failed: {standing.words}"
        st.error(plain(failed), icon=":material/error:")
    elif standing.state == State.STOPPED:
        by = f" by {standing.words}" if standing.words else ""
        st.caption(plain(f"{standing.what} was stopped{by}."))
    return False


def list_elsewhere() -> dict[str, int]:
    """Return key -> number of the works to tell of beside a page that does not draw them.

    These are the works under way, and those that this session began and whose page it has not
    opened since they ended. To be asked once what the page draws is known.
    """
    drawn: set[str] = st.session_state.pop(DRAWN, set())
    works, awaited = the_background(), st.session_state.get(_AWAITED, {})
    for key, number in [*awaited.items()]:
        standing = works.find(key)
        if standing is None or standing.number != number or _is_settled(standing):
            del awaited[key]
    under_way = {key: one.number for key, one in works.list_under_way().items() if one.page}
    return {key: number for key, number in {**awaited, **under_way}.items() if key not in drawn}


def _is_settled(standing: Standing) -> bool:
    """Whether work needs no word any more: it was stopped, or its end is on the page shown now."""
    if standing.under_way:
        return False
    if standing.state == State.STOPPED:
        return True
    address = whole_address()
    same = all([*standing.query.get(name, ())] == [*address.get(name, ())] for name in _WHOSE)
    return same and standing.page == st.session_state.get(PAGE, "")


def is_under_way(key: str) -> bool:
    """Whether the work with a key is under way."""
    standing = the_background().find(key)
    return standing is not None and standing.under_way


def was_begun(key: str) -> bool:
    """Whether somebody began the work with a key, however it stands."""
    return the_background().find(key) is not None


def find_result(key: str) -> Any:
    """Return what the work with a key found; None where it is not done."""
    standing = the_background().find(key)
    return standing.result if standing else None


def take_done(key: str) -> Standing | None:
    """Return how the work with a key stands once it is done, once to the session that began it."""
    begun: dict[str, int] = st.session_state.get(_BEGUN, {})
    standing = the_background().find(key)
    if standing is None or standing.state != State.DONE or begun.get(key) != standing.number:
        return None
    del begun[key]
    return standing


def _follow(key: str, number: int) -> None:
    """Draw how far a work is; to be redrawn every few seconds."""
    standing = the_background().find(key)
    if standing is None or standing.number != number or not standing.under_way:
        st.rerun()
        return
    _draw_refusal(key)
    words = f"{standing.words[:1].upper()}{standing.words[1:]}"
    done = f" · {standing.fraction:.0%}" if standing.fraction else ""
    st.progress(standing.fraction, plain(f"{words}{done}{format_left(standing.left)}"))
    row = st.container(horizontal=True, vertical_alignment="center")
    who = f", started by {standing.person}" if standing.person else ""
    row.caption(f"**{plain(f'{standing.what}{who}.')}** {GOES_ON}", width="stretch")
    if may_write():
        row.button(
            "Stop",
            icon=":material/stop:",
            key=f"stop-{key}",
            on_click=_stop,
            args=(key, number),
        )


def stop_own(key: str) -> None:
    """Stop the work with a key if this session began it and it is under way."""
    if key in (begun := st.session_state.get(_BEGUN, {})):
        _stop(key, begun.pop(key))


def _stop(key: str, number: int) -> None:
    try:
        stop_work(key, number)
    except Exception as error:
        st.session_state[_refusal(key)] = say_error(error)


def _draw_refusal(key: str) -> None:
    if refusal := st.session_state.pop(_refusal(key), ""):
        st.error(plain(refusal))


def _refusal(key: str) -> str:
    return f"refused-{key}"
