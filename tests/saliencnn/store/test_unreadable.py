"""One bad record is listed as unreadable, with the reason; all others are listed as before."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.entities import Metric

from saliencnn.common.errors import UserError
from saliencnn.store.artifacts import location_of, read_bytes, write_files
from saliencnn.store.checkpoints import kept_epochs
from saliencnn.store.codec import DamagedArtifact
from saliencnn.store.connection import Store
from saliencnn.store.epochs import (
    read_class_maps,
    read_confusion,
    read_manifest,
    read_per_class,
    read_predictions,
)
from saliencnn.store.evaluations import list_evaluations, read_evaluation, split_evaluations
from saliencnn.store.images import read_index
from saliencnn.store.local_files import OutsideFolder, read_file
from saliencnn.store.runs import list_runs, read_run, split_runs, start_run
from saliencnn.store.saved_tasks import list_tasks, save_task
from tests.helpers.golden import Golden, unpack
from tests.helpers.stores import copy_store

FACTS = {"data": "x", "image_set": "x", "images_id": "", "arch": "resnet18", "weights": "none"}
DEEP = "[" * 5000
SOUND = 3
"""Training runs in the golden store."""
LONG = "x" * 100_000
SPOILT_TAGS = {
    "notes": ("x", "null", "1", '"s"', "[1]", "{}", DEEP, "[NaN]"),
    "facts": (
        *(
            "x",
            "[]",
            "1",
            "null",
            '"s"',
            DEEP,
            '{"format": 99}',
            '{"format": "x"}',
            '{"format": []}',
        ),
        *(
            '{"arch": 1}',
            '{"arch": null}',
            '{"image_size": 48}',
            '{"format": 1e400}',
        ),
    ),
    "class_images": ("x", "1", "{}", '["a"]', "[-1]", "[1.5]", DEEP),
    "original_side": ("x", "-1", "1e9", "99999999999999999999999"),
    "heartbeat": ("abc", "nan", "inf", "1e999", "²", "-inf", "1_0x"),
    "image_size": ("²", "0", "-1", "1e9", "99999999999999999999999", "x", "48.0", "٤"),
    "arch": (LONG,),
}
SPOILT_EPOCHS = (float("nan"), float("inf"), 1e7, 1e300, -1.0, 0.5, 2.0**63)


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    return unpack(tmp_path_factory.mktemp("golden"))


@pytest.fixture
def fresh(golden: Golden, tmp_path: Path) -> Store:
    return copy_store(golden.store, tmp_path / "copy")


def change(store: Store, statement: str, *values: object) -> None:
    """Write to the database what MLflow itself would not take."""
    with closing(sqlite3.connect(store.database)) as connection, connection:
        connection.execute(statement, values)


def spoil_tag(store: Store, run_id: str, key: str, text: str) -> None:
    change(store, "DELETE FROM tags WHERE run_uuid = ? AND key = ?", run_id, f"saliencnn.{key}")
    change(
        store,
        "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)",
        f"saliencnn.{key}",
        text,
        run_id,
    )


def assert_alone(store: Store, bad: str) -> None:
    """Check that a run is listed as unreadable, and that no other is."""
    found, others = split_runs(store)
    assert [one.id for one in others] == [bad]
    (sentence,) = (one.sentence for one in others)
    assert "\n" not in sentence
    assert len(sentence) <= 400
    assert "fault" not in sentence
    sentence.encode()
    assert len(found) == SOUND
    with pytest.raises(UserError):
        read_run(store, bad)


@pytest.mark.parametrize("key", SPOILT_TAGS)
def test_a_bad_tag(key: str, fresh: Store) -> None:
    bad = start_run(fresh, "bad", {"epochs": 3}, **FACTS)
    assert len(list_runs(fresh)) == SOUND + 1
    (kept,) = (run for run in list_runs(fresh) if run.run_id == bad)
    assert kept.name == "bad"
    for text in SPOILT_TAGS[key]:
        spoil_tag(fresh, bad, key, text)
        assert_alone(fresh, bad)


@pytest.mark.parametrize("epoch", SPOILT_EPOCHS)
def test_a_bad_epoch(epoch: float, fresh: Store) -> None:
    bad = start_run(fresh, "bad", {"epochs": 3}, **FACTS)
    fresh.client.log_batch(bad, metrics=[Metric("epoch", epoch, 0, 1)])
    assert_alone(fresh, bad)


def test_a_bad_parameter_and_names(fresh: Store) -> None:
    bad = start_run(fresh, "bad", {"epochs": "![i](http://evil.example/x.png)"}, **FACTS)
    assert_alone(fresh, bad)
    change(fresh, "UPDATE runs SET name = ?", "y" * 7000)
    assert all(len(run.name) <= 200 for run in list_runs(fresh))
    assert_alone(fresh, bad)


def test_halves_of_characters_are_written_as_escapes(fresh: Store) -> None:
    run_id = start_run(fresh, "half", {"epochs": 3}, **{**FACTS, "data": "folder:\udc80"})
    spoil_tag(fresh, run_id, "notes", '["\\ud800", "a"]')
    spoil_tag(fresh, run_id, "verdict.1", json.dumps({**VERDICT, "reason": "\udc80"}))
    run = read_run(fresh, run_id)
    assert (run.data, run.notes) == ("folder:\\udc80", ("\\ud800", "a"))
    assert run.verdicts[0].reason == "\\udc80"


def test_numbers_that_are_none_are_left_out(fresh: Store) -> None:
    run_id = start_run(fresh, "odd", {"epochs": 3}, **FACTS)
    logged = {
        "val_accuracy": float("nan"),
        "focus": float("inf"),
        "val_loss": 1e200,
        "seconds": 2.0,
    }
    fresh.client.log_batch(run_id, metrics=[Metric(k, v, 0, 1) for k, v in logged.items()])
    assert read_run(fresh, run_id).metrics == {"seconds": 2.0}


VERDICT = {
    "decision": "accepted",
    "reason": "r",
    "person": "A",
    "time": "2025-03-01T12:30:00+00:00",
}


@pytest.mark.parametrize(
    "text",
    [
        *(DEEP, "x", "{}", "[]", "null", '{"decision": "accepted"}'),
        *(
            json.dumps({**VERDICT, key: value})
            for key, value in (
                *(("decision", []), ("decision", "maybe"), ("reason", 5), ("person", 1)),
                *(("time", "yesterday"), ("time", 7), ("time", "2025-03-01T12:30:00")),
                *(("epoch", -1), ("epoch", 1.5), ("image", True), ("image", 10**30)),
            )
        ),
    ],
    ids=lambda text: text[:40],
)
def test_a_bad_verdict_does_not_count_and_the_run_says_so(text: str, fresh: Store) -> None:
    run_id = start_run(fresh, "judged", {"epochs": 3}, **FACTS)
    spoil_tag(fresh, run_id, "verdict.1", text)
    run = read_run(fresh, run_id)
    assert run.verdicts == ()
    assert run.standing == ""
    assert len(run.unreadable) == 1
    run.unreadable[0].encode()
    assert len(list_runs(fresh)) == SOUND + 1


def evaluation_facts(store: Store, run_id: str) -> dict[str, Any]:
    return json.loads(store.client.get_run(run_id).data.tags["saliencnn.facts"])


def test_a_bad_evaluation(fresh: Store) -> None:
    before = list_evaluations(fresh)
    bad = before[0].run_id
    known = evaluation_facts(fresh, bad)
    needed = {*known} - {
        "notes",
        "weights",
        "checkpoint",
        "trained_run",
        "trained_epoch",
        "format",
        "resize",
    }
    spoilt = ["x", "[]", "{}", "null", DEEP, json.dumps({**known, "format": 99})]
    spoilt += [json.dumps({k: v for k, v in known.items() if k != key}) for key in sorted(needed)]
    for key in known:
        for value in (1.5, [], {}, True, "\ud800", 10**30):
            spoilt.append(json.dumps({**known, key: value}))
    unread = 0
    for text in spoilt:
        spoil_tag(fresh, bad, "facts", text)
        found, others = split_evaluations(fresh)
        assert {one.run_id for one in before[1:]} <= {one.run_id for one in found}
        assert [one.id for one in others] in ([], [bad])
        unread += len(others)
        for one in others:
            one.sentence.encode()
            with pytest.raises(UserError):
                read_evaluation(fresh, bad)
    assert unread > 0.8 * len(spoilt)


def test_an_evaluation_that_lacks_a_number(fresh: Store) -> None:
    bad = list_evaluations(fresh)[0].run_id
    change(fresh, "DELETE FROM latest_metrics WHERE run_uuid = ? AND key = 'top1'", bad)
    assert [one.id for one in split_evaluations(fresh)[1]] == [bad]


def test_a_bad_saved_task(fresh: Store) -> None:
    kept = save_task(fresh, "mine", {"models": ["a"]})
    bad = (
        DEEP,
        "x",
        "[]",
        '{"name": "a"}',
        '{"format": 9}',
        '{"name": 1, "time": "2025-03-01T12:30:00+00:00", "query": {}}',
    )
    for number, text in enumerate(bad):
        change(
            fresh,
            "INSERT INTO experiment_tags (key, value, experiment_id) VALUES (?, ?, ?)",
            *(f"saliencnn.task.{number}", text, int(fresh.evaluations)),
        )
    assert kept in list_tasks(fresh)


def test_a_bad_checkpoint_entry_hides_no_other(fresh: Store) -> None:
    run = next(run for run in list_runs(fresh) if run.name == "golden")
    kept = kept_epochs(fresh, run.run_id)
    for text in ("x", "²", "9" * 5000, "-1"):
        model = fresh.client.create_logged_model(
            fresh.runs, name="odd", source_run_id=run.run_id, params={"epoch": text[:200]}
        )
        fresh.client.finalize_logged_model(model.model_id, "READY")
    assert kept_epochs(fresh, run.run_id) == kept


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@settings(max_examples=30)
@given(
    key=st.sampled_from(
        ["facts", "notes", "heartbeat", "image_size", "verdict.1", "failure", "stop", "process"]
    ),
    text=texts | json_values.map(json.dumps),
    kind=st.sampled_from(["runs", "evaluations"]),
)
def test_listing_never_fails(key: str, text: str, kind: str, golden: Golden) -> None:
    store = golden.store
    healthy = (
        {run.run_id for run in list_runs(store)},
        {one.run_id for one in list_evaluations(store)},
    )
    place = store.runs if kind == "runs" else store.evaluations
    run = store.client.create_run(place, tags={"saliencnn.facts": "{}"} if kind == "runs" else {})
    bad = run.info.run_id
    try:
        spoil_tag(store, bad, key, text)
        store.client.set_terminated(bad, "FINISHED")
        found, others = split_runs(store)
        assert healthy[0] <= {one.run_id for one in found}
        assert len(found) + len(others) == len(healthy[0]) + (kind == "runs")
        seen, hidden = split_evaluations(store)
        assert healthy[1] <= {one.run_id for one in seen}
        for one in (*others, *hidden):
            one.sentence.encode()
    finally:
        store.client.delete_run(bad)


def spoil_manifest(**changes: object) -> Callable[[dict[str, Any]], object]:
    def spoil(manifest: dict[str, Any]) -> object:
        (name,) = manifest["layouts"]
        return {**manifest, "layouts": {name: {**manifest["layouts"][name], **changes}}}

    return spoil


def rename_table(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda manifest: {
        **manifest,
        "layouts": {name: next(iter(manifest["layouts"].values()))},
    }


NAMES = (
    *("../../secret.npy", "/etc/passwd", "..\\x.npy", "a\0.npy", "", ".", "a/b.npy"),
    *("manifest.json", "x" * 300 + ".npy"),
)
SPOILT_LAYOUTS: dict[str, tuple[object, ...]] = {
    "offsets": (
        *([0, 10**12], [-8, 0], [5, 3], [], [0], ["0", "1"], [0, 1.5], [True, True], None, 7),
    ),
    "shape": ([0, 7], [7], [10**6, 10**6], [7.5, 7], "77", None, [-1, -1]),
    "methods": ([], [1], "gradcam", None, ["x"] * 1000),
}
SPOILT_MANIFESTS: tuple[Callable[[dict[str, Any]], object], ...] = (
    *(rename_table(name) for name in NAMES),
    *(spoil_manifest(**{k: value}) for k, values in SPOILT_LAYOUTS.items() for value in values),
    *(lambda _, spoilt=spoilt: spoilt for spoilt in ({}, [], None)),
    lambda found: {**found, "format": 99},
    lambda found: {**found, "model_id": 3},
)


@pytest.fixture(scope="module")
def spoilable(golden: Golden) -> Iterator[tuple[Store, str, Path]]:
    """A run's first epoch whose files may be changed."""
    run = golden.run("golden")
    folder = (
        golden.store.database.parent / f"artifacts/saliencnn/{run.run_id}/artifacts/epochs/0001"
    )
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    yield golden.store, run.run_id, folder
    for path, content in kept.items():
        path.write_bytes(content)


@pytest.mark.parametrize("number", range(len(SPOILT_MANIFESTS)))
def test_a_manifest_that_does_not_fit_is_refused(
    number: int, spoilable: tuple[Store, str, Path]
) -> None:
    store, run_id, folder = spoilable
    path = folder / "manifest.json"
    sound = path.read_bytes()
    manifest = json.loads(sound)
    name = next(iter(manifest["layouts"]))
    manifest["layouts"] = {name: manifest["layouts"][name]}
    try:
        path.write_text(json.dumps(SPOILT_MANIFESTS[number](manifest)))
        with pytest.raises(UserError):
            read_class_maps(store, run_id, [1], 0)
        assert read_class_maps(store, run_id, [2], 0)
    finally:
        path.write_bytes(sound)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"x" * 100, b"\x93NUMPY\x01\x00v\x00" + b"{" * 118]
)
def test_damaged_files_are_named(content: bytes, spoilable: tuple[Store, str, Path]) -> None:
    store, run_id, folder = spoilable
    readers = {
        "manifest.json": read_manifest,
        "predictions.npy": read_predictions,
        "confusion.npy": read_confusion,
        "classes.csv": read_per_class,
    }
    for name, read in readers.items():
        sound = (folder / name).read_bytes()
        try:
            (folder / name).write_bytes(content)
            with pytest.raises(DamagedArtifact, match=name):
                read(store, run_id, 1)
        finally:
            (folder / name).write_bytes(sound)
        read(store, run_id, 1)


def test_a_file_of_maps_that_was_cut_is_refused_before_it_is_read(
    spoilable: tuple[Store, str, Path],
) -> None:
    store, run_id, folder = spoilable
    name = next(iter(read_manifest(store, run_id, 1).layouts))
    sound = (folder / name).read_bytes()
    (folder / name).write_bytes(sound[:300])
    with pytest.raises(DamagedArtifact, match="too short"):
        read_class_maps(store, run_id, [1], 0)
    (folder / name).write_bytes(sound)


def test_an_index_of_images_that_does_not_fit(golden: Golden) -> None:
    images_id = golden.run("golden").images_id
    folder = golden.store.database.parent / f"artifacts/saliencnn-image-sets/{images_id}/artifacts"
    sound = (folder / "index.json").read_bytes()
    known = json.loads(sound)
    changed = ({"names": known["names"][:-1]}, {"size": 10**9}, {"classes": []}, {"names": None})
    for value in ({}, [], {**known, "format": 99}, *({**known, **one} for one in changed)):
        (folder / "index.json").write_text(json.dumps(value))
        with pytest.raises(UserError):
            read_index(golden.store, images_id)
    (folder / "index.json").write_bytes(sound)
    assert read_index(golden.store, images_id).names == tuple(known["names"])


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a/../../x", "a\\..\\x", "a\0b", "", "a//b", "./a", "x" * 500]
)
def test_no_path_leaves_a_runs_folder(path: str, any_store: Store) -> None:
    location = location_of(any_store, start_run(any_store, "inside", {}))
    with pytest.raises(UserError, match="is not the name"):
        read_bytes(any_store, location, path)
    with pytest.raises(UserError, match="is not the name"):
        write_files(any_store, location, {path: b"x"}, "")


def test_no_link_leads_out_of_a_runs_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    (root / "in" / "own").write_bytes(b"own")
    (root / "inner").symlink_to(root / "in")
    for path in ("link", "folder/secret"):
        with pytest.raises(OutsideFolder):
            read_file(root, path)
    assert read_file(root, "inner/own") == b"own"
    (tmp_path / "moved").symlink_to(root)  # the whole folder may lie elsewhere
    assert read_file(tmp_path / "moved", "in/own") == b"own"
