"""How quickly the pages come up over an MLflow server on this machine."""

import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

from saliencnn.store.artifacts import location_of, read_bytes
from saliencnn.store.connection import Store, open_store
from tests.benchmarks.measure import seconds
from tests.benchmarks.row import Row
from tests.benchmarks.synthesise import cub_sized_run, many_runs
from tests.helpers.server import mlflow_server
from tests.helpers.views import view

REPEATS = 5
TIMEOUT = 60.0


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, mlflow_server(Path(folder)) as uri:
        os.environ["MLFLOW_TRACKING_URI"] = uri
        store = open_store(uri)
        run_id = cub_sized_run(store)
        rows = _progression(store, run_id)
        many_runs(store)
        return rows + _overview(store, run_id)


def _progression(store: Store, run_id: str) -> list[Row]:
    def page() -> AppTest:
        app = view("progression", TIMEOUT)
        app.query_params["run"] = run_id
        return app

    page().run()
    cold, moved = zip(*(_cold(page()) for _ in range(REPEATS)), strict=True)
    size = int(statistics.median(moved))
    location = location_of(store, run_id)
    share = min(size, len(read_bytes(store, location, "epochs/0001/maps.npy")))
    bare = statistics.median(
        seconds(lambda: read_bytes(store, location, "epochs/0001/maps.npy", (0, share)))
        for _ in range(REPEATS)
    )
    warm = _warm(page(), lambda app, n: app.sidebar.slider[0].set_value(0.5 + 0.05 * n))
    beside = f"bare transfer of {share / 1e6:.2f} MB in one request: {bare:.3f} s"
    return [
        Row("Progression, CUB-200-sized run, empty caches, s", statistics.median(cold), 2, beside),
        Row("Progression, CUB-200-sized run, MB moved", size / 1e6, 8, "on the loopback device"),
        Row("Progression, opacity changed, warm, s", warm, 0.3, "whole script run"),
    ]


def _overview(store: Store, chosen: str) -> list[Row]:
    def page() -> AppTest:
        app = view("overview", TIMEOUT)
        app.query_params["run"] = chosen
        return app

    bare = statistics.median(
        seconds(lambda: store.client.search_runs([store.runs], max_results=1000))
        for _ in range(REPEATS)
    )
    cold = statistics.median(_cold(page())[0] for _ in range(REPEATS))
    warm = _warm(page(), lambda app, n: app.text_input[0].set_value(f"{n}"))
    beside = f"bare search_runs: {bare:.3f} s"
    return [
        Row("Overview, 500 runs x 50 epochs, empty caches, bare searches", cold / bare, 2, beside),
        Row("Overview, 500 runs x 50 epochs, warm, s", warm, 0.3, beside),
    ]


def _cold(app: AppTest) -> tuple[float, int]:
    """Return seconds and bytes of a page's first run with empty caches."""
    st.cache_data.clear()
    st.cache_resource.clear()
    before = _loopback_bytes()
    spent = seconds(app.run)
    assert not app.exception, app.exception
    assert not app.error, app.error
    return spent, _loopback_bytes() - before


def _warm(app: AppTest, change: Callable[[AppTest, int], object]) -> float:
    app.run()
    times = []
    for number in range(REPEATS):
        change(app, number)
        times.append(seconds(app.run))
        assert not app.exception, app.exception
        assert not app.error, app.error
    return statistics.median(times)


def _loopback_bytes() -> int:
    """Return the bytes received on the loopback device since the machine started."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "lo":
            return int(numbers.split()[0])
    raise RuntimeError("This machine has no loopback device to count on.")
