"""What a lab finds of a run on MLflow's own pages."""

import io
import json
import re
import threading

import mlflow
import numpy as np
import pytest
from PIL import Image

from saliencnn.store import heartbeat
from saliencnn.store.artifacts import list_files, location_of, read_bytes
from saliencnn.store.checkpoints import checkpoint_location, kept_epochs
from saliencnn.store.connection import Store
from saliencnn.store.heartbeat import Heartbeat
from saliencnn.store.runs import RunInfo, read_run, start_run
from tests.helpers.waiting import wait_for

PICTURE = re.compile(r"saliency_maps\+step\+(\d+)\+timestamp\+\d+\+[0-9a-f-]{36}(.*)")


def test_it_can_be_grouped_by_what_it_is(store: Store, tiny_run: RunInfo) -> None:
    params = store.client.get_run(tiny_run.run_id).data.params
    assert {name: params[name] for name in ("architecture", "weights", "image_size")} == {
        "architecture": "smallgap", "weights": "none", "image_size": "48",
    }  # fmt: skip
    assert params["image_set"] == tiny_run.image_set
    assert not {"architecture", "image_size"} & {*tiny_run.hyperparameters}


def test_it_says_where_it_comes_from(store: Store, tiny_run: RunInfo) -> None:
    tags = store.client.get_run(tiny_run.run_id).data.tags
    assert {"mlflow.user", "mlflow.source.name", "command", "python", "torch"} <= {*tags}
    location = location_of(store, tiny_run.run_id)
    packages = read_bytes(store, location, "environment/requirements.txt").decode().split()
    assert f"mlflow=={mlflow.__version__}" in packages


def test_its_checkpoints_are_listed(store: Store, tiny_run: RunInfo) -> None:
    outputs = store.client.get_run(tiny_run.run_id).outputs.model_outputs
    found = {one.step: one.model_id for one in outputs}
    assert found == kept_epochs(store, tiny_run.run_id)


def test_its_datasets_are_listed(store: Store, tiny_run: RunInfo) -> None:
    inputs = store.client.get_run(tiny_run.run_id).inputs.dataset_inputs
    found = {one.tags[0].value: one.dataset for one in inputs}
    assert {*found} == {"training", "validation"}
    assert json.loads(found["training"].source) == {"uri": tiny_run.data}
    profiles = [json.loads(found[use].profile)["num_images"] for use in ("training", "validation")]
    assert profiles == [160, 48]
    assert found["training"].digest != found["validation"].digest


def test_it_has_a_picture_an_epoch(store: Store, tiny_run: RunInfo) -> None:
    location = location_of(store, tiny_run.run_id)
    named = {PICTURE.fullmatch(name): name for name in list_files(store, location, "images")}
    assert None not in named
    assert sorted((int(m[1]), m[2]) for m in named if m) == [
        (epoch, end) for epoch in (1, 2, 3) for end in ("+compressed.webp", ".png")
    ]
    pictures = {
        found.groups(): np.asarray(
            Image.open(io.BytesIO(read_bytes(store, location, f"images/{name}")))
        )
        for name in named.values()
        if (found := PICTURE.fullmatch(name))
    }
    first, last = pictures["1", ".png"], pictures["3", ".png"]
    shown = pictures["3", "+compressed.webp"]
    assert shown.shape == last.shape, "MLflow shows this one at its own size"
    assert abs(shown.astype(int) - last).mean() < 8
    assert first.shape == last.shape == (546, 824, 3), "three images, each with four methods"
    assert (first[20:100, :100] == last[20:100, :100]).all(), "the same images at every epoch"
    assert (first != last).any()
    assert store.client.get_run(tiny_run.run_id).data.tags["mlflow.loggedImages"] == "True"


def test_each_checkpoint_can_be_loaded_by_mlflow(store: Store, tiny_run: RunInfo) -> None:
    model_id = kept_epochs(store, tiny_run.run_id)[2]
    folder = checkpoint_location(store, model_id)
    model = mlflow.pyfunc.load_model(folder)
    example = model.metadata.load_input_example(folder)
    scores = model.predict(example)
    assert scores.shape == (1, model.metadata.signature.outputs.inputs[0].shape[1])
    assert not [name for name in list_files(store, folder, "") if name.endswith((".pkl", ".pth"))]


def test_the_machine_is_watched_by_the_heartbeat_if_mlflow_is_asked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psutil")
    monkeypatch.setattr(heartbeat, "INTERVAL", 0.05)
    monkeypatch.setattr(heartbeat, "LOOK", 0.05)
    for wanted in ("false", "true"):
        monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", wanted)
        run_id = start_run(store, None, {}, process="here:1")
        before = threading.active_count()
        first = store.client.get_run(run_id).data.tags["saliencnn.heartbeat"]
        with Heartbeat(store, run_id, "here:1").beating():
            wait_for(
                lambda run_id=run_id, first=first: (
                    store.client.get_run(run_id).data.tags["saliencnn.heartbeat"] != first
                ),
                60,
            )
        assert threading.active_count() <= before
        measured = store.client.get_run(run_id).data.metrics
        assert ("system/cpu_utilization_percentage" in measured) == (wanted == "true")
        assert read_run(store, run_id).metrics == {}
        store.client.delete_run(run_id)
