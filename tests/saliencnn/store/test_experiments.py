"""Runs of several experiments, and other people's runs in the same ones."""

import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient

from saliencnn.common.errors import UserError
from saliencnn.common.translation import translate
from saliencnn.store.artifacts import location_of, read_bytes, write_files
from saliencnn.store.checkpoints import kept_epochs, write_checkpoint
from saliencnn.store.connection import Store, open_store
from saliencnn.store.runs import list_runs, read_run, run_experiments, start_run
from saliencnn.store.studies import study_run
from tests.helpers.records import SMALLGAP
from tests.helpers.stores import new_store


def in_experiment(store: Store, name: str) -> Store:
    return open_store(store.uri, name)


def test_runs_of_all_experiments_are_listed_with_its_name(any_store: Store) -> None:
    birds = in_experiment(any_store, "lab/birds 2026")
    assert birds.runs != any_store.runs
    here, there = start_run(any_store, "here", {}), start_run(birds, "there", {})
    found = {run.run_id: run.experiment for run in list_runs(any_store)}
    assert (found[here], found[there]) == ("saliencnn", "lab/birds 2026")
    assert run_experiments(birds) == run_experiments(any_store)
    assert read_run(any_store, there).experiment_id == birds.runs


def test_the_environment_names_the_experiment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "cells")
    chosen = open_store(store.uri)
    assert store.client.get_experiment(chosen.runs).name == "cells"
    assert store.client.get_experiment(open_store(store.uri, "mice").runs).name == "mice"


@pytest.mark.parametrize("name", ["saliencnn-evaluations", "saliencnn-image-sets"])
def test_an_experiment_of_something_else_is_refused(store: Store, name: str) -> None:
    with pytest.raises(UserError, match=f"The experiment {name} holds"):
        open_store(store.uri, name)


def test_mlflow_takes_our_experiments_for_machine_learning(any_store: Store) -> None:
    for name in ("saliencnn", "saliencnn-image-sets", "saliencnn-evaluations"):
        tags = any_store.client.get_experiment_by_name(name).tags
        assert tags["mlflow.experimentKind"] == "custom_model_development"


def test_a_store_from_before_experiments_were_marked_is_marked(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    run_id = start_run(store, None, {})
    client = MlflowClient(store.uri)
    for key in client.get_experiment(store.runs).tags:
        client._tracking_client.store.delete_experiment_tag(store.runs, key)
    assert not client.get_experiment(store.runs).tags
    assert [run.run_id for run in list_runs(store)] == [run_id]
    assert [run.run_id for run in list_runs(open_store(store.uri, "other"))] == [run_id]
    assert "saliencnn.holds" in client.get_experiment(store.runs).tags


def test_what_a_lab_calls_its_experiment_stays(store: Store) -> None:
    theirs = store.client.create_experiment("theirs", tags={"mlflow.experimentKind": "other"})
    assert in_experiment(store, "theirs").runs == theirs
    assert store.client.get_experiment(theirs).tags["mlflow.experimentKind"] == "other"


def test_other_peoples_runs_are_let_alone(any_store: Store) -> None:
    foreign = any_store.client.create_run(any_store.runs, run_name="theirs").info.run_id
    assert foreign not in [run.run_id for run in list_runs(any_store)]
    with pytest.raises(UserError, match="was logged by another program"):
        read_run(any_store, foreign)


def test_what_a_run_leaves_stays_in_its_experiment(store: Store) -> None:
    birds = in_experiment(store, "birds")
    run_id = start_run(birds, None, {})
    model_id = write_checkpoint(store, run_id, 1, {}, SMALLGAP)  # by a process without the name
    assert store.client.get_logged_model(model_id).experiment_id == birds.runs
    assert kept_epochs(store, run_id) == {1: model_id}
    study = study_run(store, "birds · smallgap", birds.runs)
    child = start_run(store, None, {}, parent=study)
    assert read_run(store, child).experiment_id == birds.runs


def test_a_moved_store_keeps_all_experiments(tmp_path: Path) -> None:
    birds = in_experiment(new_store(tmp_path / "before"), "../birds")
    run_id = start_run(birds, None, {})
    write_files(birds, location_of(birds, run_id), {"x": b"1"}, "in")
    shutil.move(tmp_path / "before", tmp_path / "after")
    moved = open_store(f"sqlite:///{tmp_path}/after/mlflow.db")
    location = location_of(moved, run_id)
    assert location.startswith((tmp_path / "after/artifacts").as_uri())
    assert read_bytes(moved, location, "in/x") == b"1"


def test_a_deleted_experiment_is_a_sentence(store: Store) -> None:
    gone = in_experiment(store, "gone")
    start_run(gone, "lost", {})
    store.client.delete_experiment(gone.runs)
    again = in_experiment(store, "gone")
    assert "lost" not in [run.name for run in list_runs(again)]
    with pytest.raises(Exception, match="must be in the 'active' state") as caught:
        start_run(again, None, {})
    assert (
        f"mlflow experiments restore --experiment-id {gone.runs}"
        in translate(caught.value).sentence
    )
