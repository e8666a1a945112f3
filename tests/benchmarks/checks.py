"""Checks against the passes through the network that they need."""

import os
import time
from dataclasses import replace

import torch

from pipelines.trust.audit import AUDITED_METHODS
from saliencnn.checks.batches import run_checks
from saliencnn.checks.faithfulness_curves import COUNTED, DRAWS, STEPS
from saliencnn.checks.signals import make_signal
from saliencnn.checks.subject import BATCH, Subject
from saliencnn.checks.table import CHECKS
from saliencnn.checks.variance import vary_input
from saliencnn.models.architectures import ARCHITECTURES
from saliencnn.models.weights import build_network
from saliencnn.saliency import METHODS
from saliencnn.saliency.scorecam import FIRST_CHANNELS, MORE_CHANNELS
from tests.benchmarks.measure import paired
from tests.benchmarks.row import Row

CAM_FAMILY = (
    "cam", "gradcam", "gradcampp", "smoothgradcampp", "hirescam", "layercam", "xgradcam",
    "eigencam",
)  # fmt: skip
PASSES = 2
"""Before and after; maps and logits come out of the same pass."""
PAIRS = 9


def input_variance() -> Row:
    """One image, all methods at the target layer, as a page asks for it."""
    torch.manual_seed(0)
    model = build_network("resnet18", 1000).model.eval()
    images = torch.randn(1, 3, 224, 224)
    subject = Subject(model, ARCHITECTURES["resnet18"], images, torch.tensor([3]), CAM_FAMILY)
    signal = make_signal("noise", (3, 224, 224), 1.0, seed=0)

    def passes() -> None:
        with torch.inference_mode():
            for _ in range(PASSES):
                model(images)

    def check() -> None:
        vary_input(subject, signal, "exact", lambda _share, _words: None)

    forward, varied, ratio = paired(passes, check, PAIRS)
    return Row(
        "Input variance of one image, eight CAMs, resnet18, in times of its 2 forward passes",
        ratio,
        3,
        f"passes {forward:.3f} s, check {varied:.3f} s",
    )


TABLE_PAIRS = 3
EXPLAINED = 6
"""How often the table explains an image: as it is, for another class, with a signal, by random
weights, and disturbed."""
GRAINS = 2
"""Resolutions of the maps: each has random rankings of its own."""
TABLE_IMAGES, TABLE_SECONDS = 100, 75
"""About a minute is asked for, on two cores."""
TIMED = 2 * BATCH
SHARE = 20
"""One of so many passes is timed; they are all alike."""


def passes_of_table() -> int:
    """Return what the table needs for an image; a pass back to the input counts as one more.

    Behind a global average SmoothGrad-CAM++ and Ablation-CAM need no pass of their own. The
    approximate Score-CAM takes two rounds at least, and a black image.
    """
    shared, tried = 1, FIRST_CHANNELS + MORE_CHANNELS + 1
    at_input = sum(
        METHODS[name].passes for name in AUDITED_METHODS if METHODS[name].family == "input"
    )
    explanation = shared + tried + at_input
    rankings = len(AUDITED_METHODS) + GRAINS * DRAWS
    return EXPLAINED * explanation + rankings * len(COUNTED) * (STEPS + 1)


def trust_table() -> list[Row]:
    """Images through all checks; there is no network of random labels."""
    torch.manual_seed(0)
    model = build_network("smallgap", 8).model.eval().to(memory_format=torch.channels_last)
    images = torch.randn(TABLE_IMAGES, 3, 96, 96).contiguous(memory_format=torch.channels_last)
    targets = torch.arange(TABLE_IMAGES) % 8
    whole = Subject(model, ARCHITECTURES["smallgap"], images, targets, AUDITED_METHODS)
    some = replace(whole, images=images[:TIMED], targets=targets[:TIMED])
    count = passes_of_table()

    def passes() -> None:
        with torch.inference_mode():
            for _ in range(count // SHARE):
                for batch in some.images.split(BATCH):
                    model(batch)

    def table(subject: Subject) -> None:
        run_checks(subject, tuple(CHECKS), lambda _share, _words: None)

    forward, filled, ratio = paired(passes, lambda: table(some), TABLE_PAIRS)
    started = time.perf_counter()
    table(whole)
    taken = time.perf_counter() - started
    what = f"{len(AUDITED_METHODS)} methods, smallgap at 96 pixels"
    return [
        Row(
            f"Trust table of {TIMED} images, {what}, in times of its {count} forward or backward "
            "passes an image",
            ratio / SHARE,
            2,
            f"passes {forward * SHARE:.1f} s, table {filled:.1f} s",
        ),
        Row(
            f"Trust table of {TABLE_IMAGES} images, {what}, in seconds",
            taken,
            TABLE_SECONDS,
            f"{os.cpu_count()} cores at a load of {os.getloadavg()[0]:.1f}",
        ),
    ]


def run() -> list[Row]:
    return [input_variance(), *trust_table()]
