"""Evaluations to explain: two small networks over the same planted images."""

import pytest

from pipelines.evaluation.run import Task, evaluate
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.runs import RunInfo


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
