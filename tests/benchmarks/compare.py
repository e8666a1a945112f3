"""How quickly the comparison page comes up: 13 networks, 1,000 classes, 50,000 images."""

import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.testing.v1 import AppTest

from saliencnn.data.imagenet import imagenet_classes
from saliencnn.store.artifacts import location_of, read_bytes
from saliencnn.store.connection import Store, open_store
from saliencnn.store.evaluation_records import TOP, EvaluationFacts, Results
from saliencnn.store.evaluations import write_evaluation
from tests.benchmarks.clicks import TRIES, Click, keep_maps, situations
from tests.benchmarks.measure import seconds
from tests.benchmarks.row import Row
from tests.helpers.evaluations import MODELS, publish_noise
from tests.helpers.server import mlflow_server
from tests.helpers.views import view

EACH = 50
REPEATS = 5
TIMEOUT = 120.0


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, mlflow_server(Path(folder)) as uri:
        os.environ["MLFLOW_TRACKING_URI"] = uri
        store = open_store(uri)
        return measure(store, thirteen_evaluations(store))


def measure(store: Store, run_ids: list[str]) -> list[Row]:
    keep_maps(store, run_ids, EACH)
    cold = statistics.median(_cold() for _ in range(REPEATS))
    locations = [location_of(store, run_id) for run_id in run_ids]
    bare = seconds(lambda: [read_bytes(store, at, "by-class.parquet") for at in locations])
    bare += seconds(lambda: store.client.search_runs([store.evaluations]))
    beside = f"bare reads of the list and of {len(run_ids)} tables of classes: {bare:.3f} s"
    rows = [Row("Comparison, 13 x 1,000 x 50,000, empty caches, s", cold, 3, beside)]
    for situation in situations(run_ids, imagenet_classes().classes, EACH):
        for what, click in situation.clicks.items():
            warm = _warm(situation.query, click)
            said = f"Comparison, {situation.name}: {what}, whole script run, s"
            rows.append(Row(said, warm, 0.5, "caches warm"))
    return rows


def thirteen_evaluations(store: Store) -> list[str]:
    """Write evaluations of the sizes that ImageNet gives, with numbers by chance."""
    class_set = imagenet_classes()
    count = len(class_set)
    labels = np.repeat(np.arange(count), EACH)
    images = publish_noise(store, class_set, labels, "imagenet-sized")
    facts = EvaluationFacts(
        model="", arch="", model_digest="", image_set="imagenet-sized", images="1" * 64,
        images_id=images, class_set=class_set.digest, input_size=224, resize=256,
        mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25),
    )  # fmt: skip
    written = []
    for number, (model, (parameters, adds, right)) in enumerate(MODELS.items()):
        rng = np.random.default_rng(number)
        metrics = {"top1": right, "parameters": parameters, "multiply_adds": adds}
        results = _results(rng, labels, right, count)
        roots = {f"root_{r.replace(' ', '_')}": rng.uniform(0.4, 1) for r in set(class_set.roots)}
        results = replace(results, metrics={**metrics, **roots, "top5": 0.9, "images": len(labels)})
        of = replace(facts, model=model, arch=model, model_digest=model.ljust(64, "0"))
        written.append(write_evaluation(store, of, class_set, results, None))
    return written


def _results(rng: np.random.Generator, labels: np.ndarray, right: float, count: int) -> Results:
    columns: dict[str, np.ndarray] = {
        "image": np.arange(len(labels), dtype=np.int32),
        "true": labels.astype(np.int16),
        "true_confidence": rng.random(len(labels), np.float32),
    }
    for n in range(TOP):
        columns[f"class_{n + 1}"] = rng.integers(0, count, len(labels)).astype(np.int16)
        columns[f"confidence_{n + 1}"] = rng.random(len(labels), np.float32)
    shares = {name: rng.beta(8 * right, 8 * (1 - right), count).astype(np.float32)
              for name in ("accuracy", "top5", "confidence")}  # fmt: skip
    distances = rng.random((count, count))
    distances = (distances + distances.T) / 2
    np.fill_diagonal(distances, 0)
    return Results(
        pd.DataFrame(columns),
        pd.DataFrame({"images": np.full(count, EACH), **shares}),
        rng.random((count, count)),
        distances,
        rng.normal(size=(count, 2)),
        {},
    )


def _cold() -> float:
    """Return seconds of the page's first run with empty caches."""
    st.cache_data.clear()
    st.cache_resource.clear()
    app = view("compare", TIMEOUT)
    spent = seconds(app.run)
    _check(app)
    return spent


def _warm(query: Mapping[str, Sequence[str]], click: Click) -> float:
    """Return the median seconds of a click that shows what no click before showed."""
    app = view("compare", TIMEOUT)
    for key, values in query.items():
        app.query_params[key] = list(values)
    _check(app.run())
    times = []
    for number in range(TRIES):
        click(app, number)
        times.append(seconds(app.run))
        _check(app)
    return statistics.median(times)


def _check(app: AppTest) -> None:
    """Check that a page was drawn, and all its maps were kept."""
    assert not app.exception, app.exception
    assert not app.error, app.error
    assert not app.warning, [w.value for w in app.warning]
