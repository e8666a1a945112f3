"""Maps for a page: read at once where they are stored, else computed with a progress bar."""

from collections.abc import Sequence
from zlib import crc32

import streamlit as st

from app.parts.waiting import working
from app.parts.widgets import plain
from app.reads import stored_evaluations
from pipelines.computing.asking import compute, compute_slowly
from saliencnn.common.sentences import count
from saliencnn.maps.explainer import compute_maps
from saliencnn.maps.requests import MapRequest, Maps, defined_for
from saliencnn.store.connection import Store

AT_ONCE = 96
"""Maps up to which they are computed where others wait for theirs; more take minutes."""


def obtain_maps(store: Store, requests: Sequence[MapRequest], methods: Sequence[str]) -> Maps:
    """Return maps, computing those that are not stored.

    The person sees the progress and may stop it; maps that are complete by then stay stored, and
    the rest is computed once they ask for it.
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
            work = compute if missing <= AT_ONCE else compute_slowly  # others need not wait
            result = work(compute_maps, store, requests, methods, report=report)
        kept.remember(requests, result.maps)
    finally:
        row.empty()
    for sentence in result.problems:
        st.warning(plain(sentence), icon=":material/inventory_2:")
    return result.maps


def _stop(wish: object) -> None:
    st.session_state["stopped-maps"] = wish
