"""The loop on the planted birds: from a run that learned the sticker to one that sees the bird."""

from pathlib import Path

from pipelines.retry.history import past_runs
from pipelines.retry.propose import propose
from pipelines.review.decisions import decide
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.runs import list_runs, read_run
from tests.helpers.stores import new_store

MOST = 8
DATA = "planted:train=1200,validation=160,counterfactual=160,size=64"
START = Request(DATA, image_size=64, hyperparameters=Hyperparameters(epochs=10), keep="last")


def test_a_rejected_shortcut_is_replaced_within_eight_retries(tmp_path: Path) -> None:
    """Proposals see accuracy, focus and the verdict; the counter split only tells the truth."""
    store = new_store(tmp_path)
    start = read_run(store, train(store, START))
    assert start.metrics["val_accuracy"] >= 0.93
    assert start.metrics["counterfactual_accuracy"] <= 0.5
    decide(store, start.run_id, "rejected", "looks at the sticker", "Ann")
    for _ in range(MOST):
        history = list(past_runs(list_runs(store), start).values())
        assert history[0].rejected
        (hyperparameters,) = propose(START.hyperparameters, history, 1)
        request = Request(DATA, image_size=64, hyperparameters=hyperparameters, keep="last")
        retried = read_run(store, train(store, request))
        if retried.metrics["counterfactual_accuracy"] >= 0.9:
            assert retried.metrics["focus"] >= 2 * start.metrics["focus"]
            return
    raise AssertionError(f"none of {MOST} retries sees the bird")
