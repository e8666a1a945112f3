"""The emptiest page that Streamlit serves, to measure the pages beside."""

import streamlit as st

st.title("Empty")
