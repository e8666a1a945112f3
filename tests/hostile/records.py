"""Tags, metrics and parameters of one run or evaluation that nobody would write."""

import json
import math
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

from pipelines.retry.queue import list_requests
from pipelines.retry.studies import open_queue
from saliencnn.store.connection import Store
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.runs import list_runs
from tests.helpers.golden import Golden, unpack
from tests.helpers.views import view
from tests.hostile.answers import Case, Surroundings, find_fault
from tests.hostile.texts import TEXTS, mutate_text

PAGES = ("overview", "progression", "trust", "retrain", "compare", "colours")
DRAWN = 12
"""One input in so many is drawn as a page too; that takes a second, listing a millisecond."""
TABLES = ("runs", "tags", "params", "latest_metrics")
JSON = ("x", "null", "1", "[]", "{}", '"s"', "[1]", "[null]", '{"format": 99}', "NaN", "[[[[]]]]")
NUMBERS = (math.inf, -math.inf, 1e300, -1.0, 1e7, 1e12, 0.5, 1e-300, 2.0**63)


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield stores in which one record is wrong: all others must be listed as before."""
    golden = unpack(here.folder / "sound")
    sound = golden.folder / "mlruns" / "mlflow.db"
    with closing(sqlite3.connect(sound)) as connection:
        tags = connection.execute(
            "SELECT key, value, run_uuid FROM tags WHERE key LIKE 'saliencnn.%'"
        ).fetchall()
        run_id = golden.run("golden").run_id
        evaluation = list_evaluations(golden.store)[0].run_id
    changes = list(_changes(here, tags, run_id, evaluation))
    here.rng.shuffle(changes)
    for number, (name, change) in enumerate(changes[: here.count]):
        page = PAGES[number // DRAWN % len(PAGES)] if number % DRAWN == 0 else None
        yield Case(
            f"{name}{f' on {page}' if page else ''}",
            lambda change=change, page=page: _give(golden, change, page),
        )


Change = Callable[[sqlite3.Connection], Any]


def _changes(
    here: Surroundings, tags: list[tuple[str, str, str]], run_id: str, evaluation: str
) -> Iterator[tuple[str, Change]]:
    mine = [row for row in tags if row[2] in (run_id, evaluation)]
    for key, value, owner in mine:
        spoilt = [*JSON, *TEXTS, *(mutate_text(here.rng, value) for _ in range(4))]
        spoilt += list(_spoil_json(value))
        for text in here.rng.sample(spoilt, min(len(spoilt), 24)):
            kept = text.replace("\0", "")[:5000]
            yield f"{key} = {kept!r:.60}", _set("tags", key, owner, kept)
    for text in TEXTS:
        kept = text.replace("\0", "")
        yield f"parameter epochs = {kept!r:.40}", _set("params", "epochs", run_id, kept)
        yield f"run's name = {kept!r:.40}", _rename(run_id, kept)
    for metric in ("epoch", "val_accuracy", "focus"):
        for value in NUMBERS:
            yield f"metric {metric} = {value}", _measure(run_id, metric, value, False)
        yield f"metric {metric} = NaN", _measure(run_id, metric, 0.0, True)


def _spoil_json(value: str) -> Iterator[str]:
    try:
        known = json.loads(value)
    except ValueError:
        return
    if isinstance(known, dict):
        for key in known:
            yield json.dumps({k: v for k, v in known.items() if k != key})
            for other in (None, 1, [], {}, "x" * 400, -1, True):
                yield json.dumps({**known, key: other})


def _set(table: str, key: str, owner: str, value: str) -> Change:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute(
            f"INSERT OR REPLACE INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)",
            (key, value, owner),
        )

    return change


def _rename(owner: str, name: str) -> Change:
    return lambda connection: connection.execute(
        "UPDATE runs SET name = ? WHERE run_uuid = ?", (name, owner)
    )


def _measure(owner: str, metric: str, value: float, is_nan: bool) -> Change:
    # What MLflow cannot hold, it replaces by the largest number.
    held = math.copysign(1.7976931348623157e308, value) if math.isinf(value) else value
    return lambda connection: connection.execute(
        "UPDATE latest_metrics SET value = ?, is_nan = ? WHERE run_uuid = ? AND key = ?",
        (held, is_nan, owner, metric),
    )


def _give(golden: Golden, change: Change, page: str | None) -> None:
    database = golden.folder / "mlruns" / "mlflow.db"
    healthy = {golden.run(name).run_id for name in ("golden-randomized", "golden-interrupted")}
    with closing(sqlite3.connect(database)) as connection:
        kept = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
        try:
            with connection:
                change(connection)
            assert healthy <= {run.run_id for run in list_runs(golden.store)}, "a run is missing"
            assert list_evaluations(golden.store), "a healthy evaluation is missing"
            if page:
                list_requests(open_queue(golden.store))
                _draw(page, golden.store)
        finally:
            with connection:
                for name, rows in kept.items():
                    connection.execute(f"DELETE FROM {name}")
                    places = ", ".join("?" * len(rows[0]))
                    connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)


def _draw(page: str, store: Store) -> None:
    with looking_at(store):
        app = view(page).run()
    check_drawn(app)


def check_drawn(app: AppTest) -> None:
    """Check that a page was drawn, or says in a sentence why not."""
    assert not app.exception, f"{app.exception[0].message:.160}"
    for error in app.error:
        fault = find_fault(error.value.replace("\\", ""))
        assert not fault, fault
        assert "could not be drawn" not in error.value, "the page does not know why"
        assert "fault in saliencnn" not in error.value, f"{error.value:.200}"
    assert len(app.title) or len(app.error) or len(app.info)


@contextmanager
def looking_at(store: Store) -> Iterator[None]:
    """Let pages look at a store, with empty caches."""
    st.cache_data.clear()
    st.cache_resource.clear()
    os.environ["MLFLOW_TRACKING_URI"] = store.uri
    yield
