"""What tests of the pages share."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pipelines.store.connection import Store

PAGES = Path(__file__).parents[2] / "app" / "views"


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Run a page over a store, with empty caches."""

    def open_page(name: str, store: Store, **query: str | list[str]) -> AppTest:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
        st.cache_data.clear()
        st.cache_resource.clear()
        app = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return open_page
