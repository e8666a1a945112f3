"""Waiting for the work of minutes that a page has begun."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pipelines.computing.background import Background, Standing, the_background
from tests.helpers.waiting import wait_for

SECONDS = 300


def begun(folder: Path) -> int:
    """Return how often what is held has begun, by the folder that ``HELD`` names."""
    return len([*folder.glob("begun-*")])


def await_end(key: str, works: Background | None = None) -> Standing:
    """Return how the work with a key stands once it is no longer under way.

    Args:
        key: of the work.
        works: among which it is; by default this process's.
    """

    def find_ended() -> Standing | None:
        standing = (works or the_background()).find(key)
        assert standing is not None, f"nothing was begun as {key}"
        return None if standing.under_way else standing

    return wait_for(find_ended, SECONDS)


def press_and_wait(app: AppTest, button: str, key: str) -> AppTest:
    """Press a button that begins work, and return the page as it is once that has ended.

    Args:
        app: the page.
        button: key of the button.
        key: of the work.
    """
    app.button(key=button).click().run()
    await_end(key)
    return app.run()
