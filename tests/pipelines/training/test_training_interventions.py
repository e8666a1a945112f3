"""Interventions every so many epochs while a network trains."""

from dataclasses import replace

import pytest

from pipelines.retry.request_state import request_as_dict, request_from_dict, request_retry
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from pipelines.trust.interventions import intervene_on_run
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import AFTER, METRICS
from saliencnn.recording.ending import Stopped
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.runs import RunInfo, read_run
from saliencnn.store.train_command import write_command
from tests.helpers.stores import new_store

IMAGES = 40
REQUEST = Request(
    data=f"planted:train=64,validation={IMAGES},counterfactual=0,size=32,seed=0",
    image_size=32,
    hyperparameters=Hyperparameters(epochs=3, batch_size=32),
    interventions_every=2,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("intervened"))


@pytest.fixture(scope="module")
def run(store: Store) -> RunInfo:
    return read_run(store, train(store, REQUEST))


def metrics_of(store: Store, run_id: str) -> dict[tuple[int, str], float]:
    history = read_history(store, [run_id], tuple(AFTER))
    places = zip(history["epoch"], history["metric"], strict=True)
    return dict(zip(places, history["value"], strict=True))


def test_they_are_those_of_the_check_every_other_epoch_and_at_the_end(
    store: Store, run: RunInfo
) -> None:
    found = metrics_of(store, run.run_id)
    assert {*found} == {(epoch, name) for epoch in (2, 3) for name in AFTER}
    assert {*AFTER} <= {*METRICS}
    for epoch in (2, 3):
        effects = intervene_on_run(store, run, epoch, IMAGES).effects
        for metric, name in AFTER.items():
            assert found[epoch, metric] == pytest.approx(effects.rows[name].accuracy)


def test_a_resumed_run_goes_on_with_them(store: Store, run: RunInfo) -> None:
    ended: list[FinishedEpoch] = []
    with pytest.raises(Stopped):
        train(
            store,
            replace(REQUEST, name="resumed"),
            interrupted=lambda: "Enough." if ended else "",
            on_epoch=ended.append,
        )
    run_id = ended[0].run_id
    resume(store, run_id, taken_over=True)
    assert metrics_of(store, run_id) == pytest.approx(metrics_of(store, run.run_id))


def test_a_retry_tries_them_too(run: RunInfo) -> None:
    request = request_retry(run, {"epochs": "1"}, "again")
    assert request.interventions_every == 2
    stored = request_as_dict(request)
    assert request_from_dict(stored) == request
    del stored["interventions_every"]  # as an earlier version wrote it
    assert request_from_dict(stored).interventions_every == 0
    assert "--interventions-every=2" in write_command(run)
