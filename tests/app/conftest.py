"""What tests of the pages share."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from unittest.mock import Mock

import pytest
import streamlit as st
from altair.utils import schemapi
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, app_test, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

import app.parts.chart  # noqa: F401 - switches off what the fixture switches on
from pipelines.computing.background import the_background
from saliencnn.store.connection import Store
from tests.helpers.computing import forked_computers
from tests.helpers.stores import new_store
from tests.helpers.views import view

# As the dashboard's own settings have it; to count each call takes a tenth of a page's time.
config.set_option("browser.gatherUsageStats", False)

scan_once = cache(manifest_scanner.scan_component_manifests)
"""Each AppTest looks through all that is installed for components, a quarter of a page's time."""


def await_script(runner: LocalScriptRunner, timeout: float) -> None:
    """Wait for a page's script; Streamlit's own way looks a thousand times a second for its end."""
    thread = runner._script_thread
    assert thread is not None
    thread.join(timeout)
    if thread.is_alive():
        runner.request_stop()
        pytest.fail(f"the page has not ended in {timeout} s")


@pytest.fixture(autouse=True)
def _as_tests_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Altair check every chart against Vega-Lite's schema, as the pages do not."""
    monkeypatch.setattr(schemapi, "DEBUG_MODE", True)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", scan_once)
    the_background.cache_clear()  # what others have begun
    # Streamlit's stand-in for its server, made anew for each run; nobody asks for its operators.
    monkeypatch.setattr(app_test, "MagicMock", Mock)
    monkeypatch.setattr(local_script_runner, "require_widgets_deltas", await_script)


@pytest.fixture(scope="session", autouse=True)
def _forked_computers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the two processes that compute for pages be forked once a page asks them."""
    with forked_computers(lambda: request.getfixturevalue("program")):
        yield


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of a file's own: an embedded queue lies beside it."""
    return new_store(tmp_path_factory.mktemp("own"))


cached: list[object] = []
"""The state of the store that the pages' caches are of."""


def read_state(store: Store) -> object:
    """Return what changes with a store's content; always another where that cannot be told."""
    scheme, _, path = store.uri.partition(":///")
    try:
        files = Path(path).parent.rglob("*") if scheme == "sqlite" else ()
        changed = {file: file.stat().st_mtime_ns for file in files}
    except FileNotFoundError:  # just now deleted
        changed = {}
    return (store.uri, changed) if changed else object()


@pytest.fixture
def look_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Store], None]:
    """Let pages look at a store; caches are emptied unless they are of it as it is."""

    def look_at(store: Store) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
        state = read_state(store)
        if cached != [state]:
            st.cache_data.clear()
            st.cache_resource.clear()
            cached[:] = [state]

    return look_at


@pytest.fixture
def open_page(look_at: Callable[[Store], None]) -> Callable[..., AppTest]:
    """Run a page over a store, with empty caches."""

    def open_page(
        name: str, store: Store, timeout: float = 60, **query: str | list[str]
    ) -> AppTest:
        look_at(store)
        app = view(name, timeout)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return open_page
