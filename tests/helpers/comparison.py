"""Whether a run is what it would have been without interruption."""

import numpy as np
import torch

from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_manifest, read_predictions
from saliencnn.store.history import read_history
from saliencnn.store.runs import RunInfo
from tests.helpers.maps import read_all_maps

TIMING = {"seconds", "images_per_second"}


def check_same(store: Store, run: RunInfo, other_store: Store, other: RunInfo) -> None:
    """Check that two runs hold the same epochs, each exactly once, in order."""
    assert (run.status, run.epoch, run.reason) == ("finished", other.epoch, "")
    assert run.notes == other.notes
    assert run.metrics.keys() == other.metrics.keys()
    for key in run.metrics:
        history = store.client.get_metric_history(run.run_id, key)
        assert [metric.step for metric in history] == list(other.epochs), key
    keys = sorted(other.metrics.keys() - TIMING)
    mine, theirs = (
        read_history(s, [r.run_id], keys).sort_values(["metric", "epoch"])
        for s, r in ((store, run), (other_store, other))
    )
    np.testing.assert_allclose(mine["value"], theirs["value"], rtol=1e-6, atol=1e-6)
    kept, expected = kept_epochs(store, run.run_id), kept_epochs(other_store, other.run_id)
    assert list(kept) == list(expected)
    models = store.client.search_logged_models(
        [store.runs], filter_string=f"source_run_id = '{run.run_id}'"
    )
    assert len(models) == len(kept)
    for epoch in run.epochs:
        predictions = read_predictions(store, run.run_id, epoch)["predicted"]
        same = read_predictions(other_store, other.run_id, epoch)["predicted"]
        assert predictions.tolist() == same.tolist()
        rows = read_all_maps(store, run.run_id, epoch, "maps.npy").rows
        others = read_all_maps(other_store, other.run_id, epoch, "maps.npy").rows
        assert rows["image"].tolist() == others["image"].tolist()
    for epoch, model_id in kept.items():
        assert read_manifest(store, run.run_id, epoch).model_id == model_id
        state = read_checkpoint(store, model_id)
        for name, value in read_checkpoint(other_store, expected[epoch]).items():
            torch.testing.assert_close(state[name], value, rtol=1e-6, atol=1e-6)
