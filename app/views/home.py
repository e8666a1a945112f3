"""Home: what is there, what is wrong with it, and where to go."""

import streamlit as st

from app.home.convicted import draw_convicted
from app.home.doors import draw_doors
from app.home.evaluations import draw_evaluations
from app.home.runs import draw_running, draw_runs
from app.parts.runs import open_page
from app.parts.widgets import guarded, plain
from app.reads import stored_evaluations
from saliencnn.plugins import load_plugins

if "run" in st.query_params:  # a link from when Overview was the first page
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    st.switch_page("views/overview.py", query_params=asked)

with guarded():
    store, runs = open_page("saliencnn", "")
    for sentence in load_plugins():
        st.warning(plain(sentence), icon=":material/extension_off:")
    draw_doors(runs, stored_evaluations.largest_group(store))
    trained, evaluated = st.tabs(["Runs", "Evaluations"], key="table", bind="query-params")
    with trained, guarded():
        if trained.open:
            draw_running(store, runs)
            draw_convicted(runs)
            draw_runs(store, runs)
    with evaluated, guarded():
        if evaluated.open:
            draw_evaluations(store)
