"""A training whose disk becomes full says so, loses nothing, and goes on when there is room."""

from pathlib import Path

import pytest

from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.epochs import read_manifest, read_predictions
from saliencnn.store.runs import list_runs
from saliencnn.store.writing import NotWritable
from tests.helpers.mounts import fill, small_disk
from tests.helpers.stores import new_store


def test_a_full_disk_ends_a_training_that_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24):
        store = new_store(tmp_path / "disk")
        request = Request(
            "planted:train=32,validation=16,counterfactual=0,size=32",
            image_size=32,
            hyperparameters=Hyperparameters(epochs=3, batch_size=16),
        )
        filler = []

        def fill_up(finished: FinishedEpoch) -> None:
            if finished.epoch == 1:
                filler.append(fill(tmp_path / "disk"))

        with pytest.raises(NotWritable, match="is full"):
            train(store, request, on_epoch=fill_up)
        (run,) = list_runs(store)
        assert run.epoch == 1
        assert len(read_predictions(store, run.run_id, 1)) == 16
        filler[0].unlink()
        resume(store, run.run_id, taken_over=True)
        (run,) = list_runs(store)
        assert (run.epoch, run.status) == (3, "finished")
        assert all(read_manifest(store, run.run_id, epoch).layouts for epoch in run.epochs)
