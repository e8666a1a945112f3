"""A network that returns its logits by name, as Hugging Face's do, wherever it is used again."""

from pathlib import Path

import numpy as np
import pytest
import torch

import saliencnn
from pipelines.evaluation.run import Task, evaluate
from pipelines.review.decisions import decide
from saliencnn.data.encode import encode_png
from saliencnn.maps.explainer import Explainer
from saliencnn.maps.progression import compute_missing
from saliencnn.maps.requests import MapRequest
from saliencnn.models.own_networks import VARIABLE
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.registry import load_accepted
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.loops import CLASSES, LoopNet, halves
from tests.helpers.stores import new_store


class NamedNet(LoopNet):
    """Its output is a dict."""

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:  # type: ignore[override]
        logits = super().forward(images)
        return {"hidden": logits * 2, "logits": logits}


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    images = halves(12, 1).tensors[0]
    found: np.ndarray = (images * 255).round().byte().permute(0, 2, 3, 1).numpy()
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("named"))


@pytest.fixture(scope="module")
def run(store: Store) -> RunInfo:
    data, spec = halves(12, 1), {"layer": "trunk", "head": "classify"}
    with saliencnn.watch(NamedNet(), data, classes=CLASSES, store=store, **spec) as watched:
        watched.epoch()
    return read_run(store, watched.run_id)


@pytest.fixture(autouse=True)
def _named(run: RunInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run.spec.logits == "logits"
    monkeypatch.setenv(VARIABLE, f"{run.arch}={__name__}:NamedNet")


def test_it_is_evaluated(
    store: Store,
    run: RunInfo,
    pixels: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = halves(12, 1).tensors[1].tolist()
    for place, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        folder = tmp_path / "images" / CLASSES[label]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{place}.png").write_bytes(encode_png(image))
    task = Task([f"run:{run.run_id}"], f"{tmp_path}/images", work=tmp_path / "work")
    outcome = evaluate(store, task)
    assert not outcome.failures
    info = read_evaluation(store, outcome.evaluated[0])
    assert info.metrics["top1"] == pytest.approx(run.metrics["val_accuracy"])
    monkeypatch.setenv(VARIABLE, "")
    (problem,) = Explainer(store).compute([MapRequest(info, 0, 0)], ["gradcam"]).problems
    assert f"{VARIABLE}={run.arch}=FILE.py:FUNCTION" in problem


def test_its_maps_are_computed_on_request(store: Store, run: RunInfo) -> None:
    ((_, table),) = compute_missing(store, run, 0, 0, {1: ("gradcam",)})
    row = read_predictions(store, run.run_id, 1)[0]
    assert table.rows["predicted"][0] == row["predicted"]
    assert table.rows["confidence"][0] == pytest.approx(row["confidence"], abs=1e-4)


def test_an_accepted_one_scores_images(store: Store, run: RunInfo, pixels: np.ndarray) -> None:
    decided = decide(store, run.run_id, "accepted", "Looks at the bright half", "Ann", 1)
    assert decided.registered is not None
    scores = load_accepted(decided.registered.name, store).predict(pixels)
    predicted = read_predictions(store, run.run_id, 1)["predicted"]
    assert scores.argmax(1).tolist() == predicted.tolist()
