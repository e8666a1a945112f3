from dataclasses import replace

import pytest
import torch
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from torch import nn

from saliencnn.common.errors import UserError
from saliencnn.models.served import WEIGHTS
from saliencnn.store.artifacts import MissingArtifact, read_bytes, write_files
from saliencnn.store.checkpoints import (
    Training,
    checkpoint_location,
    delete_checkpoint,
    delete_training,
    delete_unfinished,
    keep_for_good,
    kept_epochs,
    read_checkpoint,
    read_training,
    write_checkpoint,
    write_training,
)
from saliencnn.store.connection import Store
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.outage import StoreAway, is_outage
from saliencnn.store.registry import find_accepted
from saliencnn.store.runs import start_run
from tests.helpers.records import SMALLGAP


def make_state(seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(4, 3, 2, 2, generator=generator)
    return {
        "conv.weight": weight.to(memory_format=torch.channels_last),
        "norm.num_batches_tracked": torch.tensor(7),
        "half": weight.half(),
    }


def test_weights_are_read_as_written(any_store: Store) -> None:
    run_id = start_run(any_store, "weights", {})
    state = make_state()
    read = read_checkpoint(any_store, write_checkpoint(any_store, run_id, 1, state, SMALLGAP))
    assert read.keys() == state.keys()
    for name, value in state.items():
        assert read[name].dtype == value.dtype
        assert torch.equal(read[name], value)


def test_kept_epochs_are_those_of_the_run(any_store: Store) -> None:
    first, second = (start_run(any_store, name, {}) for name in "ab")
    # Not in order, and more than one page of them.
    ids = {e: write_checkpoint(any_store, first, e, make_state(e), SMALLGAP) for e in (3, 1, 12)}
    write_checkpoint(any_store, second, 5, make_state(), SMALLGAP)
    assert list(kept_epochs(any_store, first).items()) == sorted(ids.items())
    delete_checkpoint(any_store, ids[1])
    assert list(kept_epochs(any_store, first)) == [3, 12]
    assert list(kept_epochs(any_store, second)) == [5]


def test_a_deleted_checkpoint_is_missing_and_deleting_it_again_is_no_error(
    any_store: Store,
) -> None:
    run_id = start_run(any_store, "deleted", {})
    model_id = write_checkpoint(any_store, run_id, 1, make_state(), SMALLGAP)
    delete_checkpoint(any_store, model_id)
    delete_checkpoint(any_store, model_id)
    delete_checkpoint(any_store, "m-00000000000000000000000000000000")
    with pytest.raises(MissingArtifact):
        read_checkpoint(any_store, model_id)


def test_a_server_that_is_away_has_not_lost_its_checkpoints(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    away = replace(store, uri="http://127.0.0.1:9", client=MlflowClient("http://127.0.0.1:9"))
    for reach in (checkpoint_location, keep_for_good):
        with pytest.raises(MlflowException) as caught:
            reach(away, "m-00000000000000000000000000000000")
        assert is_outage(caught.value)
    with pytest.raises(StoreAway, match="cannot be reached"):
        find_accepted("birds", away)
    with pytest.raises(StoreAway, match="cannot be reached"):
        read_evaluation(away, "0" * 32)


def test_a_checkpoint_that_was_not_finished_does_not_count(any_store: Store) -> None:
    run_id = start_run(any_store, "unfinished", {})
    for epoch in (1, 2):
        write_checkpoint(any_store, run_id, epoch, make_state(), SMALLGAP)
    pending = any_store.client.create_logged_model(
        any_store.runs, name="epoch-0003", source_run_id=run_id, params={"epoch": "3"}
    )
    assert list(kept_epochs(any_store, run_id)) == [1, 2]
    delete_unfinished(any_store, run_id, complete=1)
    assert list(kept_epochs(any_store, run_id)) == [1]
    left = any_store.client.search_logged_models(
        [any_store.runs], filter_string=f"source_run_id = '{run_id}'"
    )
    assert pending.model_id not in [model.model_id for model in left]


def test_the_state_of_training_is_read_as_written(any_store: Store) -> None:
    run_id = start_run(any_store, "training", {})
    layer = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(layer.parameters(), 0.01)
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    write_training(any_store, run_id, 4, Training(optimizer.state_dict(), 0.75))
    read = read_training(any_store, run_id, 4)
    assert read.best_accuracy == 0.75
    assert read.optimizer["param_groups"] == optimizer.state_dict()["param_groups"]
    for position, values in optimizer.state_dict()["state"].items():
        for name, value in values.items():
            assert torch.equal(read.optimizer["state"][position][name], value)
    delete_training(any_store, run_id, 4)
    delete_training(any_store, run_id, 4)
    with pytest.raises(MissingArtifact):
        read_training(any_store, run_id, 4)


def test_weights_that_are_damaged_in_the_store_are_named(store: Store) -> None:
    run_id = start_run(store, "damaged", {})
    model_id = write_checkpoint(store, run_id, 1, make_state(), SMALLGAP)
    location = checkpoint_location(store, model_id)
    whole = read_bytes(store, location, WEIGHTS)
    for content in (b"", whole[:-9], b"<html>", whole[9:]):
        write_files(store, location, {WEIGHTS: content}, "")
        with pytest.raises(UserError, match=f"checkpoint {model_id} are cut off or damaged"):
            read_checkpoint(store, model_id)
