from pathlib import Path

import pytest

from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store, open_store
from tests.helpers.commands import Forker


def refuse(uri: str, *said: str) -> None:
    with pytest.raises(UserError) as caught:
        open_store(uri)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for words in (uri, *said):
        assert words in sentence


@pytest.mark.parametrize("uri", ["mlruns", "file:///tmp/mlruns", "postgresql://host/db", "ftp://x"])
def test_other_kinds_of_stores_are_refused(uri: str) -> None:
    refuse(uri, "must start with http://, https:// or sqlite:///")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database, but it is long enough for a header")
    refuse(f"sqlite:///{tmp_path}/mlflow.db", "cannot be opened")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be made"):
        open_store(f"sqlite:///{tmp_path}/file/mlflow.db")


def test_a_server_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    refuse("http://127.0.0.1:9", "cannot be opened")


def test_a_store_is_opened_again_with_what_is_in_it(any_store: Store) -> None:
    again = open_store(any_store.uri)
    assert (again.uri, again.runs, again.image_sets) == (
        any_store.uri,
        any_store.runs,
        any_store.image_sets,
    )
    assert again.is_server == any_store.uri.startswith("http")


def test_the_environment_names_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert open_store().runs == store.runs


OPENER = """
from saliencnn.store.connection import open_store
ready()
print(open_store().runs)
"""


def test_two_processes_may_open_a_new_store_at_once(
    program: Forker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    said = program.run_together(OPENER, [], [], folder=tmp_path)
    assert [status for status, _ in said] == [0, 0], said
    first, second = (text.splitlines()[-1] for _, text in said)
    assert first == second
    assert (tmp_path / "mlruns" / "mlflow.db").is_file()
