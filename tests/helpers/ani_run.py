"""A run whose truth is known: one class is confused, and one kind of its images always fails.

Of 30 images of the first class 16 are right and 13 are taken for the second. The seven small birds
are all wrong; their maps are small, and lie on the bird as all others do.
"""

import numpy as np
import torch

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
from saliencnn.store.runs import RunInfo, finish_run, read_run, start_run

CLASSES = ("Groove billed Ani", "Brewer Blackbird", "Baltimore Oriole")
EACH, SMALL, RIGHT = 30, 7, 16
SIZE, CELLS, FOCUS = 64, 14, 0.64
ACCURACY = (0.7, 0.75, 0.8, 76 / 90)


def plant_ani_run(store: Store) -> RunInfo:
    """Log the run and return it."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(CLASSES)), EACH)
    small = np.arange(len(labels)) < SMALL
    half = np.where(small, 5, 20)
    files = tuple(encode_jpeg(draw_bird(rng, int(one))) for one in half)
    boxes = np.stack([SIZE / 2 - half, SIZE / 2 - half, 2 * half, 2 * half], 1).astype(np.float32)
    index = ImageIndex(
        "birds", CLASSES, SIZE, tuple(f"{i:03d}.jpg" for i in range(len(labels))), labels,
        np.cumsum([0, *map(len, files)]), boxes, np.full_like(boxes, np.nan), (),
    )  # fmt: skip
    images = publish_images(store, "ani", lambda: Images(index, files))
    parameters = Hyperparameters(epochs=len(ACCURACY)).as_dict()
    run_id = start_run(
        store, "birds", parameters, data="birds", image_set="birds", images_id=images,
        arch="mobilenet_v2", weights="none", image_size=str(SIZE), keep="last",
    )  # fmt: skip
    facts = NetworkFacts("mobilenet_v2", CLASSES, prepare_at(SIZE))
    model = write_checkpoint(store, run_id, len(ACCURACY), {"weight": torch.zeros(1)}, facts)
    predicted = labels.copy()
    predicted[: EACH - RIGHT] = 1
    predicted[0] = 2
    predictions = np.zeros(len(labels), PREDICTION)
    predictions["image"], predictions["true"] = np.arange(len(labels)), labels
    predictions["predicted"], predictions["confidence"] = predicted, 0.8
    tables = {"maps.npy": make_table(predictions, small)}
    for epoch, accuracy in enumerate(ACCURACY, start=1):
        metrics = {"val_accuracy": accuracy, "val_loss": 1 / epoch, "train_loss": 0.9 / epoch}
        write_epoch(
            store, run_id, epoch, classes=CLASSES, predictions=predictions, tables=tables,
            metrics={**metrics, "focus": FOCUS}, model_id=model,
        )  # fmt: skip
    finish_run(store, run_id, "FINISHED")
    return read_run(store, run_id)


def draw_bird(rng: np.random.Generator, half: int) -> np.ndarray:
    """Draw a dark square before a noisy ground, uint8 (SIZE, SIZE, 3)."""
    pixels = rng.integers(60, 200, (SIZE, SIZE, 3), dtype=np.uint8)
    middle = slice(SIZE // 2 - half, SIZE // 2 + half)
    pixels[middle, middle] = rng.integers(0, 90, (2 * half, 2 * half, 3), dtype=np.uint8)
    return pixels


def make_table(predictions: np.ndarray, small: np.ndarray) -> MapTable:
    """Return a map of the true and of the predicted class of each image."""
    wrong = np.flatnonzero(predictions["true"] != predictions["predicted"])
    images = np.concatenate([predictions["image"], wrong])
    rows = np.zeros(len(images), row_type(1, CELLS, CELLS))
    for name in ("true", "predicted", "confidence"):
        rows[name] = predictions[name][images]
    rows["image"] = images
    rows["target"] = np.concatenate([predictions["true"], predictions["predicted"][wrong]])
    rows["focus"] = FOCUS
    place = np.abs(np.arange(CELLS) - (CELLS - 1) / 2)
    distance = np.maximum(place[:, None], place[None])
    rng = np.random.default_rng(1)
    spread = np.where(small[images], 0.1, 0.25)
    widths = np.where(small[images], 1.5, 4.5) * rng.uniform(1 - spread, 1 + spread)
    maps = np.exp(-((distance / widths[:, None, None]) ** 2))
    pack_maps(rows, maps[:, None].astype(np.float32))
    return MapTable(("gradcam",), rows)
