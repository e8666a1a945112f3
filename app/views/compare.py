"""Compare: which of many networks is better, on which classes, and what do its maps highlight?"""

import streamlit as st

from app.compare.classes_tab import draw_classes
from app.compare.group import open_comparison
from app.compare.maps_tab import draw_maps
from app.compare.overall import draw_networks
from app.compare.reporting import offer_comparison
from app.compare.sidebar import choose_task
from app.compare.state import STATE, VERDICTS, choose_tab
from app.parts.presenting import offer_presentation
from app.parts.standing_choice import chosen_standings
from app.parts.widgets import guarded
from pipelines.comparison.view import CLASSES, MAPS, NETWORKS

DRAWN = {NETWORKS: draw_networks, CLASSES: draw_classes, MAPS: draw_maps}

with guarded():
    head = st.container(horizontal=True, vertical_alignment="center", gap="large")
    head.title("Compare", width="content")
    store, group = open_comparison()
    task = choose_task(store, group)
    with head:
        tab = choose_tab()
    with st.sidebar.container(horizontal=True):
        offer_comparison(store, task, group)
        query = {**STATE.address(), VERDICTS: chosen_standings()}
        offer_presentation("compare", query, "The comparison")
    # What another tab drew is gone at once, however long this one takes.
    places = {name: st.container() if name == tab else st.empty() for name in DRAWN}
    with places[tab]:
        DRAWN[tab](store, task, group)
