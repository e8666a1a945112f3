"""The dashboard's pages for Streamlit's own tests: one page of the whole app."""

import re
from pathlib import Path

from streamlit.runtime import context
from streamlit.testing.v1 import AppTest

# No browser is behind these pages, so nobody sends cookies; Streamlit's stand-in has none to read.
context._get_client_context = lambda: None
MAIN = Path(__file__).parents[2] / "app" / "main.py"
FIRST = "home"
"""The page that opens without a name in the address."""


def view(name: str, timeout: float = 60) -> AppTest:
    """A page that has not run yet, with the others beside it to link to."""
    app = AppTest.from_file(str(MAIN), default_timeout=timeout)
    return app if name == FIRST else app.switch_page(f"views/{name}.py")


def texts(app: AppTest) -> str:
    """Return all that a page says, in Markdown."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(str(one.value) for kind in (*kinds, app.subheader) for one in kind)


def plain_texts(app: AppTest) -> str:
    """Return what a page says as people read it: nothing is escaped, and no word is small."""
    return as_read(texts(app))


def as_read(markdown: str) -> str:
    """Return Markdown as people read it; bold words keep their marks but around whole claims."""
    joined = re.sub(r"\*\* :small\[((?:\\.|[^\]])*)\]", r" \1**", markdown)
    joined = re.sub(r":small\[((?:\\.|[^\]])*)\]", r"\1", joined)
    return joined.replace("\\", "")
