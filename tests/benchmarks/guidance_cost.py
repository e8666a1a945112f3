"""What guidance and new backgrounds add to an epoch of training.

``python -m tests.benchmarks.guidance_cost [PAIRS]``

Epochs with and without them take turns, so that other work on the machine meets both alike, and
are compared by their CPU time, loading included; every training image has its box.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import torch

from pipelines.training.epoch import learn_epoch
from pipelines.training.optimizer import make_optimizer
from pipelines.training.recipe import starting_point
from saliencnn.common.hyperparameters import BOTH, EVIDENCE, INSIDE, UNGUIDED
from saliencnn.data.planted import render_planted
from saliencnn.data.preparation import prepare_at
from saliencnn.models.architectures import find_architecture
from saliencnn.models.weights import build_network
from tests.benchmarks.guidance import BOXES, guided_samples
from tests.benchmarks.row import Row

LIMIT = 1.1
PAIRS = 9
NETWORKS = (("smallgap", 96, 256), ("mobilenet_v2", 224, 32))
"""Architecture, size of the input, and images of an epoch."""


def compare(arch: str, size: int, images: int, pairs: int) -> dict[str, float]:
    """Return the CPU time of an epoch with each of them, in that of one without."""
    spec = find_architecture(arch)
    samples = guided_samples(render_planted(images, 1, 0, size), BOXES)
    hp = starting_point(arch, "none")
    torch.manual_seed(0)
    model = build_network(arch, 8, "none", hp.dropout).model.to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model, spec, hp)

    def seconds(kind: str) -> float:
        began = time.process_time()
        learn_epoch(model, spec, optimizer, samples, kinds[kind], prepare_at(size), 1)
        return time.process_time() - began

    kinds = {
        UNGUIDED: hp,
        **{f"guidance {kind}": replace(hp, guidance=kind) for kind in (INSIDE, EVIDENCE, BOTH)},
        "new backgrounds": replace(hp, new_background=1.0),
    }
    for kind in kinds:
        seconds(kind)  # the first time takes longer
    found = [{kind: seconds(kind) for kind in kinds} for _ in range(pairs)]
    return {
        kind: statistics.median(one[kind] / one[UNGUIDED] for one in found)
        for kind in kinds
        if kind != UNGUIDED
    }


def run(pairs: int = PAIRS) -> Iterator[Row]:
    for arch, size, images in NETWORKS:
        for kind, ratio in compare(arch, size, images, pairs).items():
            yield Row(
                f"An epoch of {arch} at {size} pixels with {kind}, in one without",
                ratio, LIMIT, f"CPU time, median of {pairs} pairs",
            )  # fmt: skip


if __name__ == "__main__":
    torch.set_num_threads(1)
    rows = []
    for row in run(*map(int, sys.argv[1:])):
        rows.append(row)
        print(row, flush=True)
    sys.exit(not all(row.passed for row in rows))
