"""Evaluations to explain: small networks over planted images."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import safetensors.torch

from pipelines.evaluation.run import Task, evaluate
from saliencnn.data.planted import CLASSES
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.runs import RunInfo
from tests.pipelines.evaluation.test_run import write_network


def evaluate_planted(store: Store, runs: list[RunInfo], work: Path) -> list[EvaluationInfo]:
    """Evaluate the newest epochs of some runs on 160 images, 20 a class."""
    models = [f"run:{run.run_id}" for run in runs]
    images = "planted:train=1,validation=160,counterfactual=0,size=48,seed=5"
    outcome = evaluate(store, Task(models=models, images=images, work=work))
    assert not outcome.failures
    return [read_evaluation(store, run_id) for run_id in outcome.evaluated]


@contextmanager
def evaluated(store: Store, spec: str, folder: Path, images: int = 16) -> Iterator[str]:
    """Evaluate a network on planted images and yield the run's id while it is there."""
    image_set = f"planted:train=1,validation={images},counterfactual=0,size=48"
    (run_id,) = evaluate(store, Task([spec], image_set, work=folder)).evaluated
    try:
        yield run_id
    finally:
        store.client.delete_run(run_id)


def write_empty_map_network(folder: Path) -> str:
    """Write a network in which every feature lowers the scores of two classes, 0 and 3."""
    spec = write_network(folder, 31, CLASSES)
    path = spec.partition("@")[2]
    state = safetensors.torch.load_file(path)
    state["fc.weight"] = state["fc.weight"].abs()
    state["fc.weight"][[0, 3]] = -1.0
    safetensors.torch.save_file(state, path)
    return spec
