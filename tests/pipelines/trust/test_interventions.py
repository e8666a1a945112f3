"""Interventions on stored networks, and where they are found again."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.cli.check import CheckRequest, format_check
from pipelines.training.request import Request
from pipelines.training.run import train
from pipelines.trust import interventions
from pipelines.trust.corruptions import corrupt_evaluated, read_curves
from pipelines.trust.interventions import (
    intervene_on_evaluated,
    intervene_on_run,
    read_interventions,
)
from saliencnn.checks.interventions.corruptions import CORRUPTIONS, mean_accuracy
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.progress import silent
from saliencnn.data.planted import CLASSES
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.evaluation_files import read_predictions as read_evaluated
from saliencnn.store.evaluation_records import CORRUPTED_TOP1, EvaluationInfo
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.explained import evaluated
from tests.helpers.stores import new_store
from tests.pipelines.evaluation.test_run import write_network

EPOCH, IMAGES = 2, 16
"""Not the last epoch, of which the pages of this store tell."""


def test_what_is_found_is_kept(store: Store, tiny_run: RunInfo) -> None:
    found = intervene_on_run(store, tiny_run, EPOCH, IMAGES)
    rows = read_predictions(store, tiny_run.run_id, EPOCH)
    assert found.labels.tolist() == rows["true"][found.images].tolist()
    effects, right = found.effects, rows["predicted"] == rows["true"]
    assert effects.right.tolist() == right[found.images].tolist()
    assert {*effects.rows} == {*INTERVENTIONS}  # its objects are known
    again = read_interventions(store, tiny_run.run_id, EPOCH)
    assert again is not None
    assert again.answers.names == found.answers.names
    np.testing.assert_array_equal(again.answers.predicted, found.answers.predicted)
    np.testing.assert_array_equal(again.images, found.images)
    assert read_interventions(store, tiny_run.run_id, 1) is None
    assert read_run(store, tiny_run.run_id).conviction is None  # another epoch's says nothing


def test_an_evaluated_network(store: Store, planted_evaluations: list[EvaluationInfo]) -> None:
    info = planted_evaluations[0]
    found = intervene_on_evaluated(store, info, IMAGES)
    rows = read_evaluated(store, info.run_id, ["true", "class_1"])
    assert found.answers.predicted[0].tolist() == rows["class_1"][found.images].tolist()
    assert read_interventions(store, info.run_id, 0) is not None


def test_corruptions_of_an_evaluated_network(store: Store, tmp_path: Path) -> None:
    """Those of the most images are kept, and their mean is one of the evaluation's numbers."""
    with evaluated(store, write_network(tmp_path, 32, CLASSES), tmp_path) as run_id:
        assert read_curves(store, run_id) == []
        request = CheckRequest(run_id, IMAGES, "corruptions")
        lines = list(format_check(store, request, lambda _name: silent))
        points = read_curves(store, run_id)
        few = corrupt_evaluated(store, read_evaluation(store, run_id), images=8)
        assert read_curves(store, run_id) == points
        known = read_evaluation(store, run_id).metrics
    assert {point.images for point in points} == {IMAGES}
    assert {point.images for point in few} == {8}
    assert points[0].accuracy == known["top1"]  # all of its images
    assert known[CORRUPTED_TOP1] == pytest.approx(mean_accuracy(points))
    for corruption in CORRUPTIONS.values():
        assert any(corruption.label in line.lower() or corruption.label in line for line in lines)
    with pytest.raises(UserError, match="Corruptions"):
        CheckRequest("a", check="corruptions", image=3)


def test_the_command(store: Store, tiny_run: RunInfo) -> None:
    request = CheckRequest(tiny_run.run_id, IMAGES, "interventions", EPOCH)
    lines = list(format_check(store, request, lambda _name: silent))
    for row in INTERVENTIONS.values():
        assert any(row.label in line for line in lines)
    with pytest.raises(UserError, match="Interventions"):
        CheckRequest(tiny_run.run_id, check="interventions", image=3)


def test_corruptions_of_a_run(store: Store, tiny_run: RunInfo) -> None:
    before = read_run(store, tiny_run.run_id).conviction
    request = CheckRequest(tiny_run.run_id, IMAGES, "corruptions", EPOCH)
    lines = list(format_check(store, request, lambda _name: silent))
    points = read_curves(store, tiny_run.run_id, EPOCH)
    rows = read_predictions(store, tiny_run.run_id, EPOCH)
    tried = read_interventions(store, tiny_run.run_id, EPOCH, "corruptions")
    assert tried is not None
    right = (rows["predicted"] == rows["true"])[tried.images]
    assert {(one.right, one.images) for one in points if not one.strength} == {
        (right.sum(), IMAGES)
    }
    assert len(lines) == 1 + len(points) + len(CORRUPTIONS)
    assert read_curves(store, tiny_run.run_id, 1) == []
    assert read_run(store, tiny_run.run_id).conviction == before


def test_a_conviction_is_of_the_newest_epoch_and_of_the_most_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older epoch, or too few images to say anything, takes nothing back."""
    store = new_store(tmp_path)
    data = "planted:train=32,validation=48,counterfactual=0,size=32,seed=1"
    hp = Hyperparameters(epochs=2, batch_size=16)
    run = read_run(store, train(store, Request(data, image_size=32, hyperparameters=hp)))
    monkeypatch.setattr(interventions, "convict", lambda effects: f"of {len(effects.labels)}")
    for epoch, images in ((2, 48), (1, 48), (2, 16)):
        intervene_on_run(store, run, epoch, images)
        assert read_run(store, run.run_id).conviction == "of 48"


def test_what_keeps_an_evaluated_network_from_being_tried_is_said(
    store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    request = CheckRequest(planted_evaluations[0].run_id, check="interventions", images=1)
    with pytest.raises(UserError, match="at least two images"):
        list(format_check(store, request, lambda _: silent))
