"""Log-in at the dashboard, by the provider that ``secrets.toml`` names."""

from functools import cache
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from app.parts.widgets import plain
from saliencnn.common.access import Access, Visitor, identify, parse_access
from saliencnn.common.errors import UserError

# A provider sends everybody back to the first page. What was asked for waits in the browser's tab
# meanwhile, without the host: so nobody can be led to another one.
KEEP_ADDRESS = """<script>
sessionStorage.setItem("saliencnn-asked", location.pathname + location.search);
</script>"""
OPEN_ADDRESS = """<script>
const asked = sessionStorage.getItem("saliencnn-asked");
sessionStorage.removeItem("saliencnn-asked");
if (asked && asked !== location.pathname + location.search)
  location.replace(location.origin + asked);
</script>"""


def require_login() -> None:
    """Show nothing but a log-in to whoever must log in and has not; else say who is here.

    It is to be called before every page, also by the scripts of a session that is there already.
    """
    try:
        access = read_access()
    except UserError as error:
        st.error(f"Nobody can look: {plain(str(error))}", icon=":material/lock:")
        st.stop()
    if not access.needs_login:
        return
    if not st.user.get("is_logged_in"):
        _draw_login(access)
        st.stop()
    visitor = identify(access, st.user.to_dict())
    with st.sidebar.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(visitor.name) or "Logged in", width="stretch")
        st.button("Log out", icon=":material/logout:", type="tertiary", on_click=st.logout)
    if visitor.refusal:
        st.sidebar.caption(plain(visitor.refusal))
    if not st.query_params:
        st.sidebar.html(OPEN_ADDRESS, unsafe_allow_javascript=True)


def _draw_login(access: Access) -> None:
    st.title("saliencnn")
    st.caption("This dashboard is for people who have logged in.")
    for name, host in access.providers.items():
        provider = None if len(access.providers) == 1 and name == "default" else name
        st.button(
            f"Log in at {plain(host)}",
            key=f"login-{name}",
            icon=":material/login:",
            type="primary",
            on_click=_log_in,
            args=(provider,),
        )
    st.html(KEEP_ADDRESS, unsafe_allow_javascript=True)
    if problem := st.session_state.pop("login-problem", ""):
        st.error(plain(problem), icon=":material/error:")


def _log_in(provider: str | None) -> None:
    try:
        st.login(provider)
    except Exception as error:  # Authlib is missing, or Streamlit does not take the settings
        st.session_state["login-problem"] = str(error)


@cache
def read_access() -> Access:
    """Return who may look and who may write; what this process read first stays.

    A file of settings that is removed or damaged later must not open the dashboard.

    Raises:
        UserError: the settings are there and cannot be used.
    """
    try:
        settings: dict[str, Any] = st.secrets.to_dict()
    except StreamlitSecretNotFoundError as error:
        if error.error_id != "no-secrets-found":
            reason = " ".join(str(error.__cause__ or "").split())[:120]
            raise UserError(f"The log-in's settings cannot be read: {reason}.") from error
        settings = {}
    return parse_access(settings)


def find_visitor() -> Visitor:
    """Return the person at this session."""
    access = read_access()
    return identify(access, st.user.to_dict() if access.needs_login else {})
