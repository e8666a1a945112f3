"""A store that an earlier version wrote opens: all that it said of itself is read today."""

import json
import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from mlflow import pyfunc

from pipelines.models import served as old_served
from pipelines.retry.history import past_runs
from pipelines.retry.propose import propose
from pipelines.retry.queue import list_requests
from pipelines.retry.request_state import request_retry
from pipelines.retry.space import SPACE
from pipelines.retry.studies import open_queue
from pipelines.retry.worker import Worker
from pipelines.review.decisions import decide
from pipelines.store.registry import load_accepted as old_load_accepted
from pipelines.training.resume import resume
from pipelines.trust.answers import MapQuery
from pipelines.trust.single_image import show_check
from saliencnn.checks.evidence import MapComparison
from saliencnn.checks.table import CHECKS
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.progress import silent
from saliencnn.data.planes import decode_planes
from saliencnn.maps.kept import KeptMaps
from saliencnn.maps.requests import MapRequest
from saliencnn.models import served
from saliencnn.models.spec import LOGIT
from saliencnn.recording.sync import sync
from saliencnn.store.artifacts import list_files, location_of, read_bytes
from saliencnn.store.check_results import rename_array
from saliencnn.store.checkpoints import checkpoint_location, kept_epochs
from saliencnn.store.computed_maps import read_computed
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.images import read_image, read_index
from saliencnn.store.metric_names import RENAMED, rename_metrics
from saliencnn.store.registry import find_accepted, load_accepted, registered_epochs
from saliencnn.store.runs import list_runs, read_run
from saliencnn.store.saved_tasks import list_tasks
from tests.golden import describe
from tests.helpers.golden import Golden

OUTCOMES = {"holds": "pass", "moves": "borderline", "fails": "fail", "not judged": "not judged"}
CHECKS_RENAMED = {"randomisation": "randomization"}
CHANGES = ("randomization", "labels")
"""Checks of which the store holds similarities, and pages show 1 minus these."""


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def assert_same(found: Any, wanted: Any, where: str = "") -> None:
    """Compare what JSON holds; numbers may differ by what another CPU's rounding does."""
    if isinstance(wanted, dict):
        assert set(found) == set(wanted), where
        for key, value in wanted.items():
            assert_same(found[key], value, f"{where}/{key}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), where
        for number, value in enumerate(wanted):
            assert_same(found[number], value, f"{where}/{number}")
    elif isinstance(wanted, float):
        close = math.isclose(found, wanted, rel_tol=1e-6, abs_tol=1e-9)
        assert close or (math.isnan(found) and math.isnan(wanted)), where
    else:
        assert found == wanted, where


@pytest.mark.parametrize("name", ["golden", "golden-randomized", "golden-interrupted"])
def test_runs(golden: Golden, name: str) -> None:
    found = describe.describe_run(golden.store, golden.run(name))
    wanted = dict(golden.expected["runs"][name])
    history = [(epoch, RENAMED.get(key, key), value) for epoch, key, value in wanted["history"]]
    wanted["history"] = [list(row) for row in sorted(history)]
    wanted["metrics"] = rename_metrics(wanted["metrics"])
    assert_same(plain(found), wanted)


def test_the_list_of_runs(golden: Golden) -> None:
    assert {run.name for run in list_runs(golden.store)} == set(golden.expected["runs"])


def test_images(golden: Golden) -> None:
    found = describe.describe_images(golden.store, golden.run("golden").images_id)
    assert_same(plain(found), golden.expected["images"])


def test_an_audit(golden: Golden) -> None:
    found = describe.describe_audit(golden.store, golden.run("golden").run_id)
    wanted = dict(golden.expected["audit"])
    wanted["found"] = {
        CHECKS_RENAMED.get(check, check): {
            method: {"outcome": OUTCOMES[of.pop("verdict")], **of} for method, of in row.items()
        }
        for check, row in wanted["found"].items()
    }
    wanted["found"] |= {check: {} for check in CHECKS if check not in wanted["found"]}
    for check in CHANGES:
        for of in wanted["found"][check].values():
            of["value"] = 1 - of["value"]
            of["numbers"] = [1 - number for number in of["numbers"]]
    assert_same(plain(found), wanted)


@pytest.mark.parametrize("check", ["variance", "stability"])
def test_kept_answers(golden: Golden, check: str) -> None:
    found = describe.describe_answers(golden.store, golden.run("golden").run_id, check)
    wanted = [
        [question, {rename_array(name): value for name, value in arrays.items()}]
        for question, arrays in golden.expected["answers"][check]
    ]
    key = lambda answer: str(sorted(answer[0].items()))  # noqa: E731
    assert_same(plain(found), sorted(wanted, key=key))


def test_kept_answers_are_not_computed_again(golden: Golden) -> None:
    run = golden.run("golden")
    location = location_of(golden.store, run.run_id)

    def kept() -> list[str]:
        return sorted(list_files(golden.store, location, "checks/variance")) + sorted(
            list_files(golden.store, location, "checks/stability")
        )

    index = read_index(golden.store, run.images_id)
    encoded = read_image(golden.store, run.images_id, index, 3)
    pixels = decode_planes([encoded])[0].permute(1, 2, 0).numpy()
    target = int(index.labels[3])
    query = MapQuery(golden.store, run, 2, pixels, 3, target, ("cam", "gradcam"))
    before = kept()
    varied = show_check(query, "variance", silent, {"signal": "noise"})
    stable = show_check(query, "stability", silent)
    assert kept() == before
    for shown, check in ((varied, "variance"), (stable, "stability")):
        assert isinstance(shown, MapComparison)
        for question, arrays in golden.expected["answers"][check]:
            method = question["method"]
            if method in query.methods:
                similar = shown.similarity["spearman"][method]
                assert describe.total(shown.maps[method]) == pytest.approx(arrays["maps"])
                assert describe.total(similar) == pytest.approx(arrays["likeness/spearman"])


def test_evaluations(golden: Golden) -> None:
    found = {
        info.model: describe.describe_evaluation(golden.store, info)
        for info in list_evaluations(golden.store)
    }
    assert_same(plain(found), golden.expected["evaluations"])


def test_which_score_its_maps_explain_is_known(golden: Golden) -> None:
    assert {run.score for run in list_runs(golden.store)} == {LOGIT}
    assert {info.score for info in list_evaluations(golden.store)} == {LOGIT}


def test_maps_of_evaluated_networks_are_found(golden: Golden) -> None:
    first = min(list_evaluations(golden.store), key=lambda info: info.trained_epoch)
    maps = KeptMaps(golden.store).find([MapRequest(first, 3, 2)], ["gradcam", "layercam"])
    found = {method: describe.total(saliency) for (_, method), saliency in maps.items()}
    assert_same(found, golden.expected["explained"])


def test_a_registered_network(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of the model card, and the names that are written into the registry."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", golden.store.uri)
    wanted = dict(golden.expected["registry"])
    scores = wanted.pop("scores")
    (registered,) = registered_epochs(golden.store, golden.run("golden").run_id)
    assert asdict(registered) == wanted
    model_id = kept_epochs(golden.store, registered.run_id)[registered.epoch]
    mlmodel = read_bytes(golden.store, checkpoint_location(golden.store, model_id), "MLmodel")
    assert b"loader_module: pipelines.models.served" in mlmodel
    images = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), np.uint8)
    by_mlflow = pyfunc.load_model(f"models:/{registered.name}@accepted").predict(images)
    np.testing.assert_allclose(by_mlflow, scores, rtol=1e-4, atol=1e-4)
    for load in (load_accepted, old_load_accepted):
        np.testing.assert_allclose(load(registered.name).predict(images), by_mlflow, rtol=1e-6)
    assert old_served._load_pyfunc is served._load_pyfunc


def test_requests(golden: Golden) -> None:
    found = [asdict(info) for info in list_requests(open_queue(golden.store))]
    for info, wanted in zip(found, golden.expected["requests"], strict=True):
        assert_same(plain({key: info[key] for key in wanted}), wanted)


def test_saved_tasks(golden: Golden) -> None:
    found = [asdict(task) for task in list_tasks(golden.store)]
    assert plain(found) == golden.expected["tasks"]


def test_the_spool(golden: Golden) -> None:
    run_id = golden.run("golden-interrupted").run_id
    wanted = dict(golden.expected["spool"])
    wanted["metrics"] = rename_metrics(wanted["metrics"])
    assert_same(plain(describe.describe_spool(golden, run_id)), wanted)


def test_proposals(golden: Golden) -> None:
    run, runs = golden.run("golden"), list_runs(golden.store)
    start = Hyperparameters.from_mapping(run.hyperparameters)
    guided, *proposed = propose(start, list(past_runs(runs, run).values()), 2 * len(SPACE))
    assert guided == replace(start, guidance="both")  # which its writer did not know
    # Its writer proposed gray images alone, which fail on the colored validation images, and went
    # on from the rate of a run that was interrupted after one of four epochs.
    highest, rate = SPACE["grayscale"].high, start.learning_rate
    unknown = Hyperparameters().as_dict()
    wanted = [
        {**unknown, **one, "grayscale": min(one["grayscale"], highest), "learning_rate": rate}
        for one in golden.expected["proposals"]
    ]
    # Which of them come first is chance, and there are more to choose from now.
    assert all(Hyperparameters.from_mapping(one) in proposed for one in wanted)
    assert request_retry(run, proposed[0].as_dict(), "retry").data == run.data


def test_what_waits_is_delivered_and_the_run_goes_on(own_golden: Golden) -> None:
    store, run = own_golden.store, own_golden.run("golden-interrupted")
    assert len(list(sync(store))) == 1
    wanted = own_golden.expected["spool"]
    delivered = read_run(store, run.run_id)
    assert (delivered.epoch, delivered.status) == (wanted["epoch"], "stopped")
    assert delivered.metrics["val_loss"] == wanted["metrics"]["val_loss"]
    found = describe.describe_run(store, delivered)
    assert found["predicted"][2] == wanted["predicted"]
    assert found["weights_of"][2] == pytest.approx(wanted["weights_sum"])
    resume(store, run.run_id)
    finished = read_run(store, run.run_id)
    assert (finished.epoch, finished.status) == (4, "finished")


def test_a_queued_request_is_trained(own_golden: Golden) -> None:
    queue = open_queue(own_golden.store)
    Worker(queue, say=lambda _words: None).run(once=True)
    (info,) = list_requests(queue)
    assert info.state == "completed"
    assert info.run_id
    trained = read_run(own_golden.store, info.run_id)
    assert trained.status == "finished"
    assert trained.hyperparameters["color_jitter"] == "1.0"


def test_an_accepted_network_can_be_rejected(own_golden: Golden) -> None:
    run = own_golden.run("golden")
    name = own_golden.expected["registry"]["name"]
    assert find_accepted(name, own_golden.store) == (run.run_id, 2)
    decide(own_golden.store, run.run_id, "rejected", "no", "Cem", epoch=2)
    assert read_run(own_golden.store, run.run_id).standing == "rejected"
    (registered,) = registered_epochs(own_golden.store, run.run_id)
    assert not registered.accepted


def test_computed_maps_are_found(golden: Golden) -> None:
    computed = read_computed(golden.store, golden.run("golden").run_id, describe.CLASS)
    methods = {method for _, table in computed for method in table.methods}
    assert methods == {"hirescam", "gradient"}
