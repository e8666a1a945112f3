"""Colours: do missed images differ in what is looked at, and which colours do maps highlight?"""

import streamlit as st

from app.colours.network import choose_network
from app.colours.page import draw_page
from app.colours.selection import choose_selection
from app.parts.page_state import place_notice
from app.parts.widgets import guarded

with guarded():
    st.title("Colours")
    st.caption(
        "Do the images it misses differ in what is looked at from those it gets right? And which "
        "colours and textures do the maps highlight?"
    )
    place_notice()
    store, network = choose_network()
    draw_page(store, network, choose_selection(store, network))
