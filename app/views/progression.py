"""Progression: where does the network look, epoch by epoch, in examples of a class?"""

import streamlit as st

from app.parts.choices import choose_class, choose_view
from app.parts.live import follow
from app.parts.runs import open_page, pick_run
from app.parts.widgets import REFRESH, guarded
from app.progression.cases import draw_cases
from app.progression.playback import SECONDS_AN_EPOCH, is_playing
from app.progression.uploaded_image import draw_uploaded_image

with guarded():
    store, runs = open_page(
        "Progression", "Where does the network look when it learns a class, epoch by epoch?"
    )
    run = pick_run(runs)
    if not run.epoch:
        st.info("This run has no complete epoch yet; its maps appear with the first.", icon="⏳")
        st.fragment(guarded()(follow), run_every=REFRESH)(store, run)
        st.stop()
    target = choose_class(store, run)
    view = choose_view(store, run)
    source = st.segmented_control(
        "Images",
        ["Examples of the class", "Your own image"],
        default="Examples of the class",
        required=True,
        label_visibility="collapsed",
    )
    if source == "Your own image":
        draw_uploaded_image(store, run, target, view)
    else:
        every = SECONDS_AN_EPOCH if is_playing() else None
        cases = st.fragment(guarded()(draw_cases), run_every=every)
        cases(store, run, target, view)
    if run.status == "running":
        st.fragment(guarded()(follow), run_every=REFRESH)(store, run)
