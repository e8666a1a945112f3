"""What maps cost beside the forward pass and the epoch they come with."""

import tempfile
from pathlib import Path

import numpy as np
import torch

from pipelines.training.optimizer import learn, make_optimizer
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import normalise, prepare_at
from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.served import NetworkFacts
from saliencnn.models.weights import build_network
from saliencnn.recording.map_plan import Plan, map_shape
from saliencnn.recording.validation import Validated, cover_regions, validate
from saliencnn.saliency import explain
from saliencnn.store.checkpoints import write_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.epochs import write_epoch
from saliencnn.store.maptable import MapTable
from saliencnn.store.runs import start_run
from tests.benchmarks.measure import paired
from tests.benchmarks.methods import make_images, network
from tests.benchmarks.row import Row
from tests.helpers.devices import DEVICES
from tests.helpers.stores import new_store

METHODS = ("cam", "gradcam", "gradcampp")
PAIRS = 7
BATCH = {"cpu": 16, "cuda": 64}
"""Images in a pass; with fewer, a GPU waits for the next layer most of the time."""


def shared_pass(arch: str, batch: int, device: str) -> Row:
    """Three maps of a batch against one plain forward pass of it."""
    model, images, targets = network(arch, device), make_images(batch, device), torch.arange(batch)

    def plain() -> None:
        with torch.inference_mode():
            model(images)

    def explained() -> None:
        explain(model, images, targets, METHODS, spec=ARCHITECTURES[arch])

    forward, maps, ratio = paired(plain, explained, PAIRS)
    return Row(
        f"CAM + Grad-CAM + Grad-CAM++ of {batch} images, {arch} on {device}, in forward passes",
        ratio,
        1.2,
        f"forward {forward:.3f} s, maps {maps:.3f} s",
    )


def logged_epoch() -> Row:
    """A whole epoch with and without maps: resnet18, 224 px, as many to learn from as to see."""
    drawn = np.random.default_rng(0).integers(0, 256, (96, 224, 224, 3), dtype=np.uint8)
    samples = tuple(Sample(f"{i}", i % 8, image) for i, image in enumerate(drawn))
    classes = tuple("abcdefgh")
    kept = fit_validation(ImageSet("noise", classes, samples, samples), validation_geometry(224))
    architecture = ARCHITECTURES["resnet18"]
    model = build_network("resnet18", 8).model.to(memory_format=torch.channels_last)
    hp = Hyperparameters()
    optimizer = make_optimizer(model, architecture, hp)
    everything = np.arange(len(samples))
    plan = Plan({"maps.npy": (METHODS, everything)}, everything[:0])
    regions = cover_regions(kept, map_shape(model, architecture, (3, 224, 224)))
    images = normalise(torch.from_numpy(drawn).permute(0, 3, 1, 2))
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(kept.index.labels)

    def train() -> None:
        model.train()
        for start in range(0, len(samples), 32):
            part = slice(start, start + 32)
            learn(model, architecture, optimizer, images[part], labels[part], None, hp)

    def write(store: Store, run_id: str, tables: dict[str, MapTable], scores: np.ndarray) -> None:
        model_id = write_checkpoint(
            store, run_id, 1, model.state_dict(), NetworkFacts("resnet18", classes, prepare_at(224))
        )
        write_epoch(
            store, run_id, 1, classes=classes, predictions=scores, tables=tables,
            metrics={"val_loss": 0.0}, model_id=model_id,
        )  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder))
        run_id = start_run(store, "bench", {}, image_set="noise")

        def explained() -> Validated:
            found = validate(model, architecture, prepare_at(224), kept, plan, regions, 0)
            assert found
            return found

        rows = explained().predictions

        def without() -> None:
            train()
            model.eval()
            with torch.inference_mode():
                for start in range(0, len(samples), 64):
                    batch = normalise(decode_planes(kept.encoded[start : start + 64]))
                    model(batch.contiguous(memory_format=torch.channels_last)).softmax(1)
            write(store, run_id, {}, rows)

        def logging() -> None:
            train()
            validated = explained()
            write(store, run_id, validated.tables, validated.predictions)

        plain, mapped, ratio = paired(without, logging, PAIRS)
    return Row(
        "Epoch with all maps of all validation images logged, resnet18, in epochs without",
        ratio,
        1.05,
        f"without {plain:.2f} s, with {mapped:.2f} s",
    )


def run() -> list[Row]:
    shared = [
        shared_pass(arch, BATCH[device], device)
        for device in DEVICES
        for arch in ("resnet50", "resnet18")
    ]
    return [*shared, logged_epoch()]
