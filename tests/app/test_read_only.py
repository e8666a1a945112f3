"""A store that can only be read can be looked at."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.review.decisions import decide
from saliencnn.store.connection import Store, open_store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from saliencnn.store.writing import NotWritable
from tests.helpers.mounts import read_only
from tests.helpers.stores import copy_files

Open = Callable[..., AppTest]


@pytest.fixture
def seen(store: Store, planted_evaluations: list[EvaluationInfo], tmp_path: Path):  # type: ignore[no-untyped-def]
    """A copy of the tests' store that nobody can write to."""
    copy = tmp_path / "backup"
    copy_files(store, copy)
    with read_only(copy):
        yield open_store(f"sqlite:///{copy}/mlflow.db")


def test_all_pages_show_it(
    open_page: Open, seen: Store, tiny_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
    for page in ("overview", "progression", "trust", "compare", "colours", "retrain"):
        query = {} if page in ("compare", "colours") else {"run": tiny_run.run_id}
        app = open_page(page, seen, **query)
        assert not app.exception
        told = [error.value for error in app.error]
        # A queue that is there already is read; one that is not cannot be made.
        assert len(told) <= (page == "retrain"), (page, told)
        assert all("can only be read" in sentence for sentence in told)


def test_whoever_decides_is_told_so(seen: Store, tiny_run: RunInfo) -> None:
    with pytest.raises(NotWritable, match="can only be read"):
        decide(seen, tiny_run.run_id, "rejected", "no", "Ann")
