import time
from dataclasses import replace

import numpy as np
import pytest
from mlflow.entities import Metric

from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.run_info import RunInfo, list_changes
from saliencnn.store.runs import (
    SILENCE,
    finish_run,
    list_runs,
    note,
    note_sentences,
    read_facts,
    read_run,
    resume_run,
    start_run,
)


def log(store: Store, run_id: str, *values: tuple[str, float, int]) -> None:
    now = int(time.time() * 1000)
    store.client.log_batch(run_id, metrics=[Metric(k, v, now, step) for k, v, step in values])


def test_a_run_is_described_as_it_was_started(any_store: Store) -> None:
    tags = {
        "data": "folder:/a b",
        "image_set": "birds",
        "images_id": "p",
        "arch": "resnet18",
        "weights": "none",
        "image_size": "64",
        "keep": "best",
    }
    run_id = start_run(any_store, "described", {"epochs": 4, "learning_rate": 0.01}, **tags)
    info = read_run(any_store, run_id)
    for name, value in tags.items():
        assert str(getattr(info, name)) == value
    assert (info.name, info.status, info.epoch, info.notes) == ("described", "running", 0, ())
    assert info.hyperparameters == {"epochs": "4", "learning_rate": "0.01"}
    assert list(info.epochs) == []
    assert abs(time.time() - info.started) < 3600
    assert replace(info, experiment="saliencnn") in list_runs(any_store)


def test_the_same_images_under_two_ids_are_the_same(store: Store) -> None:
    def start(digest: str, images_id: str, arch: str = "smallgap") -> RunInfo:
        facts = {"images_id": images_id, "arch": arch, **({"digest": digest} if digest else {})}
        return read_run(store, start_run(store, "one", {}, **facts))

    first = start("abc", "1")
    assert first.is_comparable_with(start("abc", "2"))
    assert first.is_comparable_with(start("", "1"))
    assert not first.is_comparable_with(start("def", "2"))
    assert not first.is_comparable_with(start("abc", "1", "resnet18"))
    assert not start("", "1").is_comparable_with(start("", "2"))


def test_a_run_of_before_a_hyperparameter_has_its_default(store: Store) -> None:
    now = Hyperparameters(epochs=4, flip=0.25).as_dict()
    newest = ("new_background", "ignored", "guidance")
    former = {name: value for name, value in now.items() if name not in newest}
    runs = [
        read_run(store, start_run(store, None, own))
        for own in (former, now, {**now, "new_background": 0.5}, {})
    ]
    before, same, other, killed = runs
    assert "new_background" not in before.hyperparameters
    assert list_changes([before, same]) == list_changes([same, before]) == []
    assert list_changes([before, other]) == [("new_background", ["0.0", "0.5"])]
    assert list_changes([same, before, other]) == [("new_background", ["0.0", "0.0", "0.5"])]
    assert ("flip", ["0.25", ""]) in list_changes([before, killed]), "it was killed as it began"
    watched = replace(before, watched=True)
    assert ("new_background", ["not known", "0.5"]) in list_changes([watched, other])


def test_newer_runs_come_first(store: Store) -> None:
    older, newer = (start_run(store, None, {}) for _ in range(2))
    listed = [run.run_id for run in list_runs(store)]
    assert listed.index(newer) < listed.index(older)


@pytest.mark.parametrize(
    ("ended", "status"), [("FINISHED", "finished"), ("FAILED", "failed"), ("KILLED", "stopped")]
)
def test_an_ended_run_says_how(any_store: Store, ended: str, status: str) -> None:
    run_id = start_run(any_store, None, {})
    note(any_store, run_id, progress="epoch 1 of 3")
    finish_run(any_store, run_id, ended, "because")
    info = read_run(any_store, run_id)
    assert (info.status, info.reason, info.progress) == (status, "because", "")
    assert info.ended


def test_a_silent_run_counts_as_stopped_until_it_is_resumed(any_store: Store) -> None:
    quiet, run_id = (start_run(any_store, None, {}) for _ in range(2))
    note(any_store, quiet, heartbeat=str(time.time() - SILENCE / 2), progress="half way")
    assert read_run(any_store, quiet).status == "running"
    note(any_store, run_id, heartbeat=str(time.time() - SILENCE - 10))
    silent = read_run(any_store, run_id)
    assert (silent.status, silent.ended) == ("stopped", False)
    finish_run(any_store, run_id, "FAILED", "no reason")
    resume_run(any_store, run_id, "host:1")
    info = read_run(any_store, run_id)
    assert (info.status, info.reason) == ("running", "")
    assert read_facts(any_store, run_id)["process"] == "host:1"


@pytest.mark.parametrize("run_id", ["0" * 32, "nonsense", "no/such run", "a'b"])
def test_an_unknown_run_is_named_in_a_sentence(any_store: Store, run_id: str) -> None:
    with pytest.raises(UserError, match="is not in the store") as caught:
        read_run(any_store, run_id)
    assert run_id in str(caught.value)


def test_history_has_complete_epochs_once(any_store: Store) -> None:
    run_id, empty = (start_run(any_store, None, {}) for _ in range(2))
    log(any_store, run_id, ("loss", 0.9, 1), ("epoch", 1, 1))
    log(any_store, run_id, ("loss", 0.8, 2))  # a process was killed here, ...
    log(any_store, run_id, ("loss", 0.7, 2), ("epoch", 2, 2))  # ... and its successor came so far
    log(any_store, run_id, ("loss", 0.6, 3), ("loss", 0.6, 4))
    log(any_store, empty, ("loss", 5.0, 1))
    frame = read_history(any_store, [run_id, empty, run_id], ["loss", "absent"])
    assert frame["run_id"].tolist() == [run_id] * 2
    assert frame["epoch"].tolist() == [1, 2]
    assert frame["metric"].tolist() == ["loss"] * 2
    assert frame["value"].tolist() == [0.9, 0.7]


def test_metrics_of_an_earlier_version_have_todays_names(any_store: Store) -> None:
    """The second run was begun by an earlier version and resumed by this one."""
    old, mixed = (start_run(any_store, None, {}) for _ in range(2))
    log(any_store, old, ("noise", 1.5, 1), ("counter_accuracy", 0.25, 1), ("epoch", 1, 1))
    log(any_store, mixed, ("noise", 1.5, 1), ("epoch", 1, 1))
    log(any_store, mixed, ("total_variation", 1.25, 2), ("epoch", 2, 2))
    described = {run.run_id: run.metrics for run in list_runs(any_store)}
    for run_id, wanted in (
        (old, {"total_variation": 1.5, "counterfactual_accuracy": 0.25, "epoch": 1}),
        (mixed, {"total_variation": 1.25, "epoch": 2}),
    ):
        assert described[run_id] == read_run(any_store, run_id).metrics == wanted
    keys = ["total_variation", "counterfactual_accuracy"]
    frame = read_history(any_store, [old, mixed], keys).sort_values(["run_id", "metric", "epoch"])
    found = [tuple(row) for row in frame.to_numpy().tolist()]
    assert found == sorted(
        [
            (old, 1, "counterfactual_accuracy", 0.25),
            (old, 1, "total_variation", 1.5),
            (mixed, 1, "total_variation", 1.5),
            (mixed, 2, "total_variation", 1.25),
        ]
    )


def test_history_of_nothing_is_empty(store: Store) -> None:
    assert read_history(store, [], ["loss"]).empty
    assert read_history(store, [start_run(store, None, {})], []).empty


def test_history_may_be_asked_for_the_epoch_itself(store: Store) -> None:
    run_id = start_run(store, None, {})
    log(store, run_id, ("epoch", 1, 1))
    log(store, run_id, ("epoch", 2, 2))
    assert read_history(store, [run_id], ["epoch"])["value"].tolist() == [1, 2]


def test_history_is_whole_beyond_a_page(store: Store) -> None:
    run_id = start_run(store, None, {})
    for first in range(1, 1201, 400):
        steps = range(first, first + 400)
        log(store, run_id, *[(key, step, step) for step in steps for key in ("loss", "epoch")])
    frame = read_history(store, [run_id], ["loss"])
    np.testing.assert_array_equal(frame["value"], np.arange(1, 1201))


@pytest.mark.parametrize("letter", ["a", "ü", "鳥", '"', "\udc80"])
def test_notes_of_any_letters_fit(any_store: Store, letter: str) -> None:
    run_id = start_run(any_store, None, {})
    sentences = [f"{number}: {letter * 1000}" for number in range(12)]
    note_sentences(any_store, run_id, sentences)
    notes = read_run(any_store, run_id).notes
    assert notes
    for kept, sentence in zip(notes, sentences, strict=False):
        shown = sentence.encode(errors="backslashreplace").decode()
        assert shown.startswith(kept)
        assert len(kept) >= 100


def test_a_deleted_run_names_the_way_back(any_store: Store) -> None:
    run_id = start_run(any_store, "deleted by somebody", {})
    any_store.client.delete_run(run_id)
    with pytest.raises(UserError, match=f"mlflow runs restore --run-id {run_id}"):
        read_run(any_store, run_id)
    any_store.client.restore_run(run_id)
    assert read_run(any_store, run_id).name == "deleted by somebody"


def test_epochs_are_in_order_though_a_clock_was_put_back(store: Store) -> None:
    run_id = start_run(store, None, {})
    for epoch, clock in ((1, 300_000), (2, 301_000), (3, 2_000)):
        metrics = [
            Metric("val_accuracy", epoch / 10, clock, epoch),
            Metric("epoch", epoch, clock, epoch),
        ]
        store.client.log_batch(run_id, metrics=metrics)
    frame = read_history(store, [run_id], ["val_accuracy"])
    assert frame["epoch"].tolist() == [1, 2, 3]
    assert frame["value"].tolist() == [0.1, 0.2, 0.3]
