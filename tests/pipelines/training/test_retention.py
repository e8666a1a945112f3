"""Checkpoints that training deletes, and those that it must not."""

from collections.abc import Callable

import numpy as np
import pytest

from pipelines.evaluation.models import open_models
from pipelines.review.decisions import decide
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from pipelines.trust.audit import audit
from pipelines.trust.interventions import intervene_on_run
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.recording.ending import Stopped
from saliencnn.store import retention
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.runs import list_runs, read_run
from saliencnn.store.walkthroughs import Pin, keep_walkthrough, make_pin

DATA = "planted:train=32,validation=16,counterfactual=0,size=32"


def train_until(store: Store, stop: int, epochs: int, keep: str) -> str:
    """Train a run and stop it after an epoch."""
    reached: list[FinishedEpoch] = []
    hp = Hyperparameters(epochs=epochs, batch_size=8)
    with pytest.raises(Stopped):
        train(
            store, Request(DATA, hyperparameters=hp, image_size=32, keep=keep),
            on_epoch=reached.append,
            interrupted=lambda: "Enough." if len(reached) == stop else "",
        )  # fmt: skip
    return list_runs(store)[0].run_id


def test_a_run_that_keeps_every_third_goes_on_where_it_was(store: Store) -> None:
    run_id = train_until(store, stop=5, epochs=7, keep="3")
    accuracy = read_history(store, [run_id], ["val_accuracy"])["value"].to_numpy()
    assert set(kept_epochs(store, run_id)) == {3, 5, _best(accuracy)}
    resume(store, run_id)
    accuracy = read_history(store, [run_id], ["val_accuracy"])["value"].to_numpy()
    kept = kept_epochs(store, run_id)
    assert len(accuracy) == 7
    assert {3, 6, 7, _best(accuracy)} <= set(kept) <= {3, 5, 6, 7, _best(accuracy)}
    assert all(read_checkpoint(store, model_id) for model_id in kept.values())


def _best(accuracy: np.ndarray) -> int:
    return int(np.flatnonzero(accuracy == accuracy.max())[-1]) + 1


def pin_of(run_id: str, epoch: str) -> Pin:
    query = {"run": [run_id], "epoch": [epoch]}
    return make_pin("progression", query, "Progression", "It looks at the sticker.", "Ann")


REFERENCES: dict[str, tuple[Callable[[Store, str], object], set[int]]] = {
    "nothing": (lambda store, run_id: None, {2}),
    "a verdict on the run": (lambda s, r: decide(s, r, "rejected", "why", "Ann"), {2}),
    "a verdict": (lambda s, r: decide(s, r, "rejected", "why", "Ann", 1), {1, 2}),
    "an accepted epoch": (lambda s, r: decide(s, r, "accepted", "why", "Ann", 1), {1, 2}),
    "a verdict on an image": (lambda s, r: decide(s, r, "rejected", "why", "Ann", 1, 0), {1, 2}),
    "a check": (lambda s, r: audit(s, read_run(s, r), 1, 2, ["gradcam"]), {1, 2}),
    "interventions": (lambda s, r: intervene_on_run(s, read_run(s, r), 1), {1, 2}),
    "a pinned view": (lambda s, r: keep_walkthrough(s, r, "Told", "Ann", [pin_of(r, "1")]), {1, 2}),
    "a pinned view of no epoch": (
        lambda s, r: keep_walkthrough(s, r, "Told", "Ann", [pin_of(r, "one"), pin_of("gone", "1")]),
        {2},
    ),
    "an evaluation": (lambda s, r: list(open_models(s, [f"run:{r}:1"])), {1, 2}),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_what_something_refers_to_stays(store: Store, name: str) -> None:
    refer, kept = REFERENCES[name]
    run_id = train_until(store, stop=1, epochs=2, keep="last")
    refer(store, run_id)
    resume(store, run_id)
    assert set(kept_epochs(store, run_id)) == kept


def test_a_run_without_a_rule_says_which_checkpoints_it_keeps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SMALL", 1)
    hp = Hyperparameters(epochs=1, batch_size=8)
    run = read_run(store, train(store, Request(DATA, hyperparameters=hp, image_size=32)))
    assert int(run.keep) > 1
    assert any(f"--keep {run.keep})" in note for note in run.notes)
