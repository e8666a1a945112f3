"""The dashboard's own process never loads torch, whatever its pages are asked for."""

import os
import subprocess
import sys
from pathlib import Path

from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

ROOT = Path(__file__).parents[2]


def test_no_page_loads_torch(
    store: Store, tiny_run: RunInfo, planted_evaluations: list[EvaluationInfo]
) -> None:
    evaluations = [info.run_id for info in planted_evaluations]
    found = subprocess.run(
        [sys.executable, "-m", "tests.helpers.torchless", tiny_run.run_id, *evaluations],
        cwd=ROOT,
        env={**os.environ, "MLFLOW_TRACKING_URI": store.uri},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert found.stdout.splitlines()[-1:] == ["none of torch"], found.stderr[-3000:]
