import numpy as np
import pytest

from saliencnn.store.checkpoints import kept_epochs, write_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.epochs import (
    PREDICTION,
    read_class_maps,
    read_confusion,
    read_manifest,
    read_per_class,
    read_predictions,
    write_epoch,
)
from saliencnn.store.history import read_history
from saliencnn.store.maptable import MapTable, pack_maps, row_type
from saliencnn.store.runs import read_run, start_run
from tests.helpers.maps import read_all_maps
from tests.helpers.records import SMALLGAP

CLASSES = ("a", "b", "c", "d")
TRUE = np.array([0, 0, 1, 1, 1, 2])
PREDICTED = np.array([0, 2, 1, 1, 0, 2])


def make_table(methods: tuple[str, ...], epoch: int) -> MapTable:
    rng = np.random.default_rng(epoch)
    rows = np.zeros(len(TRUE), row_type(len(methods), 2, 3))
    rows["image"], rows["true"], rows["target"] = np.arange(len(TRUE)), TRUE, TRUE
    rows["predicted"] = PREDICTED
    pack_maps(rows, rng.random((len(TRUE), len(methods), 2, 3)))
    return MapTable(methods, rows)


def write(store: Store, run_id: str, epoch: int) -> None:
    predictions = np.zeros(len(TRUE), PREDICTION)
    predictions["image"], predictions["true"] = np.arange(len(TRUE)), TRUE
    predictions["predicted"], predictions["confidence"] = PREDICTED, epoch / 10
    tables = {
        "maps.npy": make_table(("cam", "gradcam"), epoch),
        "smooth-maps.npy": make_table(("smoothgradcampp",), epoch + 50),
    }
    write_epoch(
        store,
        run_id,
        epoch,
        classes=CLASSES,
        predictions=predictions,
        tables=tables,
        metrics={"val_accuracy": epoch / 7},
        model_id=write_checkpoint(store, run_id, epoch, {}, SMALLGAP),
    )


@pytest.fixture(scope="module")
def run_id(any_store: Store) -> str:
    """A run with two epochs as ``write`` makes them."""
    run_id = start_run(any_store, "epochs", {})
    for epoch in (1, 2):
        write(any_store, run_id, epoch)
    return run_id


def test_predictions_are_read_as_written(any_store: Store, run_id: str) -> None:
    read = read_predictions(any_store, run_id, 2)
    assert read.dtype == PREDICTION
    assert read["true"].tolist() == TRUE.tolist()
    assert read["predicted"].tolist() == PREDICTED.tolist()
    np.testing.assert_allclose(read["confidence"], 0.2)


def test_the_confusion_matrix_counts_the_predictions(any_store: Store, run_id: str) -> None:
    expected = [[1, 0, 1, 0], [1, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert read_confusion(any_store, run_id, 1).tolist() == expected


def test_the_table_of_classes_is_read_as_written(any_store: Store, run_id: str) -> None:
    table = read_per_class(any_store, run_id, 1).set_index("class")
    assert table.index.tolist() == list(CLASSES)
    assert table["images"].tolist() == [2, 3, 1, 0]
    assert table.loc["b", ["precision", "recall"]].tolist() == [1, pytest.approx(2 / 3)]
    assert table.loc["d", "f1"] == 0


def test_the_manifest_tells_methods_and_checkpoint(any_store: Store, run_id: str) -> None:
    manifest = read_manifest(any_store, run_id, 2)
    assert manifest.model_id == kept_epochs(any_store, run_id)[2]
    assert manifest.methods == ("cam", "gradcam", "smoothgradcampp")


def test_a_class_has_its_own_maps_in_every_epoch(any_store: Store, run_id: str) -> None:
    found = read_class_maps(any_store, run_id, (1, 2), 1)
    assert list(found) == [1, 2]
    for epoch, tables in found.items():
        expected = [make_table(("cam", "gradcam"), epoch)]
        expected.append(make_table(("smoothgradcampp",), epoch + 50))
        for table, whole in zip(tables, expected, strict=True):
            assert table.methods == whole.methods
            assert table.rows.tobytes() == whole.rows[whole.rows["target"] == 1].tobytes()


def test_a_class_without_maps_has_empty_tables(any_store: Store, run_id: str) -> None:
    (tables,) = read_class_maps(any_store, run_id, [1], 3).values()
    assert [len(table.rows) for table in tables] == [0, 0]


def test_a_whole_table_is_read(any_store: Store, run_id: str) -> None:
    table = read_all_maps(any_store, run_id, 2, "maps.npy")
    assert table.rows.tobytes() == make_table(("cam", "gradcam"), 2).rows.tobytes()


def test_the_metrics_make_the_epoch_visible(any_store: Store, run_id: str) -> None:
    info = read_run(any_store, run_id)
    assert info.epoch == 2
    assert list(info.epochs) == [1, 2]
    history = read_history(any_store, [run_id], ["val_accuracy"])
    assert history["epoch"].tolist() == [1, 2]
    np.testing.assert_allclose(history["value"], [1 / 7, 2 / 7])
