"""Compare: which of many networks is better, on which classes, and what do its maps highlight?"""

import streamlit as st

from app.compare.classes_tab import draw_classes
from app.compare.group import open_comparison
from app.compare.maps_tab import draw_maps
from app.compare.overall import draw_networks
from app.compare.sidebar import choose_task
from app.compare.state import CLASSES, MAPS, NETWORKS, choose_tab
from app.parts.widgets import guarded

DRAWN = {NETWORKS: draw_networks, CLASSES: draw_classes, MAPS: draw_maps}

with guarded():
    head = st.container(horizontal=True, vertical_alignment="center", gap="large")
    head.title("Compare", width="content")
    store, group = open_comparison()
    task = choose_task(store, group)
    with head:
        tab = choose_tab()
    DRAWN[tab](store, task, group)
