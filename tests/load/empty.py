"""The emptiest page on which something can be clicked, to measure the pages beside."""

import streamlit as st

st.title("Empty")
st.slider("Value", 0, 100)
