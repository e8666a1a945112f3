"""Evaluations to explain: small networks over planted images."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import safetensors.torch

from pipelines.evaluation.run import Task, evaluate
from saliencnn.data.planted import CLASSES
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.runs import RunInfo
from tests.pipelines.evaluation.test_run import write_network


@pytest.fixture(scope="session")
def planted_evaluations(
    store: Store, tiny_run: RunInfo, seeded_run: RunInfo, tmp_path_factory: pytest.TempPathFactory
) -> list[EvaluationInfo]:
    """Of the tiny run and the seeded run, on 160 images, 20 a class."""
    task = Task(
        models=[f"run:{tiny_run.run_id}", f"run:{seeded_run.run_id}"],
        images="planted:train=1,validation=160,counter=0,size=48,seed=5",
        work=tmp_path_factory.mktemp("work"),
    )
    outcome = evaluate(store, task)
    assert not outcome.failures
    return [read_evaluation(store, run_id) for run_id in outcome.evaluated]


@contextmanager
def evaluated(store: Store, spec: str, folder: Path, images: int = 16) -> Iterator[str]:
    """Evaluate a network on planted images and yield the run's id while it is there."""
    image_set = f"planted:train=1,validation={images},counter=0,size=48"
    (run_id,) = evaluate(store, Task([spec], image_set, work=folder)).evaluated
    try:
        yield run_id
    finally:
        store.client.delete_run(run_id)


def write_empty_map_network(folder: Path) -> str:
    """Write a network in which every feature lowers every class's score, everywhere."""
    spec = write_network(folder, 31, CLASSES)
    path = spec.partition("@")[2]
    state = safetensors.torch.load_file(path)
    state["fc.weight"] = -state["fc.weight"].abs()
    safetensors.torch.save_file(state, path)
    return spec
