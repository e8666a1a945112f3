"""What ImageNet's size would take: ``python -m tests.benchmarks.imagenet_size [PART]``.

It makes a PART (default 400) of ImageNet: 1,281,167 / PART images to learn from and 50,000 / PART
to validate on, JPEGs of 500 x 375 pixels in 1,000 / PART classes, and half as many once more. What
a training does with them is measured at both sizes, each in a process of its own. The whole is
extrapolated from both as a fixed part and a part that grows with the images. Where a further image
costs more than the average one by ``WORSE``, that is no better than a guess, and fails; twice the
images at four times the cost would give 1.5. Seconds are of CPU, so that other work on the machine
matters little; those by the clock stand beside them. Memory is what Python and NumPy hold at most,
and what the process has of the machine's (RSS), torch and the files it has mapped included. The
network is the demo's, so that everything but the network is measured.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pipelines.training.image_facts import KnownImages
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.fitted import fit_validation
from saliencnn.data.loader import iterate, load_epoch
from saliencnn.data.preparation import prepare_at
from saliencnn.data.sources import read_image_set
from saliencnn.models.architectures import find_architecture
from saliencnn.recording.decoded import DecodedImages
from saliencnn.recording.map_plan import SMALL as SMALL_MAPS
from saliencnn.recording.map_plan import choose_map_images, plan_maps
from saliencnn.store.images import publish_images, read_all_images
from saliencnn.store.maptable import row_type
from saliencnn.store.retention import SMALL as SMALL_CHECKPOINTS
from saliencnn.store.retention import choose_keep, choose_staying
from tests.benchmarks.row import Row
from tests.helpers.stores import new_store

TRAINING, VALIDATION, CLASSES, EPOCHS = 1_281_167, 50_000, 1_000, 90
SIZE = 224
LOADERS = 2
CHECKPOINT = 102_550_000
"""Bytes of ResNet-50's."""
MAP = (7, 7)
WORSE = 1.3
MB, GB = 1e6, 1e9


def make_images(root: Path, part: float) -> None:
    """Write a part of ImageNet: photographs' size, bytes and smoothness, each another."""
    classes = max(2, round(CLASSES / part))
    for split, whole in (("train", TRAINING), ("val", VALIDATION)):
        count = max(classes, round(whole / part))
        for label in range(classes):
            (root / split / f"n{label:08d}").mkdir(parents=True)

        def write(number: int, split: str = split) -> None:
            rng = np.random.default_rng((number, split == "val"))
            coarse = Image.fromarray(rng.integers(0, 255, (9, 12, 3), np.uint8))
            smooth = np.asarray(coarse.resize((500, 375), Image.Resampling.BICUBIC), np.int16)
            grain = rng.integers(-12, 12, (375, 500, 1), np.int16)
            image = Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))
            image.save(root / split / f"n{number % classes:08d}" / f"{number}.jpg", quality=88)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(write, range(count)))


def measure(root: Path) -> dict[str, float]:
    """Do with a part of ImageNet what a training does; seconds of CPU and by the clock, and RSS."""
    found: dict[str, float] = {}
    with timed(found, "list"):
        image_set = read_image_set(f"folder:{root}", 0)
    with timed(found, "look"):
        KnownImages().look(image_set, lambda *_: None)
    preparation = prepare_at(SIZE)
    with timed(found, "fit"):
        encoded = fit_validation(image_set, preparation.geometry).encoded
    found["files"] = float(sum(map(len, encoded)))
    decoded = DecodedImages(encoded, len(encoded))
    for name in ("decode", "again"):
        with timed(found, name):
            for first in range(0, len(encoded), 64):
                decoded.take(np.arange(first, min(first + 64, len(encoded))))
    hp = Hyperparameters(batch_size=64, crop=0.65)
    before = os.times()
    with timed(found, "load"):
        for _ in iterate(load_epoch(image_set.train, hp, preparation, 1, LOADERS)):
            pass
    after = os.times()
    of_loaders = after.children_user + after.children_system
    found["load"] = of_loaders - before.children_user - before.children_system
    for name, whose in (("rss", resource.RUSAGE_SELF), ("loader rss", resource.RUSAGE_CHILDREN)):
        found[name] = 1024.0 * resource.getrusage(whose).ru_maxrss
    return {**found, "training": len(image_set.train), "validation": len(encoded)}


@contextmanager
def timed(found: dict[str, float], name: str) -> Iterator[None]:
    """Keep how long something takes, in seconds of CPU and by the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    yield
    found[name] = time.process_time() - cpu
    found[f"{name} clock"] = time.perf_counter() - clock


def measure_memory(root: Path) -> dict[str, float]:
    """Do the same again; bytes that Python and NumPy hold."""
    _hold(root, "first")  # which imports what is needed, and holds that
    tracemalloc.start()
    return _hold(root, "second")


def _hold(root: Path, name: str) -> dict[str, float]:
    image_set = read_image_set(f"folder:{root}", 0)
    listed, _ = tracemalloc.get_traced_memory()
    facts = KnownImages().look(image_set, lambda *_: None)
    _, looked = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    store = new_store(root.with_name(f"{root.name}-{name}"))
    geometry = prepare_at(SIZE).geometry
    images_id = publish_images(store, "0", lambda: fit_validation(image_set, geometry))
    read_all_images(store, images_id)
    _, fitted = tracemalloc.get_traced_memory()
    return {
        "list": listed, "look": looked, "fit": fitted - before,
        "training": len(facts.learned_from.rows), "validation": len(image_set.validation),
    }  # fmt: skip


def measure_run(root: Path) -> dict[str, float]:
    """Train two epochs on small images, and count the metrics that the database has of each."""
    store = new_store(root.with_name(f"{root.name}-run"))
    hp = Hyperparameters(epochs=2, batch_size=64)
    run_id = train(store, Request(f"folder:{root}", image_size=64, hyperparameters=hp))
    names = store.client.get_run(run_id).data.metrics
    rows = sum(len(store.client.get_metric_history(run_id, name)) for name in names)
    return {"metric rows": rows / hp.epochs}


def in_process(what: str, root: Path) -> dict[str, float]:
    """Return what a process of its own measures."""
    command = [sys.executable, "-m", "tests.benchmarks.imagenet_size", what, str(root)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run(part: float = 400) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        make_images(small, 2 * part)
        make_images(large, part)
        seconds = Grown(*(in_process("--measure", root) for root in (small, large)))
        memory = Grown(*(in_process("--memory", root) for root in (small, large)))
        stored = in_process("--run", small)
    yield from extrapolate_seconds(seconds)
    yield from extrapolate_rss(seconds)
    yield from extrapolate_memory(memory)
    yield from keep(stored)


@dataclass(frozen=True)
class Grown:
    """What was measured of few images and of more."""

    less: dict[str, float]
    more: dict[str, float]

    def each(self, name: str, by: str = "training") -> float:
        """Return what each further image costs."""
        between = self.more[by] - self.less[by]
        return max(0.0, (self.more[name] - self.less[name]) / between)

    def whole(self, name: str, by: str = "training") -> float:
        """Return what all images of ImageNet would cost."""
        images = TRAINING if by == "training" else VALIDATION
        return self.more[name] + self.each(name, by) * (images - self.more[by])

    def worsening(self, name: str, by: str = "training") -> Row:
        """Return what a further image costs in times of the average one."""
        average = self.more[name] / self.more[by]
        return Row(
            f"{name}: a further image, in times of the average one",
            self.each(name, by) / average, WORSE, f"{average:.3g} on average",
        )  # fmt: skip


def extrapolate_seconds(found: Grown) -> Iterator[Row]:
    """Yield the core hours that the whole would take."""
    for name, by, limit, words in (
        ("list", "training", 0.1, "list the folder"),
        ("look", "training", 2.0, "hash and compare all images"),
        ("load", "training", 8.0, "load all training images once"),
        ("fit", "validation", 1.0, "bring the validation images into the network's format"),
        ("decode", "validation", 0.5, "decode these, at the first epoch"),
        ("again", "validation", 0.05, "read them again, at a later one"),
    ):
        each = (
            f"{1000 * found.each(name, by):.3g} ms a further image; by the clock "
            f"{found.whole(f'{name} clock', by) / 3600:.3g} hours"
        )
        yield Row(f"{words}, core hours", found.whole(name, by) / 3600, limit, each)
        if limit >= 1:
            yield found.worsening(name, by)
    yield Row(
        "validation images as files, GB", found.whole("files", "validation") / GB, 4.0,
        f"{found.each('files', 'validation') / 1000:.0f} kB an image",
    )  # fmt: skip
    pixels = VALIDATION * 3 * SIZE**2
    yield Row("validation images as pixels, in a file, GB", pixels / GB, 10, "150 kB an image")


def extrapolate_rss(found: Grown) -> Iterator[Row]:
    """Yield what the process and one of its loaders would have of the machine's memory."""
    for name, limit, words in (
        ("rss", 24.0, "the process, with the validation images' two files"),
        ("loader rss", 6.0, "a loader"),
    ):
        each = f"{found.more[name] / MB:.0f} MB here, {found.each(name) / 1000:.3g} kB an image"
        yield Row(f"RSS: {words}, GB", found.whole(name) / GB, limit, each)


def extrapolate_memory(found: Grown) -> Iterator[Row]:
    """Yield the memory that the whole would take."""
    for name, by, limit, words in (
        ("list", "training", 3.0, "the list of images, which each loader may have once more"),
        ("look", "training", 8.0, "hash and compare all images"),
        ("fit", "validation", 8.0, "bring the validation images into form and read them"),
    ):
        each = f"{found.each(name, by) / 1000:.3g} kB a further image"
        yield Row(f"memory: {words}, GB", found.whole(name, by) / GB, limit, each)
        yield found.worsening(name, by)


def keep(stored: dict[str, float]) -> Iterator[Row]:
    """Yield what a run of 90 epochs of ResNet-50 keeps by the rules, and in the database."""
    labels, spec = (
        np.repeat(np.arange(CLASSES), VALIDATION // CLASSES),
        find_architecture("resnet50"),
    )
    images, _ = choose_map_images(spec, MAP, labels, TRAINING, EPOCHS)
    tables = plan_maps(spec, labels, TRAINING, images=images).tables.values()
    maps = sum(2 * len(own) * row_type(len(methods), *MAP).itemsize for methods, own in tables)
    yield Row(
        "maps of all epochs, if all predictions were wrong, GB", EPOCHS * maps / GB,
        SMALL_MAPS / GB, f"of {images:,} of 50,000 images, {maps / MB:.0f} MB an epoch",
    )  # fmt: skip
    rule, _ = choose_keep(CHECKPOINT, EPOCHS)
    most = max(
        len(choose_staying(rule, e, max(1, e - 1), e == EPOCHS)) for e in range(1, EPOCHS + 1)
    )
    yield Row(
        "checkpoints, with the best and the newest, GB", most * CHECKPOINT / GB,
        (SMALL_CHECKPOINTS + 2 * CHECKPOINT) / GB, f"{most} of {EPOCHS} by --keep {rule}",
    )  # fmt: skip
    yield Row(
        "rows of metrics in the database", EPOCHS * stored["metric rows"], 5000,
        f"{stored['metric rows']:.0f} an epoch",
    )  # fmt: skip


if __name__ == "__main__":
    words = sys.argv[1:]
    work = {"--measure": measure, "--memory": measure_memory, "--run": measure_run}
    if words and words[0] in work:
        print(json.dumps(work[words[0]](Path(words[1]))))
    else:
        rows = []
        for row in run(*map(float, words)):
            rows.append(row)
            print(row, flush=True)
        sys.exit(not all(row.passed for row in rows))
