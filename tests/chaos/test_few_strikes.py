"""The campaign in small: it finds nothing where nothing is lost, and says what is."""

import random
import signal

import pytest

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.runs import finish_run, start_run
from tests.chaos.losses import find_differences, find_torn
from tests.chaos.place import Place, find_left_running, make_place
from tests.chaos.row import Row
from tests.chaos.training import Reference, strike_training, train_reference
from tests.helpers.commands import Forker


@pytest.fixture(scope="module")
def place(program: Forker, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(program, tmp_path_factory.mktemp("chaos"))


@pytest.fixture(scope="module")
def whole(place: Place) -> Reference:
    return train_reference(place, epochs=2)


def test_what_is_struck_loses_nothing(place: Place, whole: Reference) -> None:
    randomness = random.Random(0)
    (row,) = strike_training(place, whole, 1, signal.SIGKILL, randomness)
    assert (row.tried, row.losses) == (1, [])


def test_what_is_lost_is_said(place: Place, whole: Reference) -> None:
    other = train_reference(place, "other", epochs=2, seed=1)
    different = list(find_differences(place.store, other.run.run_id, place.store, whole.run))
    assert any("val_loss" in sentence for sentence in different)
    assert any("weights" in sentence for sentence in different)
    assert list(find_torn(place.store, whole.run, said=3))
    run_id = start_run(place.store, "left", Hyperparameters().as_dict(), process="elsewhere:1")
    assert find_left_running(place) == [
        "left is listed as running",
        "left is RUNNING in MLflow",
    ]
    finish_run(place.store, run_id, "KILLED")
    assert find_left_running(place) == []


def test_a_row_says_what_was_lost() -> None:
    assert "nothing lost" in str(Row("worker", tried=3, reached=2))
    assert "2 lost" in str(Row("worker", tried=3, losses=["a", "b"]))
    assert "skipped: no root" in str(Row("disk", skipped="no root"))
