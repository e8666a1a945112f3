"""Overview: how good is each run, where does it fail, and how was it trained?"""

import streamlit as st

from app.overview.cards import draw_head
from app.overview.classes import draw_classes
from app.overview.settings import draw_settings
from app.parts.curves import draw_curves
from app.parts.picture import offer_picture
from app.parts.presenting import offer_presenting
from app.parts.report import offer_report
from app.parts.runs import open_page, pick_runs
from app.parts.verdicts import follow_verdict
from app.parts.widgets import REFRESH, guarded

with guarded():
    store, runs = open_page(
        "Overview",
        "How well does each network do, where does it fail, and how was it trained?",
        several=True,
    )
    chosen = pick_runs(runs)
    if not chosen:
        st.info("Choose one or several runs in the sidebar.", icon=":material/checklist:")
        st.stop()
    with st.sidebar.container(horizontal=True):
        offer_report(store, chosen)
        offer_presenting(chosen, "overview")
        offer_picture(store, chosen)
    run_ids = [run.run_id for run in chosen]
    live = any(run.status == "running" for run in chosen)

    @st.fragment(run_every=REFRESH if live else None)
    def body() -> None:
        """Draw what lies below the choice of runs; redrawn by itself while one is in progress."""
        with guarded():
            shown = draw_head(store, run_ids)
            draw_curves(store, shown)
            draw_classes(store, shown)
            draw_settings(store, shown)
            follow_verdict()
            if live and all(run.status != "running" for run in shown):
                st.rerun()

    body()
