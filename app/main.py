"""The dashboard's entry: its pages and their addresses."""

from pathlib import Path

import streamlit as st

from app.parts.copying import offer_link
from app.parts.kept_name import keep_name
from app.parts.login import require_login
from app.parts.pins import offer_pinning
from app.parts.slow_work import PAGE
from app.parts.verdict_form import forget_said
from app.parts.works_elsewhere import draw_works_elsewhere
from saliencnn.plugins import load_plugins


def open_colours() -> None:
    """Lead a link to Colours from before the page had its present name to where it lies now."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    st.switch_page("views/colours.py", query_params=asked)


# A file of ours: the browser would fetch one of Streamlit's named icons from another host.
ASSETS = Path(__file__).parent / "assets"

# Not a folder named "pages": Streamlit would run its scripts without this one.
st.set_page_config(page_title="saliencnn", page_icon=ASSETS / "icon.svg", layout="wide")
st.html(ASSETS / "pages.css")
st.html(f"<script>{(ASSETS / 'history.js').read_text()}</script>", unsafe_allow_javascript=True)
load_plugins()
require_login()
keep_name()
shown = st.navigation(
    [
        st.Page("views/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("views/overview.py", title="Overview", icon=":material/insights:"),
        st.Page("views/progression.py", title="Progression", icon=":material/movie:"),
        st.Page("views/trust.py", title="Trust", icon=":material/balance:"),
        st.Page("views/retrain.py", title="Retrain", icon=":material/model_training:"),
        st.Page("views/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("views/colours.py", title="Colours", icon=":material/palette:"),
        st.Page("views/walkthrough.py", title="Walkthrough", visibility="hidden"),
        st.Page("views/present.py", title="Present", visibility="hidden"),
        st.Page(open_colours, title="Colours", url_path="cih", visibility="hidden"),
    ],
    position="top",
)
if shown.url_path != "present":
    offer_link(reports=bool(shown.url_path))
if shown.url_path:  # all but Home choose in the sidebar: it stands before the page does
    st.sidebar.empty()
if st.session_state.get(PAGE) != shown.url_path:
    forget_said()
st.session_state[PAGE] = shown.url_path
shown.run()
draw_works_elsewhere()
offer_pinning(shown.url_path, shown.title)
