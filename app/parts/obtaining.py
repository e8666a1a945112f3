"""Maps for a page: read at once where they are stored, else computed with a progress bar."""

from collections.abc import Sequence
from zlib import crc32

import streamlit as st

from app.parts.slow_work import begin, is_under_way, stop_own
from app.parts.waiting import working
from app.parts.widgets import plain
from app.parts.writing import may_write
from app.reads import stored_evaluations
from pipelines.computing.asking import compute, compute_slowly
from pipelines.computing.background import Work
from saliencnn.common.sentences import count
from saliencnn.maps.explainer import compute_maps
from saliencnn.maps.requests import MapRequest, Maps, defined_for
from saliencnn.store.connection import Store

AT_ONCE = 96
"""Maps up to which they are computed where others wait for theirs; more take minutes."""
_WANTED = "maps-wanted"
"""Key of the session's state: key of the work that computes the many maps wanted last."""


def obtain_maps(store: Store, requests: Sequence[MapRequest], methods: Sequence[str]) -> Maps:
    """Return maps, computing those that are not stored.

    The person sees the progress and may stop it; maps that are complete by then stay stored, and
    the rest is computed once they ask for it. If somebody leaves who may write, many maps are
    computed all the same.
    """
    kept = stored_evaluations.kept_maps(store)
    maps = kept.find(requests, methods)
    wanted = sum(len(defined_for(request.info, methods)) for request in requests)
    missing = wanted - len(maps)
    wish = (tuple((q.info.run_id, q.image, q.target) for q in requests), tuple(methods))
    if not missing:
        return maps
    place = crc32(repr(wish).encode())  # a page may ask for maps at several places
    if st.session_state.get("stopped-maps") == wish:
        words, action = st.columns([5, 2], vertical_alignment="center")
        words.caption(f"You stopped the computation. Missing maps: {missing} of {wanted}.")
        action.button(
            "Compute them", key=f"go-on-{place}", on_click=_stop, args=(None,), width="stretch"
        )
        return maps
    row = st.empty()
    with row.container(horizontal=True, vertical_alignment="center"):
        bar = st.container(width="stretch")
        key = f"stop-maps-{place}"
        st.button("Stop", key=key, icon=":material/stop:", on_click=_stop, args=(wish,))
    try:
        with working(f"Computing {count(missing, 'map', 'maps')}…", bar) as report:
            given = (store, requests, methods)
            work = Work(f"maps-{place}", "Computing maps", compute_maps, given)
            if missing > AT_ONCE or is_under_way(work.key):
                _go_on(work)
                result = compute_slowly(compute_maps, *given, report=report)
            else:
                result = compute(compute_maps, *given, report=report)
        kept.remember(requests, result.maps)
    finally:
        row.empty()
    for sentence in result.problems:
        st.warning(plain(sentence), icon=":material/inventory_2:")
    return result.maps


def _go_on(work: Work) -> None:
    """Let maps be computed also without this page, in place of those that it wanted before."""
    if not may_write():
        return
    if st.session_state.get(_WANTED, work.key) != work.key:
        _leave()
    begin(work)
    st.session_state[_WANTED] = work.key


def _leave() -> None:
    if key := st.session_state.pop(_WANTED, ""):
        stop_own(key)


def _stop(wish: object) -> None:
    st.session_state["stopped-maps"] = wish
    _leave()
