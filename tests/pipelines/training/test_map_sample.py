"""Runs that log the maps of a sample of their validation images."""

from dataclasses import replace

import numpy as np
import pytest

import saliencnn
from pipelines.report.make import make_report
from pipelines.retry.request_state import request_as_dict, request_from_dict, request_retry
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.models.architectures import find_architecture
from saliencnn.recording.ending import Stopped
from saliencnn.recording.map_plan import SMALL, choose_map_images, plan_maps
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.history import read_history
from saliencnn.store.images import read_index
from saliencnn.store.map_sample import sample_images
from saliencnn.store.maptable import row_type, unpack_maps
from saliencnn.store.runs import RunInfo, read_run
from saliencnn.store.train_command import write_command
from tests.helpers.loops import CLASSES, LoopNet, halves
from tests.helpers.maps import read_all_maps
from tests.helpers.stores import new_store

SAMPLE = 16
REQUEST = Request(
    data="planted:train=64,validation=40,counter=0,size=32,seed=0",
    image_size=32,
    hyperparameters=Hyperparameters(epochs=2, batch_size=32),
    name="sampled",
    map_images=SAMPLE,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("sampled"))


@pytest.fixture(scope="module")
def sampled(store: Store) -> RunInfo:
    return read_run(store, train(store, REQUEST))


@pytest.fixture(scope="module")
def whole(store: Store) -> RunInfo:
    return read_run(store, train(store, replace(REQUEST, name="whole", map_images=None)))


def metrics_of(store: Store, run: RunInfo) -> dict[tuple[int, str], float]:
    history = read_history(store, [run.run_id], run.metrics)
    places = zip(history["epoch"], history["metric"], strict=True)
    return dict(zip(places, history["value"], strict=True))


def test_maps_are_of_the_sample_and_accuracy_is_of_all(
    store: Store, sampled: RunInfo, whole: RunInfo
) -> None:
    labels = read_index(store, sampled.images_id).labels
    sample = sample_images(labels, SAMPLE)
    assert np.bincount(labels[sample]).tolist() == [2] * 8
    assert (sampled.map_images, whole.map_images) == (SAMPLE, 0)
    assert any("sample of 16 of the 40" in note for note in sampled.notes)
    assert not any("sample of" in note for note in whole.notes)
    found, expected = metrics_of(store, sampled), metrics_of(store, whole)
    for epoch in sampled.epochs:
        tables = [read_all_maps(store, run.run_id, epoch, "maps.npy") for run in (sampled, whole)]
        some, every = (table.rows for table in tables)
        assert {*some["image"].tolist()} == {*sample.tolist()}
        same = every[np.isin(every["image"], sample)]
        assert some["target"].tolist() == same["target"].tolist()
        np.testing.assert_allclose(unpack_maps(some), unpack_maps(same), rtol=0.02, atol=1e-3)
        own = some[some["target"] == some["true"]]["focus"][:, tables[0].methods.index("gradcam")]
        assert found[epoch, "focus"] == pytest.approx(float(np.nanmean(own)), rel=1e-5)
        first, second = (read_predictions(store, r.run_id, epoch) for r in (sampled, whole))
        for column in ("image", "true", "predicted"):
            assert first[column].tolist() == second[column].tolist()
        np.testing.assert_allclose(first["confidence"], second["confidence"], rtol=1e-4)
        for name in ("val_accuracy", "val_loss", "val_top5", "val_macro_f1"):
            assert found[epoch, name] == pytest.approx(expected[epoch, name], rel=1e-4)


def test_a_resumed_run_goes_on_with_its_sample(
    store: Store, sampled: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[FinishedEpoch] = []
    with pytest.raises(Stopped):
        train(
            store,
            replace(REQUEST, name="resumed"),
            interrupted=lambda: "Enough." if ended else "",
            on_epoch=ended.append,
        )
    # Another version may have another rule; a run keeps what it began with.
    monkeypatch.setattr("saliencnn.recording.map_plan.SMALL", 1)
    run_id = ended[0].run_id
    resume(store, run_id, taken_over=True)
    for epoch in (1, 2):
        tables = (read_all_maps(store, one, epoch, "maps.npy") for one in (run_id, sampled.run_id))
        first, second = (table.rows for table in tables)
        assert first.tobytes() == second.tobytes()


def test_a_retry_has_the_same_sample(store: Store, sampled: RunInfo) -> None:
    request = request_retry(sampled, {"epochs": "1"}, "again")
    assert request.map_images == SAMPLE
    stored = request_as_dict(request)
    assert request_from_dict(stored) == request
    del stored["map_images"]  # as an earlier version wrote it
    assert request_from_dict(stored).map_images is None
    assert "--map-images=16" in write_command(sampled)


@pytest.mark.parametrize("epochs", [1, 90])
@pytest.mark.parametrize("arch", ["resnet18", "squeezenet1_1"])
def test_the_rule_counts_bytes(arch: str, epochs: int) -> None:
    labels = np.repeat(np.arange(1000), 50)
    spec, shape = find_architecture(arch), (13, 13)

    def most_bytes(images: int) -> int:
        tables = plan_maps(spec, labels, 1_281_167, images=images).tables.values()
        rows = [len(own) * row_type(len(methods), *shape).itemsize for methods, own in tables]
        return 2 * sum(rows) * epochs

    images, notes = choose_map_images(spec, shape, labels, 1_281_167, epochs)
    assert bool(images) == bool(notes) == (most_bytes(0) > SMALL)
    assert most_bytes(images) <= SMALL
    if images:
        assert images % 1000 == 0
        assert most_bytes(images + 1000) > SMALL
        sample = sample_images(labels, images)
        assert (np.bincount(labels[sample]) == images // 1000).all()
    assert choose_map_images(spec, shape, labels, 1_281_167, epochs, images=0) == (0, ())
    assert choose_map_images(spec, shape, labels, 1, epochs, images=50_000) == (0, ())


def test_a_watched_loop_has_the_same_rule(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    data = halves(24, 1)
    monkeypatch.setattr("saliencnn.recording.map_plan.SMALL", 1_000_000)
    by_epochs = {}
    for epochs in (1, 50, None):
        settings = {} if epochs is None else {"epochs": epochs}
        with saliencnn.watch(
            LoopNet(), data, classes=CLASSES, store=store, settings=settings
        ) as run:
            run.epoch()
        table = read_all_maps(store, run.run_id, 1, "maps.npy")
        by_epochs[epochs] = len({*table.rows["image"].tolist()})
        assert len(read_predictions(store, run.run_id, 1)) == 24
        assert read_run(store, run.run_id).map_images == (by_epochs[epochs] % 24)
    assert by_epochs[1] == 24 > by_epochs[50] > by_epochs[None] >= 3
    with saliencnn.watch(LoopNet(), data, classes=CLASSES, store=store, map_images=6) as run:
        run.epoch()
    table = read_all_maps(store, run.run_id, 1, "maps.npy")
    assert len({*table.rows["image"].tolist()}) == 6


def test_a_report_shows_its_sample(store: Store, sampled: RunInfo) -> None:
    assert "sample of 16 of the 40" in make_report(store, [sampled.run_id])
