"""Stores full of synthetic runs, of the sizes that labs have."""

import time

import numpy as np
import torch
from mlflow.entities import Metric

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.encode import encode_jpeg
from saliencnn.data.image_index import ImageIndex, Images
from saliencnn.data.preparation import prepare_at
from saliencnn.models.served import NetworkFacts
from saliencnn.store.checkpoints import write_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.epochs import PREDICTION, write_epoch
from saliencnn.store.images import publish_images
from saliencnn.store.maptable import MapTable, pack_maps, row_type
from saliencnn.store.runs import finish_run, start_run

CLASSES, IMAGES, EPOCHS = 200, 5794, 50


def cub_sized_run(store: Store) -> str:
    """Log a run of 200 classes, 5,794 validation images and 50 epochs; return its id."""
    rng = np.random.default_rng(0)
    labels = np.sort(np.arange(IMAGES) % CLASSES)
    names = tuple(f"{i:03d}. a bird" for i in range(CLASSES))
    noise = rng.integers(0, 256, (8, 28, 28, 3), dtype=np.uint8)
    encoded = [encode_jpeg(np.kron(n, np.ones((8, 8, 1), np.uint8))) for n in noise]
    files = tuple(encoded[i % 8] for i in range(IMAGES))
    boxes = np.tile(np.array([56, 56, 112, 112], np.float32), (IMAGES, 1))
    index = ImageIndex(
        "cub-sized", names, 224, tuple(f"{i}.jpg" for i in range(IMAGES)), labels,
        np.cumsum([0, *map(len, files)]), boxes, boxes, (),
    )  # fmt: skip
    images = publish_images(store, f"bench-{time.time()}", lambda: Images(index, files))
    run_id = start_run(
        store, "cub-sized", Hyperparameters(epochs=EPOCHS).as_dict(), data="synthetic",
        image_set="cub-sized", images_id=images, arch="resnet18", weights="none",
        image_size="224", keep="all",
    )  # fmt: skip
    weights = {"weight": torch.zeros(1)}
    model_id = write_checkpoint(
        store, run_id, EPOCHS, weights, NetworkFacts("resnet18", names, prepare_at(224))
    )
    probe = np.sort(np.concatenate([np.flatnonzero(labels == c)[:3] for c in range(CLASSES)]))
    for epoch in range(1, EPOCHS + 1):
        predicted = np.where(rng.random(IMAGES) < 0.3, rng.integers(0, CLASSES, IMAGES), labels)
        scores = np.zeros(IMAGES, PREDICTION)
        scores["image"], scores["true"], scores["predicted"] = (
            np.arange(IMAGES), labels, predicted,
        )  # fmt: skip
        scores["confidence"] = rng.random(IMAGES)
        tables = {
            "maps.npy": _table(rng, ("cam", "gradcam", "gradcampp"), np.arange(IMAGES), scores),
            "smooth-maps.npy": _table(rng, ("smoothgradcampp",), probe, scores),
        }
        write_epoch(
            store, run_id, epoch, classes=names, predictions=scores, tables=tables,
            metrics=_metrics(epoch), model_id=model_id,
        )  # fmt: skip
    finish_run(store, run_id, "FINISHED")
    return run_id


def many_runs(store: Store, runs: int = 500, epochs: int = EPOCHS) -> list[str]:
    """Log the numbers of many runs; return their ids."""
    ids = []
    for number in range(runs):
        hp = Hyperparameters(epochs=epochs, seed=number)
        run_id = start_run(
            store, f"run {number}", hp.as_dict(), data="synthetic", image_set="none",
            images_id="", arch="resnet18", weights="none", image_size="224", keep="all",
        )  # fmt: skip
        now = int(time.time() * 1000)
        metrics = [
            Metric(key, value, now, epoch)
            for epoch in range(1, epochs + 1)
            for key, value in {**_metrics(epoch), "epoch": float(epoch)}.items()
        ]
        store.client.log_batch(run_id, metrics=metrics)
        finish_run(store, run_id, "FINISHED")
        ids.append(run_id)
    return ids


def _metrics(epoch: int) -> dict[str, float]:
    names = (
        "train_loss", "train_accuracy", "learning_rate", "val_loss", "val_accuracy", "val_top5",
        "val_macro_f1", "focus", "head_focus", "best_val_accuracy", "seconds", "images_per_second",
        "focus_inside",
    )  # fmt: skip
    return {name: 1 - 1 / (epoch + place) for place, name in enumerate(names, start=1)}


def _table(
    rng: np.random.Generator, methods: tuple[str, ...], images: np.ndarray, scores: np.ndarray
) -> MapTable:
    own, wrong = images, images[scores["predicted"][images] != scores["true"][images]]
    rows = np.zeros(len(own) + len(wrong), row_type(len(methods), 7, 7))
    rows["image"] = np.concatenate([own, wrong])
    rows["true"] = scores["true"][rows["image"]]
    rows["predicted"] = scores["predicted"][rows["image"]]
    rows["target"] = np.concatenate([scores["true"][own], scores["predicted"][wrong]])
    rows["confidence"] = scores["confidence"][rows["image"]]
    rows["focus"] = rng.random((len(rows), len(methods)))
    pack_maps(rows, rng.random((len(rows), len(methods), 7, 7), dtype=np.float32))
    return MapTable(methods, rows)
