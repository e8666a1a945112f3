"""The dashboard's entry: pages and what they share."""

import streamlit as st

# Not a folder named "pages": Streamlit would run its scripts without this one.
st.set_page_config(page_title="saliencnn", page_icon=":material/visibility:", layout="wide")
st.navigation(
    [
        st.Page("views/overview.py", title="Overview", icon=":material/insights:", default=True),
        st.Page("views/progression.py", title="Progression", icon=":material/movie:"),
        st.Page("views/trust.py", title="Trust", icon=":material/balance:"),
        st.Page("views/retrain.py", title="Retrain", icon=":material/model_training:"),
        st.Page("views/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("views/colours.py", title="Colours", icon=":material/palette:"),
    ],
    position="top",
).run()
