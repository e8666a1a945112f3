"""Runs that start from another run's checkpoint."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.training.initial_weights import build_initial
from pipelines.training.request import Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.encode import encode_jpeg
from saliencnn.models.architectures import TABLE
from saliencnn.recording.ending import Stopped
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, read_run

REQUEST = Request(
    "planted:train=24,validation=16,counterfactual=0,size=32",
    image_size=32,
    hyperparameters=Hyperparameters(epochs=2, batch_size=8, freeze_backbone=True),
)
UNKNOWN = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def last_kept(store: Store) -> RunInfo:
    return read_run(store, train(store, replace(REQUEST, keep="last")))


def test_a_run_starts_from_a_kept_checkpoint(store: Store, tiny_run: RunInfo) -> None:
    weights = f"run:{tiny_run.run_id}:2"
    was = read_checkpoint(store, kept_epochs(store, tiny_run.run_id)[2])
    network = build_initial(store, replace(REQUEST, weights=weights), 8, TABLE["smallgap"])
    assert network.notes == ()
    for name, value in network.model.state_dict().items():
        assert torch.equal(value, was[name]), name
    run = read_run(store, train(store, replace(REQUEST, weights=weights)))
    assert (run.status, run.weights) == ("finished", weights)
    now = read_checkpoint(store, kept_epochs(store, run.run_id)[2])
    for name in was:
        assert torch.equal(now[name], was[name]) != name.startswith("fc."), name


def test_another_number_of_classes_keeps_the_backbone_and_says_so(
    store: Store, tiny_run: RunInfo, tmp_path: Path
) -> None:
    for split, count in (("train", 4), ("val", 2)):
        for position, name in enumerate(("dark", "light")):
            (tmp_path / split / name).mkdir(parents=True)
            for i in range(count):
                image = np.full((32, 32, 3), 60 + 100 * position + i, np.uint8)
                (tmp_path / split / name / f"{i}.jpg").write_bytes(encode_jpeg(image))
    request = replace(REQUEST, data=f"folder:{tmp_path}", weights=f"run:{tiny_run.run_id}:3")
    run = read_run(store, train(store, request))
    said = f"Weights run:{tiny_run.run_id}:3 are of a network trained on 8 classes; "
    assert any(
        note.startswith(f"{said}the last layer began anew, for 2 classes") for note in run.notes
    )
    was = read_checkpoint(store, kept_epochs(store, tiny_run.run_id)[3])
    now = read_checkpoint(store, kept_epochs(store, run.run_id)[2])
    assert all(torch.equal(now[n], was[n]) for n in was if not n.startswith("fc."))
    assert now["fc.weight"].shape[0] == 2


def test_a_run_interrupted_in_its_first_epoch_starts_from_the_checkpoint_again(
    store: Store, tiny_run: RunInfo
) -> None:
    request = replace(REQUEST, weights=f"run:{tiny_run.run_id}:1")
    with pytest.raises(Stopped):
        train(store, request, interrupted=lambda: "Not now.")
    run_id = list_runs(store)[0].run_id
    resume(store, run_id)
    was = read_checkpoint(store, kept_epochs(store, tiny_run.run_id)[1])
    now = read_checkpoint(store, kept_epochs(store, run_id)[2])
    assert all(torch.equal(now[n], was[n]) for n in was if not n.startswith("fc."))


@pytest.mark.parametrize(
    "weights",
    ["run:", "run:x:1", f"run:{UNKNOWN}", f"run:{UNKNOWN}:", f"run:{UNKNOWN}:-1"]
    + [f"run:{UNKNOWN.upper()}:1", f"run:../{UNKNOWN}:1", f"run:{UNKNOWN}:1\n", f"run:{UNKNOWN}:٣"],
)
def test_a_malformed_checkpoint_is_a_sentence(store: Store, weights: str) -> None:
    with pytest.raises(UserError, match="must be run:RUN_ID:EPOCH") as caught:
        train(store, replace(REQUEST, weights=weights))
    assert "\n" not in str(caught.value)


def test_a_checkpoint_that_is_not_there_is_a_sentence(
    store: Store, tiny_run: RunInfo, last_kept: RunInfo
) -> None:
    mistakes = {
        f"run:{UNKNOWN}:1": f"'{UNKNOWN}' is not in the store",
        f"run:{last_kept.run_id}:1": "keeps no checkpoint of epoch 1; it keeps those of: 2.",
        f"run:{tiny_run.run_id}:0": "no checkpoint of epoch 0; it keeps those of: 1, 2, 3.",
        f"run:{tiny_run.run_id}:9": "no checkpoint of epoch 9; it keeps those of: 1, 2, 3.",
    }
    before = len(list_runs(store))
    for weights, said in mistakes.items():
        with pytest.raises(UserError, match=said):
            train(store, replace(REQUEST, weights=weights))
    with pytest.raises(UserError, match="are of smallgap; they do not fit resnet18"):
        train(store, replace(REQUEST, arch="resnet18", weights=f"run:{tiny_run.run_id}:1"))
    assert len(list_runs(store)) == before
