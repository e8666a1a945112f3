"""Training where shared memory is small: it goes on, and its run says how."""

import os
import sys
from pathlib import Path

import pytest

from pipelines.cli.main import main
from saliencnn.store.connection import open_store
from saliencnn.store.runs import list_runs
from tests.helpers.container import in_small_memory
from tests.helpers.stores import new_store

DATA = "planted:train=64,validation=16,counterfactual=0,size=32,seed=0"


def test_a_batch_beyond_the_shared_memory_trains_and_the_run_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    program = "import sys; from pipelines.cli.main import main; sys.exit(main())"
    words = ["train", "--data", DATA, "--epochs", "1", "--batch-size", "64", "--image-size", "160"]
    words += ["--loaders", "1"]  # of its own accord, so few images have none
    done = in_small_memory(sys.executable, "-c", program, *words, megabytes=16)
    assert done.returncode == 0, done.stderr
    (run,) = list_runs(open_store(store.uri))
    assert run.status == "finished"
    (note,) = (note for note in run.notes if "shared memory" in note)
    assert f"note: {note}" in done.stdout
    assert "by the training process itself" in note


@pytest.mark.parametrize("loaders", ["0", "2"])
def test_a_person_says_how_many_processes_load_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaders: str
) -> None:
    store = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    forked: list[int] = []
    os.register_at_fork(after_in_parent=lambda: forked.append(1))
    small = ["--epochs", "1", "--batch-size", "32", "--image-size", "32"]
    assert main(["train", "--data", DATA, *small, "--loaders", loaders]) == 0
    assert sum(forked) >= int(loaders)
    if loaders == "0":
        assert not forked
    (run,) = list_runs(store)
    assert not any("shared memory" in note for note in run.notes)
