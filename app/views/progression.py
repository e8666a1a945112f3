"""Progression: where does the network look, epoch by epoch, in examples of a class?"""

import streamlit as st

from app.parts.chart import note_subject
from app.parts.choices import choose_class, choose_view
from app.parts.live import follow
from app.parts.presenting import offer_presenting
from app.parts.report import offer_report
from app.parts.run_names import describe
from app.parts.runs import STATE, open_page, pick_run
from app.parts.upload import OWN
from app.parts.widgets import REFRESH, guarded
from app.progression.beside import choose_beside
from app.progression.cases import draw_cases
from app.progression.source import choose_source, follow_source
from app.progression.summary import draw_class
from app.progression.uploaded_image import draw_uploaded_image
from app.reads import stored_findings

with guarded():
    store, runs = open_page("Progression", "")
    run = pick_run(runs)
    if not run.epoch:
        st.info("This run has no complete epoch yet; its maps appear with the first.", icon="⏳")
        st.fragment(guarded()(follow), run_every=REFRESH)(store, run)
        st.stop()
    beside = choose_beside(run, runs)
    if beside:
        note_subject(describe([run, beside]))
    source = follow_source()
    target = choose_class(store, run, rated=source != OWN)
    view = choose_view(store, run)
    with st.sidebar.container(horizontal=True):
        offer_report(store, [run, beside] if beside else [run])
        offer_presenting([run, beside] if beside else [run], "progression")
    true = STATE.get().confused_with
    confused = stored_findings.of_confused(store, run, true, target, view.methods)

    @st.fragment
    def body() -> None:
        """Draw the images; redrawn by itself where a person chooses an epoch or an image."""
        with guarded():
            summary = st.container()
            row = st.container(horizontal=True, vertical_alignment="center")
            if choose_source(row) != source:
                st.rerun()  # the sidebar speaks of the class's images
            if source == OWN:
                draw_uploaded_image(store, run, runs, target, view)
            else:
                with summary:
                    draw_class(store, run, beside, target, confused, view.methods)
                draw_cases(store, run, beside, target, view, row)

    body()
    if run.status == "running":
        st.fragment(guarded()(follow), run_every=REFRESH)(store, run)
