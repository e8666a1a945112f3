"""Bringing into view what a click has changed further down the page."""

import json
from zlib import crc32

import streamlit as st

HEADER = 64
"""Pixels of the bar that covers the top of a page."""


def scroll_to(key: str, about: str) -> None:
    """Bring a container to the top of the window.

    Args:
        key: of the container.
        about: names what it shows; the browser acts again only where that differs.
    """
    part = json.dumps(f".st-key-{key}")
    _run(
        f"const part = document.querySelector({part});"
        f"if (part) {{ part.style.scrollMarginTop = '{HEADER}px';"
        "part.scrollIntoView({behavior: 'smooth', block: 'start'}); }",
        about,
    )


def bring_into_view(key: str, about: str) -> None:
    """Scroll no further than a container needs to stand in the window, not at all if it does.

    Args:
        key: of the container.
        about: as for ``scroll_to``.
    """
    part = json.dumps(f".st-key-{key}")
    _run(
        f"const part = document.querySelector({part});"
        f"if (part) {{ part.style.scrollMargin = '{HEADER}px 0';"
        "part.scrollIntoView({behavior: 'smooth', block: 'nearest'}); }",
        about,
    )


def scroll_to_top(about: str) -> None:
    """Bring the page's title into view, which a link to the page that is open does not do.

    Args:
        about: as for ``scroll_to``.
    """
    _run("document.querySelector('[data-testid=stMain]').scrollTo({top: 0});", about)


def close_list(key: str, about: str) -> None:
    """Close a field's list, which covers what a choice from it has changed.

    Args:
        key: of the field.
        about: what is chosen; the browser acts again only where that differs.
    """
    field = json.dumps(f".st-key-{key} input")
    _run(f"document.querySelector({field})?.blur();", about)


def _run(script: str, about: str) -> None:
    st.html(
        f"<script>/* {crc32(about.encode())} */ {{ {script} }}</script>",
        unsafe_allow_javascript=True,
    )
