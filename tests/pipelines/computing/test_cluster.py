"""Evaluations, checks and searches on a real Ray cluster of this machine."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch

from pipelines.cli.main import main
from pipelines.computing.cluster import Cluster
from pipelines.evaluation.cluster import compute_on_cluster
from pipelines.evaluation.run import Task, evaluate
from pipelines.retry.cluster import train_on_cluster
from pipelines.retry.search import Search
from pipelines.training.request import Request
from pipelines.training.run import train
from pipelines.trust.audit import audit
from pipelines.trust.cluster import check_on_cluster, intervene_on_cluster
from pipelines.trust.interventions import intervene_on_run
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.sources import read_image_set
from saliencnn.models.architectures import find_architecture
from saliencnn.models.own_networks import allow_own
from saliencnn.store import evaluation_files
from saliencnn.store.connection import Store
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.images import read_index
from saliencnn.store.runs import RunInfo, list_runs, read_run
from saliencnn.store.search_trials import find_trials
from tests.pipelines.evaluation.test_run import write_network

IMAGES = "planted:train=8,validation=1024,counterfactual=0,size=48,seed=5"


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster with two workers."""
    import ray  # it takes its time, and every worker collects this file

    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def start(store: Store) -> RunInfo:
    """A run whose network is checked, and from which a search starts."""
    data = "planted:train=48,validation=48,counterfactual=0,size=32,seed=7"
    hp = Hyperparameters(epochs=1, batch_size=16)
    request = Request(data, image_size=32, hyperparameters=hp, name="start")
    return read_run(store, train(store, request))


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


def is_ours(process: int) -> bool:
    while process > 1:
        if process == os.getpid():
            return True
        process = parent_of(process)
    return False


def busy_workers() -> list[int]:
    """Return this test's worker processes that are computing a shard right now."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if (
                entry.name.isdecimal()
                and b"ray::_compute_shard" in (entry / "cmdline").read_bytes()
                and is_ours(int(entry.name))
            ):
                found.append(int(entry.name))
        except OSError:  # it has ended in the meantime
            continue
    return found


@pytest.mark.usefixtures("cluster")
def test_a_cluster_finds_the_same_though_a_worker_is_killed(store: Store, tmp_path: Path) -> None:
    classes = read_image_set("planted:train=8,validation=8,counterfactual=0,size=48").classes
    models = [write_network(tmp_path, seed, classes) for seed in (11, 12)]
    killed: list[int] = []

    def kill_one(done: float, _words: str) -> None:
        if done and not killed and (busy := busy_workers()):
            killed.append(busy[0])
            os.kill(busy[0], signal.SIGKILL)

    task = Task(models, IMAGES, work=tmp_path / "cluster")
    spread = evaluate(store, task, kill_one, compute_on_cluster)
    assert len(killed) == 1
    infos = [read_evaluation(store, run_id) for run_id in spread.evaluated]
    found = [evaluation_files.read_predictions(store, info.run_id) for info in infos]
    distances = [evaluation_files.read_distances(store, info.run_id) for info in infos]
    names = [read_index(store, info.images_id).names for info in infos]
    for info in infos:  # so that they are not taken for done
        store.client.delete_run(info.run_id)
    local = evaluate(store, Task(models, IMAGES, work=tmp_path / "local"))
    for i, run_id in enumerate(local.evaluated):
        info = read_evaluation(store, run_id)
        assert info.model_digest == infos[i].model_digest
        assert info.metrics["top1"] == infos[i].metrics["top1"]
        assert read_index(store, info.images_id).names == names[i]
        here = evaluation_files.read_predictions(store, run_id)
        np.testing.assert_array_equal(here["class_1"], found[i]["class_1"])
        np.testing.assert_allclose(here["true_confidence"], found[i]["true_confidence"], atol=1e-6)
        np.testing.assert_allclose(
            evaluation_files.read_distances(store, run_id), distances[i], atol=1e-6
        )


@pytest.mark.usefixtures("cluster")
def test_workers_run_a_persons_own_code(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have neither its file nor what lies beside it."""
    monkeypatch.setenv("SALIENCNN_OWN_NETWORKS", "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "own_blocks.py").write_text(
        "from torch import nn\n\n\nclass Block(nn.Sequential):\n"
        "    def forward(self, maps):\n        return super().forward(maps).relu()\n"
    )
    code = tmp_path / "own_net.py"
    code.write_text(
        "from torch import nn\n\nfrom own_blocks import Block\n\n\n"
        "class Net(nn.Module):\n"
        "    def __init__(self, classes):\n        super().__init__()\n"
        "        self.trunk = Block(nn.Conv2d(3, 4, 3, 4))\n"
        "        self.head = nn.Linear(4, classes)\n\n"
        "    def forward(self, images):\n"
        "        return self.head(self.trunk(images).mean((2, 3)))\n\n\n"
        "def build(classes):\n    return Net(classes)\n"
    )
    images = "planted:train=8,validation=16,counterfactual=0,size=48,seed=6"
    classes = read_image_set(images).classes
    (arch,) = allow_own([f"{code}:build"])
    state = find_architecture(arch).build(num_classes=len(classes)).state_dict()
    weights = tmp_path / "own.safetensors"
    safetensors.torch.save_file(state, weights)
    weights.with_suffix(".labels.txt").write_text("\n".join(classes))
    task = Task([f"{code}:build@{weights}"], images, work=tmp_path / "work")
    outcome = evaluate(store, task, compute=compute_on_cluster)
    assert outcome.failures == ()
    info = read_evaluation(store, outcome.evaluated[0])
    assert (info.arch, info.metrics["images"]) == ("own_net.py:build", 16)


@pytest.mark.usefixtures("cluster")
def test_a_cluster_checks_as_one_machine_does(store: Store, start: RunInfo) -> None:
    """Two jobs each; the audit's batches are of other sizes than here."""
    spread = intervene_on_run(store, start, 1, compute=intervene_on_cluster).answers
    here = intervene_on_run(store, start, 1).answers
    assert spread.names == here.names
    np.testing.assert_array_equal(spread.predicted, here.predicted)
    np.testing.assert_allclose(spread.confidence, here.confidence, atol=1e-6)

    methods, checks = ("cam", "gradient"), ("variance", "randomization", "stability", "labels")
    found = audit(store, start, 1, 20, methods, checks=checks, compute=check_on_cluster)
    expected = audit(store, start, 1, 20, methods, checks=checks)
    for check in checks:
        for method in methods:
            one, other = found[check][method], expected[check][method]
            assert one.result.outcome == other.result.outcome
            np.testing.assert_allclose(one.numbers, other.numbers, atol=1e-4)


@pytest.mark.usefixtures("cluster")
def test_a_cluster_trains_two_trials_of_a_search_at_the_same_time(
    store: Store, start: RunInfo
) -> None:
    said: list[str] = []
    best = Search(store, start, 2, say=said.append, compute=train_on_cluster).run()
    assert [one.partition(":")[0] for one in said[:2]] == ["Trial 1 of 2", "Trial 2 of 2"]
    assert sorted(one.partition(":")[0] for one in said[2:]) == ["Trial 1", "Trial 2"]
    assert best[0].startswith("Of 3 runs of smallgap")
    runs = [r for r in list_runs(store) if r.data == start.data and r.run_id != start.run_id]
    assert [run.status for run in runs] == ["finished"] * 2
    assert sorted(find_trials(store, start.run_id).values()) == sorted(r.run_id for r in runs)
    assert len({tuple(run.hyperparameters.items()) for run in (start, *runs)}) == 3
    for run in runs:
        kept = store.client.list_artifacts(run.run_id, "reports")
        assert [one.path for one in kept] == ["reports/report.html"]


def test_without_ray_a_sentence_says_how_to_install_it(
    store: Store,
    start: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    monkeypatch.setitem(sys.modules, "ray", None)
    for command in (["search"], ["check", "--methods", "cam", "--images", "6"]):
        assert main([*command, start.run_id, "--engine", "ray"]) == 2
        assert "pip install 'saliencnn[cluster]'" in capsys.readouterr().err
    assert main(["check", start.run_id, "--image", "0", "--engine", "ray"]) == 2
    assert "--image" in capsys.readouterr().err
    assert main(["search", start.run_id, "--at-once", "2"]) == 2
    assert "--at-once" in capsys.readouterr().err


def test_jobs_get_cores_that_every_machine_has() -> None:
    small, large = {"CPU": 4.0}, {"CPU": 8.0}
    assert Cluster((small, large), None).places == 12
    assert [Cluster((small, large), None).cores_each(n) for n in (1, 2, 3, 4, 12)] == [
        4,
        4,
        2,
        2,
        1,
    ]
    with_gpus = Cluster((small, large | {"GPU": 2.0}), None)
    assert with_gpus.has_gpus
    assert with_gpus.places == 2
