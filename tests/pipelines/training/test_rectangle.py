"""A training on images that are not square: its run, and all that is done with it later."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.evaluation.run import Task, evaluate
from pipelines.retry.request_state import request_as_dict, request_from_dict, request_retry
from pipelines.review.decisions import decide
from pipelines.training.request import Request, request_of
from pipelines.training.run import train
from pipelines.trust.answers import MapQuery
from pipelines.trust.audit import audit
from pipelines.trust.interventions import intervene_on_run
from pipelines.trust.single_image import show_check
from saliencnn.checks.evidence import MapComparison
from saliencnn.checks.grading import Outcome
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.progress import silent
from saliencnn.data.planes import decode_planes
from saliencnn.data.size import parse_size, write_size
from saliencnn.maps.progression import compute_missing
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_predictions
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.images import read_all_images, read_index
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.registry import load_accepted
from saliencnn.store.runs import RunInfo, read_run
from saliencnn.store.train_command import write_command
from tests.helpers.stores import new_store

DATA = "planted:train=32,validation=16,counterfactual=0,size=64"
SIZE = (48, 80)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("wide"))


@pytest.fixture(scope="module")
def run(store: Store) -> RunInfo:
    hp = Hyperparameters(epochs=1, batch_size=16, crop=0.3)
    return read_run(store, train(store, Request(DATA, hyperparameters=hp, image_size=SIZE)))


def test_what_is_kept_has_the_rectangles_proportions(store: Store, run: RunInfo) -> None:
    assert (run.image_size, run.input_size, run.fit) == (SIZE, "48 x 80", "crop")
    assert read_index(store, run.images_id).shape == SIZE
    assert store.client.get_run(run.run_id).data.params["image_size"] == "48x80"
    (maps, *_) = read_class_maps(store, run.run_id, [1], 0)[1]
    height, width = unpack_maps(maps.rows).shape[2:]
    assert height / width == pytest.approx(48 / 80)


def test_it_is_trained_again_and_gone_on_with_at_its_size(run: RunInfo) -> None:
    retry = request_retry(run, {"learning_rate": 0.01}, "again")
    assert request_from_dict(request_as_dict(retry)) == retry
    assert retry.image_size == request_of(run, {}).image_size == SIZE
    assert "--image-size 48x80" in write_command(run)


def test_maps_on_request_are_those_that_were_logged(store: Store, run: RunInfo) -> None:
    logged = next(
        table
        for table in read_class_maps(store, run.run_id, [1], 0)[1]
        if "gradcam" in table.methods
    )
    row = logged.rows[0]
    ((_, computed),) = compute_missing(
        store, run, int(row["image"]), int(row["target"]), {1: ("gradcam",)}
    )
    place = logged.methods.index("gradcam")
    np.testing.assert_allclose(
        unpack_maps(computed.rows)[0, 0], unpack_maps(logged.rows[:1])[0, place], atol=2e-3
    )


def test_an_evaluation_sees_what_validation_saw(store: Store, run: RunInfo, tmp_path: Path) -> None:
    outcome = evaluate(store, Task([f"run:{run.run_id}"], DATA, work=tmp_path))
    (run_id,) = outcome.evaluated
    info = read_evaluation(store, run_id)
    assert read_index(store, info.images_id).shape == SIZE
    assert (info.input_size, info.input_width) == SIZE
    assert info.metrics["top1"] == pytest.approx(run.metrics["val_accuracy"])


def test_its_maps_are_checked_and_its_network_is_tried(store: Store, run: RunInfo) -> None:
    found = audit(store, run, 1, 8, ("gradcam", "gradxinput"), checks=("variance", "stability"))
    assert {*found["variance"]} == {*found["stability"]} == {"gradcam", "gradxinput"}
    assert found["variance"]["gradcam"].result.outcome == Outcome.PASS
    assert found["stability"]["gradxinput"].result.images == 8
    tried = intervene_on_run(store, run, 1, 16)
    assert len(tried.effects.labels) == 16
    pixels = decode_planes(read_all_images(store, run.images_id).encoded)[0]
    query = MapQuery(store, run, 1, pixels.permute(1, 2, 0).numpy(), 0, 0, ("gradcam",))
    shown = show_check(query, "randomization", silent)
    assert isinstance(shown, MapComparison)
    height, width = shown.maps["gradcam"].shape[1:]
    assert height / width == pytest.approx(48 / 80)


def test_what_is_accepted_scores_images_as_validation_did(store: Store, run: RunInfo) -> None:
    decided = decide(store, run.run_id, "accepted", "It looks at the bird.", "Ann", epoch=1)
    assert decided.registered is not None
    classifier = load_accepted(decided.registered.name, store)
    assert classifier.image_size == SIZE
    pixels = decode_planes(read_all_images(store, run.images_id).encoded)
    scores = classifier.predict(pixels.permute(0, 2, 3, 1).numpy())
    predicted = read_predictions(store, run.run_id, 1)["predicted"]
    assert scores.argmax(1).tolist() == predicted.tolist()


@pytest.mark.parametrize(("text", "size"), [("96", 96), ("96x160", (96, 160)), ("64x64", 64)])
def test_a_size_is_read_as_it_is_written(text: str, size: object) -> None:
    found = parse_size(text, "--image-size", 1, 1000)
    assert found == size
    assert parse_size(write_size(found), "--image-size", 1, 1000) == found


@pytest.mark.parametrize("text", ["", "x", "96x", "x96", "9 x 9", "-1", "96x160x3", "96x2000", "٤"])
def test_anything_else_is_no_size(text: str) -> None:
    with pytest.raises(UserError, match="HEIGHTxWIDTH"):
        parse_size(text, "--image-size", 1, 1000)
