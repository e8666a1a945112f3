"""Stores that can only be read, lie on a full disk, or are locked while they are made."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from saliencnn.common.errors import UserError
from saliencnn.store.artifacts import (
    MissingArtifact,
    delete_folder,
    list_files,
    location_of,
    read_bytes,
    write_files,
    write_made,
)
from saliencnn.store.connection import Store, open_store
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.runs import finish_run, list_runs, note, read_run, start_run
from saliencnn.store.writing import NotWritable
from tests.helpers.mounts import fill, read_only, small_disk
from tests.helpers.stores import new_store

BIG = b"x" * 3 * 2**20


def refuse(write: Callable[[], object], said: str) -> None:
    with pytest.raises(NotWritable) as caught:
        write()
    sentence = str(caught.value)
    assert said in sentence
    assert "\n" not in sentence
    assert len(sentence) <= 300


def make(folder: Path) -> tuple[Store, str, str]:
    store = new_store(folder)
    run_id = start_run(store, "kept", {"epochs": 1})
    write_files(store, location_of(store, run_id), {"f": b"content"}, "in")
    return store, run_id, location_of(store, run_id)


def test_a_store_that_can_only_be_read_is_read(tmp_path: Path) -> None:
    store, run_id, _ = make(tmp_path)
    # A connection that ends cleans up after itself, as a training's does.
    sqlite3.connect(store.database).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    with read_only(tmp_path):
        seen = open_store(f"sqlite:///{tmp_path}/mlflow.db")
        assert seen.refused == "read-only"
        assert seen.address == store.address
        assert [run.name for run in list_runs(seen)] == ["kept"]
        assert list_evaluations(seen) == []
        location = location_of(seen, run_id)
        assert read_bytes(seen, location, "in/f") == b"content"
        assert list_files(seen, location, "in") == ["f"]
        with pytest.raises(MissingArtifact):
            read_bytes(seen, location, "in/none")
        for write in (
            lambda: start_run(seen, "new", {}),
            lambda: note(seen, run_id, notes="[]"),
            lambda: finish_run(seen, run_id, "FINISHED"),
            lambda: write_files(seen, location, {"f": b"new"}, "in"),
            lambda: write_made(seen, location, "f", lambda path: path.touch()),
            lambda: delete_folder(seen, location, "in"),
            lambda: seen.client.create_logged_model(seen.runs),
        ):
            refuse(write, "can only be read")
        again = open_store(seen.uri)
        assert (again.refused, again.database) == ("read-only", store.database)
    after = open_store(seen.uri)
    assert after.refused == ""
    note(after, run_id, notes='["written"]')
    assert read_run(after, run_id).notes == ("written",)


def test_a_store_that_was_moved_and_can_only_be_read(tmp_path: Path) -> None:
    _, run_id, _ = make(tmp_path / "before")
    (tmp_path / "before").rename(tmp_path / "now ?")
    with read_only(tmp_path / "now ?"):
        seen = open_store(f"sqlite:///{tmp_path}/now ?/mlflow.db")
        assert read_bytes(seen, location_of(seen, run_id), "in/f") == b"content"


def test_a_folder_that_can_only_be_read_and_holds_no_store_is_said(tmp_path: Path) -> None:
    with read_only(tmp_path), pytest.raises(UserError, match="cannot be"):
        open_store(f"sqlite:///{tmp_path}/mlflow.db")


def test_nothing_is_torn_on_a_full_disk_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 6):
        store, run_id, location = make(tmp_path / "disk")
        filler = fill(tmp_path / "disk")
        refuse(lambda: write_files(store, location, {"f": BIG}, "in"), "is full")
        refuse(lambda: note(store, run_id, notes='["' + "x" * 4000 + '"]'), "is full")
        assert read_bytes(store, location, "in/f") == b"content"
        assert list_files(store, location, "in") == ["f"]
        assert [run.notes for run in list_runs(store)] == [()]
        filler.unlink()
        write_files(store, location, {"f": BIG[:1000]}, "in")
        note(store, run_id, notes='["room"]')
        assert read_bytes(store, location, "in/f") == BIG[:1000]
        assert read_run(store, run_id).notes == ("room",)


def test_a_store_on_a_full_disk_is_opened_and_read(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 6):
        _, run_id, _ = make(tmp_path / "disk")
        filler = fill(tmp_path / "disk")
        seen = open_store(f"sqlite:///{tmp_path}/disk/mlflow.db")
        assert [run.run_id for run in list_runs(seen)] == [run_id]
        assert read_bytes(seen, location_of(seen, run_id), "in/f") == b"content"
        refuse(lambda: start_run(seen, "new" * 1000, {}), "is full")
        filler.unlink()
        assert start_run(open_store(seen.uri), "new", {})


def test_making_a_store_waits_for_another_writer(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor() as pool:
        writers, opening = [], []
        for journal, locking in (("WAL", "IMMEDIATE"), ("DELETE", "EXCLUSIVE")):
            database = tmp_path / locking / "mlflow.db"
            database.parent.mkdir()
            writers.append(sqlite3.connect(database, isolation_level=None))
            writers[-1].execute(f"PRAGMA journal_mode={journal}")
            writers[-1].execute(f"BEGIN {locking}")
            opening.append(pool.submit(open_store, f"sqlite:///{database}"))
        # SQLite's own patience is five seconds.
        assert not wait(opening, timeout=7, return_when=FIRST_COMPLETED).done
        for writer in writers:
            writer.execute("COMMIT")
            writer.close()
        for opened in opening:
            assert start_run(opened.result(120), "first", {})
    assert "Traceback" not in capfd.readouterr().err
