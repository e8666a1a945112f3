"""Evaluations on a real Ray cluster of this machine."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import ray

from pipelines.evaluation.cluster import compute_on_cluster
from pipelines.evaluation.run import Task, evaluate
from saliencnn.data.sources import read_image_set
from saliencnn.store import evaluations as kept
from saliencnn.store.connection import Store
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.images import read_index
from tests.pipelines.evaluation.test_run import write_network

IMAGES = "planted:train=8,validation=1024,counterfactual=0,size=48,seed=5"


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster with two workers."""
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    yield
    ray.shutdown()


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
    found = [kept.read_predictions(store, info.run_id) for info in infos]
    distances = [kept.read_distances(store, info.run_id) for info in infos]
    names = [read_index(store, info.images_id).names for info in infos]
    for info in infos:  # so that they are not taken for done
        store.client.delete_run(info.run_id)
    local = evaluate(store, Task(models, IMAGES, work=tmp_path / "local"))
    for i, run_id in enumerate(local.evaluated):
        info = read_evaluation(store, run_id)
        assert info.model_digest == infos[i].model_digest
        assert info.metrics["top1"] == infos[i].metrics["top1"]
        assert read_index(store, info.images_id).names == names[i]
        here = kept.read_predictions(store, run_id)
        np.testing.assert_array_equal(here["class_1"], found[i]["class_1"])
        np.testing.assert_allclose(here["true_confidence"], found[i]["true_confidence"], atol=1e-6)
        np.testing.assert_allclose(kept.read_distances(store, run_id), distances[i], atol=1e-6)
