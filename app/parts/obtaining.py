"""Maps for a page: found at once, else computed with a bar and a way to stop."""

from collections.abc import Sequence

import streamlit as st

from app.parts.widgets import plain
from app.reads import stored_evaluations
from saliencnn.maps.requests import MapRequest, Maps, defined_for
from saliencnn.store.connection import Store


def obtain_maps(store: Store, requests: Sequence[MapRequest], methods: Sequence[str]) -> Maps:
    """Return maps, computing those that nobody asked for before.

    The person sees the progress and may stop it; what is done by then is kept, and the rest is
    computed once they say so.
    """
    explainer = stored_evaluations.explainer(store)
    maps = explainer.find(requests, methods)
    wanted = sum(len(defined_for(request.info, methods)) for request in requests)
    missing = wanted - len(maps)
    asked = (tuple((q.info.run_id, q.image, q.target) for q in requests), tuple(methods))
    if not missing:
        return maps
    if st.session_state.get("stopped_maps") == asked:
        said, action = st.columns([5, 2], vertical_alignment="center")
        said.caption(f"You stopped the computation; {missing} of {wanted} maps are missing.")
        action.button("Compute them", key="go-on", on_click=_stop, args=(None,), width="stretch")
        return maps
    row = st.empty()
    with row.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, f"Computing {missing} maps…", width="stretch")
        st.button("Stop", key="stop-maps", icon=":material/stop:", on_click=_stop, args=(asked,))
    try:
        answer = explainer.compute(requests, methods, bar.progress)
    finally:
        row.empty()
    for sentence in answer.problems:
        st.warning(plain(sentence), icon=":material/inventory_2:")
    return answer.maps


def _stop(asked: object) -> None:
    st.session_state["stopped_maps"] = asked
