"""Colours: which colours and textures does a network's map highlight, and do mistakes differ?"""

import streamlit as st

from app.colours.network import choose_network
from app.colours.page import draw_page
from app.colours.selection import choose_selection
from app.parts.page_state import place_notice
from app.parts.widgets import guarded

with guarded():
    st.title("Colours")
    st.caption(
        "Which colours and textures do the maps highlight, and do they differ where the network "
        "is wrong?"
    )
    place_notice()
    store, network = choose_network()
    draw_page(store, network, choose_selection(store, network))
