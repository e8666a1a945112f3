"""The range test: on a network whose best rates are known, and by command."""

import pytest

from pipelines.cli.main import main
from pipelines.training.rate_test import LOWEST, STEPS, RateTest, try_rates
from pipelines.training.request import Request
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import list_runs

DATA = "planted:train=96,validation=16,counterfactual=0,size=32"
REQUEST = Request(DATA, image_size=32, hyperparameters=Hyperparameters(batch_size=16))


def test_the_suggestion_lies_a_tenth_below_the_lowest_loss() -> None:
    test = RateTest((1e-4, 1e-3, 2.04e-2, 0.1), (2.0, 1.5, 0.9, 3.0))
    assert test.lowest == 2.04e-2
    assert test.suggestion == pytest.approx(2e-3)


def test_the_network_learns_at_the_rate_that_is_suggested(store: Store) -> None:
    test = try_rates(store, REQUEST)
    assert test.rates[0] == LOWEST
    assert len(test.rates) <= STEPS
    assert min(test.losses) < test.losses[0]
    assert 1e-4 < test.suggestion < 1e-1  # smallgap learns at 3e-3, and not at 1e-6 or 1


def test_it_is_printed_and_leaves_no_run(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    before = len(list_runs(store))
    assert main(["train", "--data", DATA, "--image-size", "32", "--find-lr"]) == 0
    assert "--learning-rate " in capsys.readouterr().out
    assert len(list_runs(store)) == before
