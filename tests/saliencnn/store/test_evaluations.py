from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.encode import encode_png
from saliencnn.data.image_index import ImageIndex
from saliencnn.store import evaluation_files
from saliencnn.store.artifacts import MissingArtifact, delete_folder, location_of
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_weights
from saliencnn.store.evaluation_records import (
    EvaluationFacts,
    EvaluationInfo,
    Results,
    network_names,
)
from saliencnn.store.evaluations import list_evaluations, read_evaluation, write_evaluation
from saliencnn.store.images import (
    find_images,
    publish_pack,
    read_all_images,
    read_image,
    read_index,
    read_originals,
)
from tests.helpers.judged_run import forget_origin

CLASSES = ClassSet("birds", ("a", "ä, b", "c"), ("n1", "n2", "n3"), ("animal", "animal", "food"))


def make_facts(digest: str, **changes: object) -> EvaluationFacts:
    facts = EvaluationFacts(
        model="resnet18",
        arch="resnet18",
        model_digest=digest,
        image_set="birds",
        images="1" * 64,
        images_id="pack",
        class_set=CLASSES.digest,
        input_size=224,
        resize=256,
        mean=(0.5, 0.25, 0.125),
        std=(1.0, 1.0, 1.0),
        notes=("Class c has no image.",),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def make_results() -> Results:
    rng = np.random.default_rng(0)
    predictions = pd.DataFrame(
        {"image": np.arange(4, dtype=np.int32), "true": np.array([0, 0, 1, 1], np.int16)}
    )
    by_class = pd.DataFrame({"images": [2, 2, 0], "accuracy": [0.5, 1.0, np.nan]})
    distances = rng.random((3, 3))
    metrics = {"top1": 0.75, "top5": 1.0, "images": 3.0, "parameters": 11689512.0}
    metrics["root_geological_formation"] = 0.5
    confidence = np.where(np.arange(3)[:, None] == 2, np.nan, rng.random((3, 3)))
    return Results(predictions, by_class, confidence, distances, rng.normal(size=(3, 2)), metrics)


STATE = {"weight": torch.arange(6.0).reshape(2, 3).T, "steps": torch.tensor(3)}


def test_what_was_written_is_read(any_store: Store) -> None:
    facts, results = make_facts("round"), make_results()
    run_id = write_evaluation(any_store, facts, CLASSES, results, STATE)
    info = read_evaluation(any_store, run_id)
    assert {name: getattr(info, name) for name in asdict(facts)} == asdict(facts)
    assert info.metrics == results.metrics
    assert info.root_accuracy == {"geological formation": 0.5}
    assert evaluation_files.read_class_set(any_store, run_id) == CLASSES
    pd.testing.assert_frame_equal(
        evaluation_files.read_predictions(any_store, run_id), results.predictions
    )
    assert list(evaluation_files.read_predictions(any_store, run_id, ["true"]).columns) == ["true"]
    pd.testing.assert_frame_equal(
        evaluation_files.read_by_class(any_store, run_id), results.by_class
    )
    read = evaluation_files.read_distances(any_store, run_id)
    np.testing.assert_array_equal(read, results.distances.astype(np.float32))
    read = evaluation_files.read_projection(any_store, run_id)
    np.testing.assert_array_equal(read, results.projection.astype(np.float32))
    read = evaluation_files.read_mean_confidence(any_store, run_id)
    np.testing.assert_allclose(read, results.mean_confidence, rtol=1e-3)
    for name, value in read_weights(any_store, info).items():
        torch.testing.assert_close(value, STATE[name], rtol=0, atol=0)


def test_an_evaluation_knows_the_epoch_it_came_from(any_store: Store) -> None:
    facts = make_facts("trained", trained_run="a" * 32, trained_epoch=3)
    run_id = write_evaluation(any_store, facts, CLASSES, make_results(), None)
    info = read_evaluation(any_store, run_id)
    assert (info.trained_run, info.trained_epoch) == ("a" * 32, 3)
    forget_origin(any_store, run_id)
    older = next(info for info in list_evaluations(any_store) if info.run_id == run_id)
    assert (older.trained_run, older.trained_epoch) == ("", 0)
    assert older.key == info.key


def test_weights_are_kept_once(store: Store) -> None:
    first = write_evaluation(store, make_facts("shared"), CLASSES, make_results(), STATE)
    facts = make_facts("shared", images="2" * 64, weights=first)
    second = write_evaluation(store, facts, CLASSES, make_results(), None)
    read = read_weights(store, read_evaluation(store, second))
    torch.testing.assert_close(read["weight"], STATE["weight"])


def test_weights_of_a_deleted_checkpoint_are_missing(store: Store) -> None:
    facts = make_facts("gone", checkpoint="m-0123456789")
    run_id = write_evaluation(store, facts, CLASSES, make_results(), None)
    write_evaluation(store, make_facts("other"), CLASSES, make_results(), STATE)
    with pytest.raises(MissingArtifact):
        read_weights(store, read_evaluation(store, run_id))


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_deleted_checkpoint_is_read_from_another_evaluation(store: Store, order: str) -> None:
    """An evaluation of the same weights from a file keeps them, also where it came later."""
    digest = f"lost {order}"
    keeper, lost = (make_facts(digest, images=n * 64) for n in ("3", "4"))
    weights = ""
    if order == "before":
        weights = write_evaluation(store, keeper, CLASSES, make_results(), STATE)
    lost = replace(lost, checkpoint="m-0123456789", weights=weights)
    run_id = write_evaluation(store, lost, CLASSES, make_results(), None)
    if order == "after":
        write_evaluation(store, keeper, CLASSES, make_results(), STATE)
    read = read_weights(store, read_evaluation(store, run_id))
    torch.testing.assert_close(read["weight"], STATE["weight"])


def test_weights_outlive_the_evaluation_that_kept_them(store: Store) -> None:
    facts = [make_facts("handed on", images=n * 64) for n in ("5", "6", "7")]
    first = write_evaluation(store, facts[0], CLASSES, make_results(), STATE)
    second = replace(facts[1], weights=first)
    run_id = write_evaluation(store, second, CLASSES, make_results(), None)
    delete_folder(store, location_of(store, first), "weights.safetensors")
    with pytest.raises(MissingArtifact):
        read_weights(store, read_evaluation(store, run_id))
    write_evaluation(store, facts[2], CLASSES, make_results(), STATE)
    read = read_weights(store, read_evaluation(store, run_id))
    torch.testing.assert_close(read["weight"], STATE["weight"])


def test_weights_are_found_behind_a_newer_evaluation_of_the_same(store: Store) -> None:
    facts = make_facts("shadowed")
    write_evaluation(store, facts, CLASSES, make_results(), STATE)
    lost = replace(facts, checkpoint="m-0123456789")
    run_id = write_evaluation(store, lost, CLASSES, make_results(), None)
    read = read_weights(store, read_evaluation(store, run_id))
    torch.testing.assert_close(read["weight"], STATE["weight"])


def test_lists_hold_the_newest_of_each(store: Store) -> None:
    older = write_evaluation(store, make_facts("twice"), CLASSES, make_results(), None)
    newer = write_evaluation(store, make_facts("twice"), CLASSES, make_results(), None)
    cropped = make_facts("twice", resize=None)
    other = write_evaluation(store, cropped, CLASSES, make_results(), None)
    listed = [info.run_id for info in list_evaluations(store) if info.model_digest == "twice"]
    assert listed == [other, newer]
    assert older not in listed


def test_half_an_evaluation_is_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store.client, "set_terminated", die)
        with pytest.raises(KeyboardInterrupt):
            write_evaluation(store, make_facts("killed"), CLASSES, make_results(), None)
    assert "killed" not in [info.model_digest for info in list_evaluations(store)]


def test_other_runs_are_no_evaluations(store: Store) -> None:
    with pytest.raises(UserError, match=r"'nothing' is not in the store"):
        read_evaluation(store, "nothing")
    run = store.client.create_run(store.runs)
    with pytest.raises(UserError, match="not a finished evaluation"):
        read_evaluation(store, run.info.run_id)


def test_a_pack_is_read_image_by_image(any_store: Store, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (3, 9, 9, 3), np.uint8)
    encoded = [encode_png(image) for image in pixels]
    (tmp_path / "pictures.bin").write_bytes(b"".join(encoded))
    nowhere = np.full((3, 4), np.nan, np.float32)
    index = ImageIndex(
        name="birds",
        classes=CLASSES.classes,
        size=9,
        names=("x", "y", "ü"),
        labels=np.array([0, 1, 1]),
        offsets=np.cumsum([0, *map(len, encoded)]),
        object_boxes=nowhere,
        head_boxes=nowhere,
        skipped=(),
    )
    originals = ["a" * 64, "b" * 64, "c" * 64]
    assert find_images(any_store, "pack-digest") is None
    images = publish_pack(any_store, "pack-digest", index, tmp_path / "pictures.bin", originals)
    assert find_images(any_store, "pack-digest") == images
    read = read_index(any_store, images)
    assert [read_image(any_store, images, read, i) for i in range(3)] == encoded
    assert read_originals(any_store, images) == originals
    assert list(read_all_images(any_store, images).encoded) == encoded


def test_networks_are_told_apart_by_what_is_their_own() -> None:
    """Not by a whole file name, which a chart's label would cut where the difference begins."""

    nothing = EvaluationInfo("", "", "", "", "", "", "", 32, None, (), ())

    def names_of(*models: str) -> list[str]:
        infos = [replace(nothing, run_id=f"{n}-of-many", model=one) for n, one in enumerate(models)]
        return [*network_names(infos).values()]

    assert names_of("mobilenet_v2@mobilenet_v2-imagenet.pth", "resnet18") == [
        "mobilenet_v2",
        "resnet18",
    ]
    assert names_of("net_b0@net-b0-5bit.safetensors", "net_b0@net-b0.pth", "net_b0@mine.pth") == [
        "net_b0 (5bit)",
        "net_b0 (net-b0.pth)",
        "net_b0 (mine)",
    ]
    assert names_of("net@a/x.pth", "net@b/x.pth") == ["net (a/x.pth)", "net (b/x.pth)"]
