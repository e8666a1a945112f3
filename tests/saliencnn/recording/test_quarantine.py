"""What is wrong in the spool is moved aside and said; the rest is delivered, and nothing lost."""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cli.main import main
from saliencnn.common.formats import NewerFormat
from saliencnn.recording.epoch_record import EpochMissing, RunEnd
from saliencnn.recording.spool import (
    DamagedRecord,
    put_end,
    put_epoch,
    quarantined,
    read_epoch,
    spool_folder,
    spooled_epochs,
    spooled_runs,
)
from saliencnn.recording.sync import SetAside, abandon_spooled, deliver_spooled, sync
from saliencnn.store.connection import Store
from saliencnn.store.runs import finish_run, read_run, start_run
from tests.helpers.records import make_record
from tests.helpers.stores import new_store

PLAIN = "parcel.json"
PROCESS = "here:1"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "a" / "b" / "store")


def new_run(store: Store) -> str:
    return start_run(store, "spooled", {"epochs": 5}, process=PROCESS)


def forge(folder: Path, run_id: str, epoch: int, /, **changes: object) -> None:
    """Change what an epoch's record says of itself."""
    path = folder / run_id / f"{epoch:04d}" / PLAIN
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


TABLE = ["gradcam"]
FORGED: dict[str, object] = {
    "run_id": "f" * 32,
    "epoch": -1,
    "metrics": {"../x": 1.0},
    "classes": [1],
    "keep": "none",
    "last": "yes",
    "ended": float("nan"),
    "skipped": "x",
    "news": [["deep"]],
    "process": 7,
    "arch": None,
}
NAMES = ("../../../../ESCAPED", "/tmp/ESCAPED-saliencnn", "a/b.npy", "", "..", "a\0b", "x" * 300)


@pytest.mark.parametrize("key", [*FORGED, *(f"table {name!r:.12}" for name in NAMES)])
def test_a_forged_record_is_moved_aside_and_the_others_are_delivered(
    key: str, store: Store, tmp_path: Path
) -> None:
    folder = spool_folder(store)
    bad, good = sorted((new_run(store), new_run(store)))
    for run_id in (bad, good):
        put_epoch(folder, make_record(run_id, 1))
    if key in FORGED:
        forge(folder, bad, 1, **{key: FORGED[key]})
    else:
        name = next(name for name in NAMES if key == f"table {name!r:.12}")
        forge(folder, bad, 1, tables={name: TABLE})
    content = {f.name: f.read_bytes() for f in (folder / bad / "0001").iterdir()}
    told = list(sync(store))
    assert len(told) == 2
    assert told[1] == f"Run {good}: delivered epoch 1."
    assert bad in told[0]
    assert "quarantine" in told[0]
    assert "\n" not in told[0]
    assert [read_run(store, run_id).epoch for run_id in (bad, good)] == [0, 1]
    kept = folder / "quarantine" / bad / "0001"
    assert {f.name: f.read_bytes() for f in kept.iterdir()} == content
    assert spooled_runs(folder) == []
    assert list(sync(store)) == []
    assert not list(tmp_path.rglob("*ESCAPED*")) + list(Path("/tmp").glob("ESCAPED*"))


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garble(path: Path) -> None:
    path.write_bytes(os.urandom(200))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def link(path: Path) -> None:
    other = path.parents[3] / f"other-{path.name}"
    path.rename(other)
    path.symlink_to(other)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("name", [PLAIN, "weights.safetensors", "training.pt", "arrays.npz"])
@pytest.mark.parametrize("damage", [remove, empty, garble, cut, link, replace_by_folder])
def test_a_damaged_file(name: str, damage: Callable[[Path], None], tmp_path: Path) -> None:
    run_id = "0123456789abcdef" * 2
    put_epoch(tmp_path, make_record(run_id, 1))
    damage(tmp_path / run_id / "0001" / name)
    with pytest.raises(DamagedRecord) as caught:
        read_epoch(tmp_path, run_id, 1)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "0001" in sentence


def test_later_epochs_and_the_end_wait_for_a_damaged_one(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, run_id = spool_folder(store), new_run(store)
    for epoch in (1, 2, 3):
        put_epoch(folder, make_record(run_id, epoch))
    put_end(folder, RunEnd(run_id, PROCESS, 3, "FINISHED"))
    garble(folder / run_id / "0002" / "arrays.npz")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert main(["sync"]) == 2
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert "Delivered: epoch 1" in said.out
    assert said.err == ""
    run = read_run(store, run_id)
    assert (run.epoch, run.ended) == (1, False)
    assert spooled_epochs(folder, run_id) == [3]
    assert main(["sync"]) == 2  # what waits, waits
    assert "must wait for epoch 2" in capsys.readouterr().out
    with pytest.raises(EpochMissing):
        deliver_spooled(store, folder, run_id)
    abandon_spooled(folder, run_id)
    assert {p.name for p in (folder / "superseded" / run_id).iterdir()} >= {"0003", "end"}
    assert spooled_runs(folder) == []


def test_an_end_that_comes_too_early_is_moved_aside(store: Store) -> None:
    folder, run_id = spool_folder(store), new_run(store)
    put_end(folder, RunEnd(run_id, PROCESS, 3, "FINISHED"))
    with pytest.raises(SetAside, match="comes after epoch 3"):
        deliver_spooled(store, folder, run_id)
    assert not read_run(store, run_id).ended
    assert (folder / "quarantine" / run_id / "end").is_dir()


@pytest.mark.parametrize("text", ["", "x", "{}", "null", "[" * 3000, '{"status": "FINISHED"}'])
def test_a_damaged_end(text: str, store: Store) -> None:
    folder, run_id = spool_folder(store), new_run(store)
    put_epoch(folder, make_record(run_id, 1))
    put_end(folder, RunEnd(run_id, PROCESS, 1, "FINISHED"))
    (folder / run_id / "end" / "end").write_text(text)
    with pytest.raises(SetAside, match="Delivered: epoch 1"):
        deliver_spooled(store, folder, run_id)
    assert not read_run(store, run_id).ended


def test_an_end_for_another_run_ends_none(store: Store) -> None:
    folder, run_id, other = spool_folder(store), new_run(store), new_run(store)
    put_end(folder, RunEnd(run_id, PROCESS, 0, "KILLED"))
    path = folder / run_id / "end" / "end"
    path.write_text(path.read_text().replace(run_id, other))
    with pytest.raises(SetAside):
        deliver_spooled(store, folder, run_id)
    assert not read_run(store, other).ended


def test_a_record_of_another_process_is_kept(store: Store) -> None:
    folder, run_id = spool_folder(store), new_run(store)
    for epoch in (1, 2):
        put_epoch(folder, make_record(run_id, epoch))
    forge(folder, run_id, 2, process="elsewhere:7")
    told = list(sync(store))
    assert len(told) == 1
    assert "has been resumed by another process" in told[0]
    assert read_run(store, run_id).epoch == 1
    assert (folder / "superseded" / run_id / "0002" / PLAIN).is_file()


def test_links_lead_nowhere(store: Store, tmp_path: Path) -> None:
    folder, good = spool_folder(store), new_run(store)
    elsewhere = tmp_path / "elsewhere"
    links = [new_run(store) for _ in range(3)]
    for run_id in (*links, good):
        put_epoch(folder, make_record(run_id, 1))
    shutil.move(folder / links[0], elsewhere)
    (folder / links[0]).symlink_to(elsewhere)
    shutil.move(folder / links[1] / "0001", tmp_path / "0001")
    (folder / links[1] / "0001").symlink_to(tmp_path / "0001")
    (tmp_path / "precious").write_text("precious")
    (folder / links[2] / "lock").symlink_to(tmp_path / "precious")
    told = list(sync(store))
    assert len(told) == 4
    assert f"Run {good}: delivered epoch 1." in told
    assert (tmp_path / "precious").read_text() == "precious"
    assert (elsewhere / "0001" / PLAIN).is_file()
    assert [read_run(store, run_id).epoch for run_id in links] == [0, 0, 0]
    assert len(quarantined(folder)) >= 3


def test_what_is_moved_aside_twice_keeps_both(store: Store) -> None:
    folder, run_id = spool_folder(store), new_run(store)
    for _ in range(2):
        put_epoch(folder, make_record(run_id, 1))
        forge(folder, run_id, 1, epoch=0)
        with pytest.raises(SetAside):
            deliver_spooled(store, folder, run_id)
    assert {p.name for p in (folder / "quarantine" / run_id).iterdir()} == {"0001", "0001-2"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
KEYS = [*FORGED, "tables", "format"]


@settings(max_examples=25)
@given(key=st.sampled_from(KEYS), value=json_values)
def test_any_change_of_a_record_loses_nothing(
    key: str, value: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, run_id = tmp_path_factory.mktemp("spool"), "0123456789abcdef" * 2
    put_epoch(folder, make_record(run_id, 1))
    forge(folder, run_id, 1, **{key: value})
    with suppress(DamagedRecord, NewerFormat):
        found = read_epoch(folder, run_id, 1)
        assert (found.run_id, found.epoch) == (run_id, 1)
    assert spooled_epochs(folder, run_id) == [1]


def test_a_run_that_has_ended_is_not_ended_again(store: Store) -> None:
    run_id = new_run(store)
    finish_run(store, run_id, "KILLED", "by hand")
    assert list(sync(store)) == []
