"""What tests of the pages share."""

from collections.abc import Callable
from functools import cache

import pytest
import streamlit as st
from altair.utils import schemapi
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import app.parts.chart  # noqa: F401 - switches off what the fixture switches on
from saliencnn.store.connection import Store
from tests.helpers.views import view

scan_once = cache(manifest_scanner.scan_component_manifests)
"""Each AppTest looks through all that is installed for components, a quarter of a page's time."""


@pytest.fixture(autouse=True)
def _as_tests_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Altair check every chart against Vega-Lite's schema, as the pages do not."""
    monkeypatch.setattr(schemapi, "DEBUG_MODE", True)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", scan_once)


@pytest.fixture
def look_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Store], None]:
    """Let pages look at a store, with empty caches."""

    def look_at(store: Store) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
        st.cache_data.clear()
        st.cache_resource.clear()

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
