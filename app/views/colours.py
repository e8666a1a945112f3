"""Colours: what is the region made of that a network looks at, and does it differ in failures?"""

import streamlit as st

from app.colours.network import choose_network
from app.colours.page import choose_what, draw_page
from app.parts.widgets import guarded

with guarded():
    st.title("Colours")
    st.caption("What is it made of, where the network looks, and does it differ in failures?")
    store, network = choose_network()
    draw_page(store, network, choose_what(store, network))
