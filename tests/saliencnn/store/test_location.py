"""A store lies where its database lies, whatever the folder is called and wherever it was."""

import hashlib
import os
import shutil
from pathlib import Path

import mlflow
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.data.preparation import prepare_at
from saliencnn.models.served import NetworkFacts
from saliencnn.models.weights import build_network
from saliencnn.store.artifacts import list_files, location_of, read_bytes, write_files
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint, write_checkpoint
from saliencnn.store.connection import Store, open_store
from saliencnn.store.location import address_of, database_of, find_database, own_folder, uri_of
from saliencnn.store.registry import load_accepted, mark_accepted, register_checkpoint
from saliencnn.store.runs import list_runs, note, read_run, start_run
from tests.helpers.records import SMALLGAP
from tests.helpers.stores import new_store, place_database

ODD = [
    *(b"My%20Project", b"100% a", b"a?b", b"a?b=c", b"a#b", b"a b", b"'q' \"u\" `o`", b"a;b&c"),
    *("ünï ☃".encode(), b"new\nline", b"\xff\xfe", b"\xff%?#", b"C:\\x", b"-o", b"file:x"),
]
FACTS = NetworkFacts("smallgap", ("a", "b"), prepare_at(40))


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_any_folder_holds_a_store(name: bytes, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(name)
    place_database(folder / "mlflow.db")
    store = open_store(f"sqlite:///{folder}/mlflow.db")
    run_id = start_run(store, "odd", {})
    write_files(store, location_of(store, run_id), {"f": b"content"}, "in")
    for again in (open_store(f"sqlite:///{folder}/mlflow.db"), open_store(store.uri)):
        assert again.database == folder / "mlflow.db"
        assert read_bytes(again, location_of(again, run_id), "in/f") == b"content"
    assert os.listdir(tmp_path) == [folder.name]
    assert {"artifacts", "mlflow.db"} <= {*os.listdir(folder)}
    assert "\n" not in store.address
    store.address.encode()


def test_a_new_database_is_made_in_the_folder_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / os.fsdecode(b"a?b %20 \xff")
    folder.mkdir()
    monkeypatch.chdir(folder)
    store = open_store("sqlite:///mlruns/mlflow.db")
    start_run(store, "first", {})
    assert os.listdir(tmp_path) == [folder.name]
    assert os.listdir(folder) == ["mlruns"]
    assert store.database == folder / "mlruns" / "mlflow.db"


@given(path=st.binary(min_size=1, max_size=60).filter(lambda path: b"\0" not in path))
def test_an_address_leads_back_to_its_path(path: bytes) -> None:
    database = Path("/x") / os.fsdecode(path.lstrip(b"/"))
    for settings in ("", "mode=ro"):
        uri = uri_of(database, settings)
        assert database_of(uri) == database
        uri.encode()
    assert address_of(database).isprintable()


def test_people_write_addresses_in_several_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "a b").mkdir()
    written = {
        "sqlite:///mlruns/x.db": tmp_path / "mlruns" / "x.db",
        f"sqlite:///{tmp_path}/x.db": tmp_path / "x.db",
        "sqlite:///~/x.db": tmp_path / "home" / "x.db",
        "sqlite:///a%20b/x.db": tmp_path / "a b" / "x.db",
        "sqlite:///no%20such/x.db": tmp_path / "no%20such" / "x.db",
        "sqlite:///x.db?timeout=5": tmp_path / "x.db",
        "sqlite:///file:x.db?mode=ro&uri=true": tmp_path / "x.db",
    }
    assert {address: find_database(address) for address in written} == written
    (tmp_path / "a%20b").mkdir()  # now the address has a folder of exactly this name
    assert find_database("sqlite:///a%20b/x.db") == tmp_path / "a%20b" / "x.db"


def fill(store: Store) -> str:
    """Return a run with a file, a checkpoint and an accepted network."""
    run_id = start_run(store, "kept", {"epochs": 1})
    write_files(store, location_of(store, run_id), {"f": b"of the first"}, "in")
    state = build_network("smallgap", 2).model.state_dict()
    write_checkpoint(store, run_id, 1, state, SMALLGAP)
    registered = register_checkpoint(store, run_id, 1, "net", FACTS)
    assert registered is not None
    mark_accepted(store, registered)
    return run_id


def assert_whole(store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that everything is found, by this program and by MLflow itself."""
    location = location_of(store, run_id)
    assert read_bytes(store, location, "in/f") == b"of the first"
    assert list_files(store, location, "in") == ["f"]
    assert read_checkpoint(store, kept_epochs(store, run_id)[1])
    images = np.zeros((1, 40, 40, 3), np.uint8)
    scores = load_accepted("net", store).predict(images)
    assert [one.path for one in store.client.list_artifacts(run_id)] == ["environment", "in"]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    served = mlflow.pyfunc.load_model("models:/net@accepted")
    np.testing.assert_array_equal(served.predict(images), scores)
    here = store.database.parent.as_uri()
    assert str(store.client.get_model_version("net", "1").source).startswith(f"{here}/")


def digest(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_store_that_was_moved_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = new_store(tmp_path / "a b")
    run_id = fill(store)
    (tmp_path / "a b").rename(tmp_path / "ünï")
    moved = open_store(f"sqlite:///{tmp_path}/ünï/mlflow.db")
    assert_whole(moved, run_id, monkeypatch)
    other = start_run(moved, "later", {})
    write_files(moved, location_of(moved, other), {"g": b"new"}, "")
    assert not (tmp_path / "a b").exists()


def test_a_copy_is_its_own_while_the_original_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = new_store(tmp_path / "original")
    run_id = fill(original)
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    before = digest(tmp_path / "original" / "artifacts")
    copy = open_store(f"sqlite:///{tmp_path}/copy/mlflow.db")
    assert_whole(copy, run_id, monkeypatch)
    own = location_of(copy, run_id)
    write_files(copy, own, {"f": b"of the copy"}, "in")
    fill(copy)
    note(copy, run_id, notes='["of the copy"]')
    assert digest(tmp_path / "original" / "artifacts") == before
    assert read_bytes(original, location_of(original, run_id), "in/f") == b"of the first"
    assert len(list_runs(original)) == 1
    assert read_run(original, run_id).notes == ()
    # And the other way round: what becomes of the original is nothing to the copy.
    write_files(original, location_of(original, run_id), {"f": b"changed"}, "in")
    assert read_bytes(copy, own, "in/f") == b"of the copy"
    shutil.rmtree(tmp_path / "original")
    assert read_bytes(copy, own, "in/f") == b"of the copy"
    assert len(list_runs(copy)) == 2


def test_a_copy_without_an_artifact_does_not_borrow_the_originals(tmp_path: Path) -> None:
    store = new_store(tmp_path / "original")
    run_id = fill(store)
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "artifacts")
    copy = open_store(f"sqlite:///{tmp_path}/copy/mlflow.db")
    assert list_files(copy, location_of(copy, run_id), "in") == []


def test_only_what_mlflow_recorded_for_us_is_ours(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    run = "0123456789abcdef" * 2
    for recorded in (
        f"file:///old/artifacts/saliencnn/{run}/artifacts",
        f"/x/artifacts/saliencnn/{run}/artifacts/",
    ):
        assert own_folder(database, recorded) == tmp_path / f"artifacts/saliencnn/{run}/artifacts"
    for recorded in (
        *(
            "s3://bucket/x",
            "mlflow-artifacts:/1/x/artifacts",
            "file:///x/artifacts/saliencnn/../etc",
        ),
        *(
            "file:///x/artifacts/saliencnn/../artifacts",
            f"file:///x/artifacts/other/{run}/artifacts",
        ),
    ):
        assert own_folder(database, recorded) is None
