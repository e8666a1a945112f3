"""Compare: which of many networks is better, on which classes, and what do its maps highlight?"""

from functools import partial

import streamlit as st

from app.compare.classes_tab import draw_classes
from app.compare.group import open_comparison
from app.compare.maps_tab import draw_maps
from app.compare.overall import draw_networks
from app.compare.sidebar import choose_task
from app.compare.state import CLASSES, MAPS, NETWORKS, STATE, VERDICTS, choose_tab
from app.parts.presenting import offer_presentation
from app.parts.report import offer_file
from app.parts.standing_choice import chosen_standings
from app.parts.widgets import guarded
from pipelines.computing.asking import compute
from pipelines.report.comparison import name_comparison
from pipelines.report.make import make_comparison

DRAWN = {NETWORKS: draw_networks, CLASSES: draw_classes, MAPS: draw_maps}

with guarded():
    head = st.container(horizontal=True, vertical_alignment="center", gap="large")
    head.title("Compare", width="content")
    store, group = open_comparison()
    task = choose_task(store, group)
    with head:
        tab = choose_tab()
    with st.sidebar.container(horizontal=True):
        offer_file(
            name_comparison(task, group),
            (*group.run_ids, task),
            partial(compute, make_comparison, store, group, task),
            "accuracies and costs, the task's maps and how similar they are",
        )
        query = {**STATE.address(), VERDICTS: chosen_standings()}
        offer_presentation("compare", query, "The comparison")
    # What another tab drew is gone at once, however long this one takes.
    places = {name: st.container() if name == tab else st.empty() for name in DRAWN}
    with places[tab]:
        DRAWN[tab](store, task, group)
