"""Runs of networks outside the table: what is kept with them, and what a store's names may do."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from pipelines.evaluation.models import open_models
from pipelines.retry.request_state import request_retry
from pipelines.training.request import Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from pipelines.trust.audit import audit
from pipelines.trust.subjects import make_subject
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.planes import decode_planes
from saliencnn.models.architectures import find_architecture
from saliencnn.models.own_networks import VARIABLE, allow_own
from saliencnn.saliency.methods import applicable
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.images import read_all_images
from saliencnn.store.networks import NetworkMissing, describe_missing, load_network
from saliencnn.store.runs import RunInfo, read_run
from saliencnn.store.train_command import write_command
from tests.helpers.stores import new_store

SMALL = "planted:train=32,validation=16,counterfactual=0,size=48,seed=0"
CODE = """
from pathlib import Path
from torch import nn

Path(__file__).with_suffix(".ran").touch()


def build(classes):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(8, classes),
    )
"""


DICTS = """
from torch import nn


class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 8, 3, stride=4), nn.ReLU())
        self.head = nn.Linear(8, classes)

    def forward(self, images):
        return {"logits": self.head(self.trunk(images).mean((2, 3)))}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("named"))


def train_once(store: Store, arch: str, **options: str) -> RunInfo:
    hp = Hyperparameters(epochs=1, batch_size=16)
    return read_run(store, train(store, Request(SMALL, arch, hyperparameters=hp, **options)))


@pytest.fixture(scope="module")
def of_timm(store: Store) -> RunInfo:
    return train_once(store, "timm:test_resnet", image_size=64)


def test_a_run_of_timm_is_fed_as_timm_says(store: Store, of_timm: RunInfo) -> None:
    run, settings = of_timm, timm.models.get_pretrained_cfg("test_resnet")
    assert (run.preparation.mean, run.preparation.std) == (settings.mean, settings.std)
    assert (run.image_size, run.preparation.geometry.resize) == (64, 67)  # 64 / 0.95
    assert run.package == f"timm {timm.__version__}"
    assert (run.spec.target_layer, run.spec.head, run.spec.classes) == ("layer4", "fc", 8)
    pixels = decode_planes(read_all_images(store, run.images_id).encoded)
    model = load_network(store, run, 1)
    with torch.no_grad():
        scores = model(run.preparation.normalise(pixels)).softmax(1).numpy()
    kept = read_predictions(store, run.run_id, 1)
    np.testing.assert_allclose(scores.max(1), kept["confidence"], rtol=0, atol=1e-3)


def test_its_checks_and_retries_know_its_layers(store: Store, of_timm: RunInfo) -> None:
    retry = request_retry(of_timm, {}, "again")
    assert (retry.arch, retry.layer, retry.head) == ("timm:test_resnet", "layer4", "fc")
    assert "--layer=layer4 --head=fc" in write_command(of_timm)
    images = torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    subject = make_subject(store, of_timm, 1, images, np.array([0]), ["cam", "gradcam"])
    assert subject.methods == ("cam", "gradcam")
    black = torch.tensor(of_timm.preparation.mean) / torch.tensor(of_timm.preparation.std)
    torch.testing.assert_close(subject.images[0, :, 0, 0], -black)


def test_a_layer_that_is_given_is_kept(store: Store) -> None:
    run = train_once(store, "smallgap", image_size=48, layer="features.5")
    assert (run.spec.target_layer, run.spec.head_kind) == ("features.5", "deep")
    assert run.given_layers == {"layer": "features.5", "head": "fc"}
    assert applicable(["cam", "gradcam"], run.spec) == ["gradcam"]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Own code in the working directory, which can also be imported; nobody has allowed it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(VARIABLE, "")
    path = tmp_path / "storenets.py"
    path.write_text(CODE)
    return path


def test_own_code_runs_where_it_is_named_and_nowhere_else(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (name,) = allow_own([str(file) + ":build"])
    run = train_once(store, name, image_size=48)
    assert run.arch == "storenets.py:build"
    assert not describe_missing(run)
    monkeypatch.setenv(VARIABLE, "")
    assert VARIABLE in describe_missing(run)
    assert run.spec.target_layer == "1"  # which its maps' readers ask for
    with pytest.raises(NetworkMissing, match=r"--own-network FOLDER/storenets\.py:build"):
        load_network(store, run, 1)
    allow_own([f"{file}:build"])
    file.write_text(
        CODE.replace("nn.Conv2d(3, 8", "nn.Conv2d(3, 9").replace("Linear(8", "Linear(9")
    )
    with pytest.raises(UserError, match=r"do not fit .*: it was storenets\.py .*, and here is"):
        load_network(store, run, 1)


def test_own_weights_are_evaluated_by_name_and_file(store: Store, file: Path) -> None:
    allow_own([f"{file}:build"])
    torch.manual_seed(0)
    state = find_architecture("storenets.py:build").build(num_classes=3).state_dict()
    torch.save(state, file.with_name("own.pth"))
    file.with_name("own.labels.txt").write_text("a\nb\nc\n")
    specs = [f"{file}:build@{file.parent}/own.pth", f"{file}:build"]
    (candidate,), (failure,) = open_models(store, specs)
    assert (candidate.arch, candidate.spec.head, candidate.spec.classes) == (
        "storenets.py:build", "4", 3,
    )  # fmt: skip
    assert "write storenets.py:build@FILE" in failure


@pytest.mark.parametrize("arch", ["storenets.py:build", "storenets:build", "{file}:build"])
@pytest.mark.parametrize(
    "use",
    [
        lambda store, run: load_network(store, run, 1),
        lambda store, run: train(store, request_retry(run, {}, "again")),
        lambda store, run: resume(store, run.run_id, taken_over=True),
    ],
)
def test_a_name_in_a_store_runs_nothing(
    arch: str, use: Callable[[Store, RunInfo], object], store: Store, of_timm: RunInfo, file: Path
) -> None:
    """Somebody writes it into a run that has the rest of what it takes."""
    found = store.client.get_run(of_timm.run_id)
    facts = json.loads(found.data.tags["saliencnn.facts"])
    forged = store.client.create_run(
        found.info.experiment_id,
        tags={"saliencnn.facts": json.dumps({**facts, "arch": arch.format(file=file)})},
    ).info.run_id
    for name, value in found.data.params.items():
        store.client.log_param(forged, name, value)
    store.client.set_terminated(forged, "FAILED")
    run = read_run(store, forged)
    assert run.spec.target_layer == "layer4"
    with pytest.raises(UserError):
        use(store, run)
    assert VARIABLE in describe_missing(run)
    assert not file.with_suffix(".ran").exists()


@pytest.mark.parametrize("guidance", ["none", "both"])
def test_a_network_that_returns_a_dict_is_trained_and_measured(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guidance: str
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    (tmp_path / "dicts.py").write_text(DICTS)
    (name,) = allow_own([f"{tmp_path}/dicts.py:Net"])
    hp = Hyperparameters(epochs=1, batch_size=16, guidance=guidance)
    data = "planted:train=16,validation=16,counterfactual=8,size=48,seed=0"
    request = Request(data, name, hyperparameters=hp, map_images=8, interventions_every=1)
    run = read_run(store, train(store, request))
    assert (run.status, run.spec.logits) == ("finished", "logits")
    assert {"val_accuracy", "counterfactual_accuracy"} <= {*run.metrics}
    assert len(read_predictions(store, run.run_id, 1)) == 16
    for check, found in audit(store, run, 1, 6, ("gradcam", "scorecam_fast")).items():
        assert ({*found} == {"gradcam", "scorecam_fast"}) or check == "labels"
