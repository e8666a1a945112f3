"""Groups of maps that must not count, on images whose sticker tells the class."""

import numpy as np
import pytest
import torch

from pipelines.cli.main import main
from pipelines.retry.map_groups import choose_groups, find_groups
from pipelines.retry.request_state import why_not_retried
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.planes import decode_planes
from saliencnn.data.sources import read_image_set
from saliencnn.measures.directions import find_direction
from saliencnn.recording.held_out import measure_held_out
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.images import read_all_images
from saliencnn.store.networks import load_network
from saliencnn.store.runs import RunInfo, list_runs, read_run
from tests.helpers.stores import new_store

CLASSES = 8


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("ignored"))


@pytest.fixture(scope="module")
def reader(store: Store) -> RunInfo:
    """A network that reads the sticker."""
    request = Request(
        data="planted:train=480,validation=96,counterfactual=96,size=48,shortcut=0.98,seed=0",
        image_size=48,
        hyperparameters=Hyperparameters(epochs=5, batch_size=32),
    )
    return read_run(store, train(store, request))


def test_every_map_is_in_one_group(store: Store, reader: RunInfo) -> None:
    groups = find_groups(store, reader, reader.epoch)
    rows = read_predictions(store, reader.run_id, reader.epoch)
    for target in range(CLASSES):
        own = [group for group in groups if group.target == target]
        images = np.concatenate([group.images for group in own]).tolist()
        assert len({*images}) == len(images)
        expected = rows["image"][(rows["true"] == target) | (rows["predicted"] == target)]
        assert {*images} <= {*expected.tolist()}
        assert [group.number for group in own] == [*range(1, len(own) + 1)]
    (one,) = choose_groups(groups, [groups[-1].label])
    assert one is groups[-1]
    assert [*choose_groups(groups, [one.name, one.label])] == [
        group for group in groups if group.name == one.name
    ]
    with pytest.raises(UserError, match="no group"):
        choose_groups(groups, [f"{one.name}:99"])


def test_what_must_not_count_changes_no_score_any_more(
    store: Store, reader: RunInfo, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert main(["ignore", reader.run_id]) == 0
    listed = [line.split(": ")[0] for line in capsys.readouterr().out.splitlines() if ":1:" in line]
    words = [word for label in listed for word in ("--group", label.removesuffix(":1"))]
    assert main(["ignore", reader.run_id, *words]) == 0
    made = list_runs(store)[0]
    assert made.run_id in capsys.readouterr().out
    old, new = (load_network(store, run, run.epoch) for run in (reader, made))
    group = next(g for g in find_groups(store, reader, reader.epoch) if g.label == listed[0])
    pixels = decode_planes(
        read_all_images(store, reader.images_id).encoded[int(i)] for i in group.images
    )
    with torch.no_grad():
        seen = [one.features(reader.preparation.normalise(pixels)).numpy() for one in (old, new)]
    np.testing.assert_array_equal(*seen)
    direction = find_direction(seen[0], group.maps)
    moved = [np.ptp(one.fc.weight.detach().numpy() @ direction) for one in (old, new)]
    assert moved[1] < 1e-3 * moved[0], "one step along it moves all scores alike"
    assert (made.epoch, made.status, made.arch) == (1, "finished", reader.arch)
    assert made.is_comparable_with(reader)
    assert why_not_retried(made)
    assert any("of maps look at" in note for note in made.notes)
    again = measure_held_out(
        load_network(store, made, 1), read_image_set(made.data, 0).validation, made.preparation
    )
    assert again is not None
    assert again.accuracy == pytest.approx(made.metrics["val_accuracy"], abs=0.011)
    assert made.metrics["val_accuracy"] > 0.3, "guessing has 0.125"


def test_a_network_that_cannot_ignore_groups_is_refused_before_they_are_listed(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    values = Hyperparameters(epochs=1, batch_size=16)
    data = "planted:train=16,validation=8,counterfactual=0,size=64"
    request = Request(data, "squeezenet1_1", hyperparameters=values, image_size=64)
    assert main(["ignore", train(store, request)]) == 2
    said = capsys.readouterr()
    assert "squeezenet1_1" in said.err
    assert "--group" not in said.out
