import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from sklearn.metrics import f1_score
from torch import nn

from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.sentences import LONGEST
from saliencnn.data.encode import encode_jpeg
from saliencnn.data.imageset import Sample
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import normalise, prepare_at
from saliencnn.models.architectures import find_architecture
from saliencnn.models.spec import CONTRAST
from saliencnn.models.weights import build_network
from saliencnn.recording.held_out import measure_held_out
from saliencnn.recording.map_plan import plan_maps
from saliencnn.saliency import explain
from saliencnn.saliency.methods import PASS_METHODS
from saliencnn.store.artifacts import location_of, read_bytes
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.epochs import (
    read_class_maps,
    read_confusion,
    read_manifest,
    read_per_class,
    read_predictions,
)
from saliencnn.store.history import read_history
from saliencnn.store.images import read_all_images
from saliencnn.store.maptable import MapTable, unpack_maps
from saliencnn.store.runs import RunInfo, list_runs, read_run
from saliencnn.store.skipped import read_skipped
from saliencnn.store.training_images import read_leaks, read_training_images
from tests.helpers.epochs import epoch_and_phase
from tests.helpers.maps import read_all_maps

SMALL = "planted:train=32,validation=16,counterfactual=0,size=32,seed=0"


def load_network(store: Store, run: RunInfo, epoch: int) -> nn.Module:
    model_id = read_manifest(store, run.run_id, epoch).model_id
    model = build_network(run.arch, 8).model.eval()
    model.load_state_dict(read_checkpoint(store, model_id))
    return model


def load_images(store: Store, run: RunInfo) -> torch.Tensor:
    pixels = decode_planes(read_all_images(store, run.images_id).encoded)
    return normalise(pixels).contiguous(memory_format=torch.channels_last)


def metrics_of(store: Store, run: RunInfo, epoch: int) -> dict[str, float]:
    history = read_history(store, [run.run_id], run.metrics)
    own = history[history["epoch"] == epoch]
    return dict(zip(own["metric"], own["value"], strict=True))


def make_folder(root: Path, training: int, validation: int, unreadable: set[str]) -> Path:
    """Write images of odd sizes in two colours; some cannot be read."""
    rng = np.random.default_rng(0)
    for split, count in (("train", training), ("val", validation)):
        for channel, name in enumerate(("red", "green")):
            (root / split / name).mkdir(parents=True)
            for i in range(count):
                image = rng.integers(0, 90, (*rng.integers(33, 80, 2), 3), np.uint8)
                image[..., channel] += 150
                content = encode_jpeg(image)
                path = f"{split}/{name}/{i}.jpg"
                (root / path).write_bytes(content[:200] if path in unreadable else content)
    return root


@pytest.fixture(params=["tiny_run", "seeded_run"])
def run(request: pytest.FixtureRequest) -> RunInfo:
    """A run for each branch of ``plan_maps``."""
    return request.getfixturevalue(request.param)


def test_a_finished_run_says_what_it_was(tiny_run: RunInfo) -> None:
    assert (tiny_run.name, tiny_run.status, tiny_run.reason) == ("tiny", "finished", "")
    assert (tiny_run.arch, tiny_run.image_size, tiny_run.keep) == ("smallgap", 48, "all")
    assert tiny_run.epoch == 3
    assert tiny_run.progress == ""
    given = Hyperparameters.from_mapping(tiny_run.hyperparameters)
    assert given == Hyperparameters(epochs=3, batch_size=32)
    assert any("sticker" in note for note in tiny_run.notes)


def test_every_epoch_has_every_metric_once(store: Store, tiny_run: RunInfo) -> None:
    names = {
        *("train_loss", "train_accuracy", "learning_rate", "seconds", "images_per_second"),
        *("val_loss", "val_accuracy", "val_top5", "val_macro_f1", "best_val_accuracy"),
        "val_balanced_accuracy",
        *(
            "focus",
            "head_focus",
            "focus_gradcampp",
            "focus_inside",
            "pointing",
            "focus_images",
            "empty_maps",
            "negative_energy",
            "total_variation",
            "entropy",
            "attended_area",
            "counterfactual_accuracy",
            "counterfactual_images",
            "epoch",
        ),
    }
    assert set(tiny_run.metrics) == names
    for name in names:
        steps = [m.step for m in store.client.get_metric_history(tiny_run.run_id, name)]
        assert steps == [1, 2, 3]


def test_maps_that_judge_explain_the_contrast(store: Store, tiny_run: RunInfo) -> None:
    """CAM behind a centred head: the maps of all classes add up to nothing."""
    assert tiny_run.score == CONTRAST
    model = load_network(store, tiny_run, 3)
    images = read_all_images(store, tiny_run.images_id)
    features = model.get_submodule("features")(normalise(decode_planes(images.encoded[:4])))
    weight = model.get_submodule("fc").weight
    expected = torch.einsum("nchw,kc->nkhw", features, weight - weight.mean(0)).detach()
    table = read_all_maps(store, tiny_run.run_id, 3, "maps.npy")
    cam = unpack_maps(table.rows)[:, table.methods.index("cam")]
    for row, found in zip(table.rows, cam, strict=True):
        if row["image"] < 4:
            wanted = expected[row["image"], row["target"]].numpy()
            np.testing.assert_allclose(found, wanted, atol=2e-3 * abs(wanted).max())


def test_training_learns(store: Store, tiny_run: RunInfo) -> None:
    losses = [metrics_of(store, tiny_run, epoch)["train_loss"] for epoch in tiny_run.epochs]
    assert losses[2] < losses[1] < losses[0]


def test_metrics_agree_with_the_stored_predictions(store: Store, run: RunInfo) -> None:
    best = 0.0
    for epoch in run.epochs:
        metrics = metrics_of(store, run, epoch)
        rows = read_predictions(store, run.run_id, epoch)
        assert rows["image"].tolist() == list(range(len(rows)))
        accuracy = (rows["true"] == rows["predicted"]).mean()
        best = max(best, accuracy)
        present = np.unique(rows["true"])
        f1 = f1_score(rows["true"], rows["predicted"], labels=present, average="macro")
        assert metrics["val_accuracy"] == pytest.approx(accuracy)
        assert metrics["best_val_accuracy"] == pytest.approx(best)
        assert metrics["val_macro_f1"] == pytest.approx(f1)
        matrix = read_confusion(store, run.run_id, epoch)
        assert matrix.sum() == len(rows)
        assert np.trace(matrix) == pytest.approx(accuracy * len(rows))
        counts = np.bincount(rows["true"], minlength=8)
        assert matrix.sum(axis=1).tolist() == counts.tolist()
        assert read_per_class(store, run.run_id, epoch)["images"].tolist() == counts.tolist()


def test_predictions_are_those_of_the_kept_checkpoint(store: Store, run: RunInfo) -> None:
    images = load_images(store, run)
    labels = read_all_images(store, run.images_id).index.labels
    for epoch in run.epochs:
        rows, metrics = read_predictions(store, run.run_id, epoch), metrics_of(store, run, epoch)
        with torch.no_grad():
            logits = load_network(store, run, epoch)(images)
        chances = logits.softmax(1)
        assert rows["true"].tolist() == labels.tolist()
        assert rows["predicted"].tolist() == chances.argmax(1).tolist()
        np.testing.assert_allclose(rows["confidence"], chances.max(1).values, atol=1e-5)
        own = chances[torch.arange(len(labels)), torch.from_numpy(labels)]
        np.testing.assert_allclose(rows["true_confidence"], own, atol=1e-5)
        loss = nn.functional.cross_entropy(logits, torch.from_numpy(labels))
        assert metrics["val_loss"] == pytest.approx(float(loss), rel=1e-4)
        rank = (chances > own[:, None]).sum(1)
        assert metrics["val_top5"] == pytest.approx(float((rank < 5).float().mean()))


def check_table(store: Store, run: RunInfo, epoch: int, table: MapTable, seed: int) -> None:
    """Check every row of a table against ``explain`` on the reloaded checkpoint."""
    images, rows = load_images(store, run), table.rows
    predictions = read_predictions(store, run.run_id, epoch)
    model = load_network(store, run, epoch)
    targets = torch.from_numpy(rows["target"].astype(np.int64))
    chosen = images[torch.from_numpy(rows["image"].astype(np.int64))]
    expected = explain(model, chosen, targets, table.methods, spec=run.spec, seed=seed)
    logged = unpack_maps(rows)
    for position, method in enumerate(table.methods):
        maps = expected[method].numpy()
        largest = np.abs(maps).max(axis=(1, 2), keepdims=True)
        assert (np.abs(logged[:, position] - maps) <= 1e-3 * largest + 1e-9).all(), method
        assert (largest > 0).mean() > 0.5, method
    np.testing.assert_array_equal(rows["true"], predictions["true"][rows["image"]])
    np.testing.assert_array_equal(rows["predicted"], predictions["predicted"][rows["image"]])
    np.testing.assert_allclose(
        rows["confidence"], predictions["confidence"][rows["image"]], atol=1e-6
    )
    with torch.no_grad():
        chances = model(chosen).softmax(1)
    own = chances[torch.arange(len(rows)), targets]
    np.testing.assert_allclose(rows["target_confidence"], own, atol=1e-5)


def pairs(images: np.ndarray, predictions: np.ndarray) -> list[tuple[int, int]]:
    """The (image, target) pairs to be logged: the true class and a wrongly predicted one."""
    rows = predictions[images]
    wrong = rows[rows["true"] != rows["predicted"]]
    found = [*zip(rows["image"], rows["true"], strict=True)]
    found += [*zip(wrong["image"], wrong["predicted"], strict=True)]
    return sorted((int(image), int(target)) for image, target in found)


def test_maps_of_every_image_are_those_of_the_checkpoint(store: Store, run: RunInfo) -> None:
    seed = int(run.hyperparameters["seed"])
    for epoch in (1, run.epoch):
        predictions = read_predictions(store, run.run_id, epoch)
        assert (predictions["true"] != predictions["predicted"]).any()
        table = read_all_maps(store, run.run_id, epoch, "maps.npy")
        logged = sorted((int(r["image"]), int(r["target"])) for r in table.rows)
        assert logged == pairs(np.arange(len(predictions)), predictions)
        assert table.methods[:3] == PASS_METHODS
        check_table(store, run, epoch, table, seed)


def test_smoothgrad_maps_of_every_image_behind_a_pooled_head(
    store: Store, tiny_run: RunInfo
) -> None:
    manifest = read_manifest(store, tiny_run.run_id, 1)
    assert list(manifest.layouts) == ["maps.npy"]
    assert manifest.methods == (*PASS_METHODS, "smoothgradcampp")


@pytest.mark.parametrize(
    ("counts", "training", "whole", "probe"),
    [
        ((10, 10), 160, True, None),
        ((10, 10), 159, False, (9, 9)),
        ((10, 2), 64, False, (4, 2)),
        ((10, 10), 3, False, (1, 1)),
        ((0, 5), 16, False, (0, 2)),
    ],
)
def test_the_rule_for_smoothgrad_counts_images(
    counts: tuple[int, int], training: int, whole: bool, probe: tuple[int, int] | None
) -> None:
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1], counts))
    plan = plan_maps(find_architecture("squeezenet1_1"), labels, training)
    assert plan.tables["maps.npy"][1].tolist() == list(range(len(labels)))
    assert ("smoothgradcampp" in plan.tables["maps.npy"][0]) == whole
    assert ("smooth-maps.npy" in plan.tables) != whole
    if probe:
        methods, images = plan.tables["smooth-maps.npy"]
        assert methods == ("smoothgradcampp",)
        assert np.bincount(labels[images], minlength=2).tolist() == list(probe)
        assert (np.diff(images) > 0).all()


def test_focus_is_the_mean_over_the_rows_of_true_classes(store: Store, run: RunInfo) -> None:
    for epoch in run.epochs:
        table = read_all_maps(store, run.run_id, epoch, "maps.npy")
        metrics = metrics_of(store, run, epoch)
        own = table.rows[table.rows["target"] == table.rows["true"]]
        gradcam = table.methods.index("gradcam")
        for name in ("focus", "head_focus"):
            values = own[name][:, gradcam]
            assert np.isfinite(values).any()
            assert metrics[name] == pytest.approx(float(np.nanmean(values)), rel=1e-5)


def test_focus_is_the_share_of_energy_on_the_exact_masks(store: Store, tiny_run: RunInfo) -> None:
    masks = read_all_images(store, tiny_run.images_id).object_masks
    assert masks is not None
    table = read_all_maps(store, tiny_run.run_id, 3, "maps.npy")
    side = table.rows["maps"].shape[-1]
    cells = masks.reshape(len(masks), side, 48 // side, side, 48 // side).mean(axis=(2, 4))
    maps = np.maximum(unpack_maps(table.rows), 0).astype(np.float64)
    inside = (maps * cells[table.rows["image"]][:, None]).sum(axis=(2, 3))
    total = maps.sum(axis=(2, 3))
    known = total > 0
    np.testing.assert_allclose(table.rows["focus"][known], inside[known] / total[known], atol=2e-3)


def test_a_class_is_read_with_what_was_attributed_to_it(store: Store, tiny_run: RunInfo) -> None:
    predictions = read_predictions(store, tiny_run.run_id, 3)
    for target in range(8):
        tables = read_class_maps(store, tiny_run.run_id, [3], target)[3]
        own = (predictions["true"] == target) | (predictions["predicted"] == target)
        assert tables[0].rows["image"].tolist() == np.flatnonzero(own).tolist()


def test_the_checkpoint_carries_its_epoch_s_metrics(store: Store, tiny_run: RunInfo) -> None:
    assert list(kept_epochs(store, tiny_run.run_id)) == [1, 2, 3]
    for epoch, model_id in kept_epochs(store, tiny_run.run_id).items():
        assert read_manifest(store, tiny_run.run_id, epoch).model_id == model_id
        model = store.client.get_logged_model(model_id)
        found = {metric.key: (metric.step, metric.value) for metric in model.metrics}
        assert found == {
            key: (epoch, value) for key, value in metrics_of(store, tiny_run, epoch).items()
        }


def test_progress_is_reported_in_order(store: Store) -> None:
    seen: dict[int, list[tuple[float, str]]] = {1: [], 2: []}
    finished: list[FinishedEpoch] = []

    def report(fraction: float, words: str) -> None:
        epoch, phase = epoch_and_phase(words)
        seen[epoch].append((fraction, phase))

    request = Request(SMALL, image_size=32, hyperparameters=Hyperparameters(epochs=2, batch_size=8))
    run_id = train(store, request, report, on_epoch=finished.append)
    for epoch, own in seen.items():
        fractions, phases = ([call[place] for call in own] for place in (0, 1))
        assert phases == sorted(phases), "training comes before validating"
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1
        learned = fractions[phases.count("training") - 1]
        assert fractions[: phases.count("training")] == pytest.approx(
            [learned * batch / 4 for batch in (1, 2, 3, 4)]
        )
        metrics = metrics_of(store, read_run(store, run_id), epoch)
        assert finished[epoch - 1].metrics["val_accuracy"] == metrics["val_accuracy"]
    assert [(f.run_id, f.epoch, f.epochs) for f in finished] == [(run_id, 1, 2), (run_id, 2, 2)]


def test_the_seed_decides_everything(store: Store) -> None:
    def losses(seed: int) -> list[float]:
        hp = Hyperparameters(epochs=1, batch_size=8, seed=seed, dropout=0.5, color_jitter=0.5)
        run = read_run(store, train(store, Request(SMALL, image_size=32, hyperparameters=hp)))
        return [run.metrics[name] for name in ("train_loss", "val_loss", "focus")]

    first = losses(7)
    assert losses(7) == pytest.approx(first, rel=1e-6)
    assert losses(8) != pytest.approx(first, rel=1e-3)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_only_the_wanted_checkpoint_stays(store: Store, keep: str) -> None:
    for seed in range(1, 9):  # until the last epoch is not the best one
        hp = Hyperparameters(epochs=4, learning_rate=0.01, seed=seed, batch_size=8)
        request = Request(SMALL, hyperparameters=hp, image_size=32, keep=keep)
        run = read_run(store, train(store, request))
        history = read_history(store, [run.run_id], ["val_accuracy"])
        assert history["epoch"].tolist() == [1, 2, 3, 4]
        accuracies = history["value"].to_numpy()
        best = int(np.flatnonzero(accuracies == accuracies.max())[-1]) + 1
        if best != 4:
            break
    assert best != 4
    assert list(kept_epochs(store, run.run_id)) == [best if keep == "best" else 4]
    weights = store.client.search_logged_models(
        [store.runs], filter_string=f"source_run_id = '{run.run_id}'"
    )
    assert len(weights) == 1
    for epoch in run.epochs:
        assert len(read_all_maps(store, run.run_id, epoch, "maps.npy").rows) >= 16
        assert len(read_predictions(store, run.run_id, epoch)) == 16


def test_a_diverging_run_fails_with_a_sentence(store: Store) -> None:
    hp = Hyperparameters(learning_rate=10.0, optimizer="sgd", batch_size=4, epochs=2)
    request = Request(SMALL, "squeezenet1_1", hyperparameters=hp, image_size=64, name="diverging")
    with pytest.raises(UserError, match="lower the learning rate") as caught:
        train(store, request)
    run = next(run for run in list_runs(store) if run.name == "diverging")
    assert run.status == "failed"
    assert run.reason == str(caught.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            RuntimeError(
                "Caught RuntimeError in DataLoader worker process 0.\nOriginal Traceback (most "
                'recent call last):\n  File "/x/.venv/lib/torch/y.py", line 3\nRuntimeError: no '
            ),
            "fault in saliencnn itself (RuntimeError: RuntimeError: no)",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "The disk is full, so '/x/y'"),
    ],
)
def test_a_failed_run_s_reason_is_a_sentence_of_one_line(
    store: Store, error: Exception, said: str
) -> None:
    def end_badly(_epoch: FinishedEpoch) -> None:
        raise error

    started: list[str] = []
    request = Request(SMALL, image_size=32, hyperparameters=Hyperparameters(epochs=1))
    with pytest.raises(type(error)):
        train(store, request, started=started.append, on_epoch=end_badly)
    reason = read_run(store, started[0]).reason
    assert said in reason
    assert "Traceback (most" not in reason
    assert ".venv" not in reason
    assert len(reason.splitlines()) == 1
    assert len(reason) <= LONGEST


def test_unreadable_images_are_noted_and_training_goes_on(store: Store, tmp_path: Path) -> None:
    bad = {"train/red/1.jpg", "val/green/0.jpg"}
    folder = make_folder(tmp_path / "odd", training=8, validation=4, unreadable=bad)
    hp = Hyperparameters(epochs=2, batch_size=4)
    run_id = train(store, Request(f"folder:{folder}", hyperparameters=hp, image_size=32))
    run = read_run(store, run_id)
    assert run.status == "finished"
    assert run.epoch == 2
    for name in bad:
        (note,) = (note for note in run.notes if name in note)
        assert f"{name} cannot be read: its header is damaged" in note
    for split, path in (("training", "train/red/1.jpg"), ("validation", "val/green/0.jpg")):
        assert read_skipped(store, run_id, split) == [path]
        where = f"skipped/{split}.txt"
        assert any(where in note for note in run.notes), "where all names are, if they are many"
        assert read_bytes(store, location_of(store, run_id), where).decode() == f"{path}\n"
    assert len(read_predictions(store, run_id, 2)) == 7
    assert "focus" not in run.metrics
    assert np.isnan(read_all_maps(store, run_id, 2, "maps.npy").rows["focus"]).all()


def test_no_readable_training_image_is_a_sentence(store: Store, tmp_path: Path) -> None:
    bad = {f"train/{name}/{i}.jpg" for name in ("red", "green") for i in range(2)}
    folder = make_folder(tmp_path / "dead", training=2, validation=2, unreadable=bad)
    request = Request(f"folder:{folder}", image_size=32, name="dead")
    with pytest.raises(UserError, match="None of the 4 training images can be read"):
        train(store, request)
    run = next(run for run in list_runs(store) if run.name == "dead")
    assert (run.status, run.epoch) == ("failed", 0)
    assert "None of the 4" in run.reason


def one_class(root: Path) -> Request:
    (root / "only").mkdir()
    (root / "only" / "a.jpg").touch()
    return Request(f"folder:{root}")


MISTAKES = {
    "one class": one_class,
    "no folder": lambda root: Request(f"folder:{root}/nope"),
    "image set": lambda root: Request("birds"),
    "architecture": lambda root: Request(SMALL, "resnet19"),
    "keep": lambda root: Request(SMALL, keep="none"),
    "weights": lambda root: Request(SMALL, weights=str(root / "w.safetensors")),
    "tiny image size": lambda root: Request(SMALL, image_size=4),
    "negative image size": lambda root: Request(SMALL, image_size=-64),
    "no image size": lambda root: Request(SMALL, image_size=0),
    "huge image size": lambda root: Request(SMALL, image_size=100_000),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_a_sentence_and_leaves_no_run(
    store: Store, tmp_path: Path, mistake: str
) -> None:
    before = {run.run_id for run in list_runs(store)}
    with pytest.raises(UserError) as caught:
        train(store, MISTAKES[mistake](tmp_path))
    assert "\n" not in str(caught.value)
    assert {run.run_id for run in list_runs(store)} == before


def test_a_frozen_backbone_keeps_every_bit(store: Store, tiny_run: RunInfo, tmp_path: Path) -> None:
    was = read_checkpoint(store, kept_epochs(store, tiny_run.run_id)[3])
    safetensors.torch.save_file(was, tmp_path / "w.safetensors")
    hp = Hyperparameters(
        epochs=1, batch_size=8, freeze_backbone=True, weight_decay=0.5, dropout=0.5
    )
    run_id = train(
        store,
        Request(SMALL, weights=str(tmp_path / "w.safetensors"), hyperparameters=hp, image_size=32),
    )
    now = read_checkpoint(store, kept_epochs(store, run_id)[1])
    assert now.keys() == was.keys()
    for name in was:
        same = torch.equal(now[name], was[name])
        assert same != name.startswith("fc."), name


def test_a_convolutional_head_logs_cam_and_noisy_copies_of_some(store: Store) -> None:
    data = "planted:train=16,validation=8,counterfactual=0,size=64"
    hp = Hyperparameters(epochs=1, batch_size=8, learning_rate=1e-4)
    run_id = train(store, Request(data, "squeezenet1_1", hyperparameters=hp, image_size=64))
    run = read_run(store, run_id)
    assert read_manifest(store, run_id, 1).methods == (*PASS_METHODS, "smoothgradcampp")
    table = read_all_maps(store, run_id, 1, "maps.npy")
    assert table.methods == PASS_METHODS
    check_table(store, run, 1, table, seed=0)
    predictions = read_predictions(store, run_id, 1)
    smooth = read_all_maps(store, run_id, 1, "smooth-maps.npy")
    images = np.unique(smooth.rows["image"])
    # 16 training images pay for 2 images with 8 copies, fewer than one of each class.
    assert np.bincount(predictions["true"][images]).tolist() == [1] * 8
    logged = sorted((int(r["image"]), int(r["target"])) for r in smooth.rows)
    assert logged == pairs(images, predictions)
    check_table(store, run, 1, smooth, seed=0)


class _Listening(nn.Module):
    """A network that takes note of what it is shown and always says 1."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.shapes.append(tuple(images.shape))
        return torch.tensor([[0.0, 1.0, 0.0]]).repeat(len(images), 1)


def test_counter_images_are_shown_as_validation_images_are() -> None:
    shapes = [(40, 40), (30, 70), (64, 50)]
    samples = [
        Sample(f"{i}", i % 2, np.zeros((*shape, 3), np.uint8)) for i, shape in enumerate(shapes)
    ]
    samples.insert(1, Sample("gone", 1, Path("gone.png")))
    network = _Listening()
    measured = measure_held_out(network, samples, prepare_at(40))
    assert measured is not None
    assert measured.accuracy == pytest.approx(1 / 3)
    assert measured.unreadable == ("gone",)
    assert network.shapes == [(3, 3, 40, 40)]
    assert measure_held_out(network, samples[1:2], prepare_at(40)) is None


def test_dealt_labels_teach_nothing(store: Store) -> None:
    """The network learns them by heart or not at all; the validation images keep the truth."""
    data = "planted:train=160,validation=48,counterfactual=0,size=48,shortcut=0.98,seed=0"
    runs_of = {}
    for dealt in (False, True):
        hp = Hyperparameters(epochs=4, batch_size=16, shuffle_labels=dealt)
        run = read_run(store, train(store, Request(data, image_size=48, hyperparameters=hp)))
        assert any("labels were randomized" in note for note in run.notes) == dealt
        runs_of[dealt] = run
    assert runs_of[True].images_id == runs_of[False].images_id
    accuracies = {dealt: run.metrics["best_val_accuracy"] for dealt, run in runs_of.items()}
    assert accuracies[True] < 0.35 < accuracies[False]


def test_images_in_both_splits_are_noted_and_listed(store: Store, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for place in ("train/cat/0", "train/cat/1", "train/dog/2", "val/cat/3", "val/dog/4"):
        path = tmp_path / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (48, 48, 3), np.uint8)).save(path)
    shutil.copy(tmp_path / "train/cat/1.png", tmp_path / "val/cat/3.png")
    hp = Hyperparameters(epochs=1, batch_size=4, shuffle_labels=True)
    run_id = train(store, Request(f"folder:{tmp_path}", hyperparameters=hp, image_size=48))
    notes = [note for note in read_run(store, run_id).notes if "among the training images" in note]
    assert len(notes) == 1
    assert "1 of 2 validation images" in notes[0]
    pair = ("train/cat/1.png", "training", "cat", "val/cat/3.png", "validation", "cat")
    assert read_leaks(store, run_id) == [("identical", *pair, "0")]
    kept = read_training_images(store, run_id)
    assert kept is not None
    assert [row[:2] for row in kept.rows] == [
        ("train/cat/0.png", "cat"),
        ("train/cat/1.png", "cat"),
        ("train/dog/2.png", "dog"),
    ]


@pytest.mark.parametrize("name", [b"\xc4\xf1", b"a\nb"])
def test_a_class_whose_name_no_store_holds_is_trained(
    store: Store, tmp_path: Path, name: bytes
) -> None:
    """The epoch is not lost, and its table of classes is read."""
    rng = np.random.default_rng(0)
    for folder in (b"cat", name):
        for i in range(3):
            path = tmp_path / os.fsdecode(folder) / os.fsdecode(name + b"%d.png" % i)
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (48, 48, 3), np.uint8)).save(path)
    hp = Hyperparameters(epochs=1, batch_size=4)
    run_id = train(store, Request(f"folder:{tmp_path}", hyperparameters=hp, image_size=48))
    run = read_run(store, run_id)
    assert (run.status, run.epoch) == ("finished", 1)
    index = read_all_images(store, run.images_id).index
    assert list(read_per_class(store, run_id, 1)["class"]) == list(index.classes)
    assert all(text.isprintable() for text in (*index.classes, *index.names, *run.notes))
