"""Pages list what cannot be read, and show everything else."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo, start_run
from tests.helpers.stores import copy_store

Open = Callable[..., AppTest]
FACTS = {"data": "x", "image_set": "x", "images_id": "", "arch": "resnet18", "weights": "none"}
SPOILT = {
    "notes": "x",
    "facts": "null",
    "heartbeat": "abc",
    "image_size": "²",
    "arch": "[" * 3000,
}


@pytest.fixture
def spoilt(store: Store, planted_evaluations: list[EvaluationInfo], tmp_path: Path) -> Store:
    """A copy of the tests' store with some runs and an evaluation that nobody can read."""
    copy = copy_store(store, tmp_path / "copy")
    bad = copy.client.create_run(copy.evaluations, tags={"saliencnn.facts": "{}"})
    copy.client.set_terminated(bad.info.run_id, "FINISHED")
    for key, text in SPOILT.items():
        run_id = start_run(copy, f"![bad]({key})", {"epochs": 3}, **FACTS)
        with closing(sqlite3.connect(copy.database)) as connection, connection:
            connection.execute(
                "INSERT OR REPLACE INTO tags (key, value, run_uuid) VALUES (?, ?, ?)",
                (f"saliencnn.{key}", text * (3 if key == "arch" else 1), run_id),
            )
    return copy


@pytest.mark.parametrize(
    "page", ["overview", "progression", "trust", "retrain", "compare", "colours"]
)
def test_healthy_runs_are_shown(
    page: str,
    open_page: Open,
    spoilt: Store,
    tiny_run: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
    query = {} if page in ("compare", "colours") else {"run": tiny_run.run_id}
    app = open_page(page, spoilt, **query)
    assert not app.exception
    assert not app.error
    told = [caption.value for caption in app.caption if "cannot be read" in caption.value]
    assert len(told) == {"compare": 1, "colours": 6}.get(page, 5)
    assert not any("![bad]" in sentence for sentence in told)
