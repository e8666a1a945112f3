"""What guidance brings to real birds: ``python -m tests.benchmarks.guidance_real [SEEDS]``.

MobileNetV2 with ImageNet's weights learns ten species (``cub10``), all boxes known, once without
guidance, once with, and once with new backgrounds, too, and the first is compared with the others
on the same validation images. Nothing misleads here, so the question is what guidance costs. It
needs ``SALIENCNN_TEST_DATA``. A comparison is a row of ``guidance_real.csv``; those that are there
are not repeated.
"""

import sys
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch

from pipelines.training.recipe import starting_point
from saliencnn.data.sources import read_image_set
from saliencnn.measures.bootstrap import bootstrap_interval
from saliencnn.models.architectures import find_architecture
from tests.benchmarks.guidance import BOXES, ELSEWHERE, NONE, Kind, train_guided, validate_network
from tests.benchmarks.real import data_folder
from tests.benchmarks.rows import Rows

ARCH, WEIGHTS = "mobilenet_v2", "weights/mobilenet_v2-imagenet.safetensors"
EPOCHS, SIZE, ROUNDS = 4, 128, 5000
ROWS = Rows(
    Path(__file__).with_name("guidance_real.csv"),
    ("guidance", "seed"),
    (
        "plain", "guided", "accuracy_gain", "accuracy_low", "accuracy_high",
        "plain_focus", "guided_focus", "focus_gain", "focus_low", "focus_high",
    ),
)  # fmt: skip


def compare(guidance: Kind, seed: int) -> tuple[float, ...]:
    """Return accuracy (%) and focus without and with guidance, and intervals of what it brings."""
    plain, guided = (judge(kind, seed) for kind in (NONE, guidance))
    found: list[float] = []
    for without, with_it in zip(plain, guided, strict=True):
        gains = with_it - without
        interval = bootstrap_interval([gains], lambda drawn: drawn.mean(1), ROUNDS)
        found += [without.mean(), with_it.mean(), gains.mean(), *interval]
    return tuple(found)


@lru_cache(maxsize=2)
def judge(kind: Kind, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return of each validation image whether it is right (0 or 100), and its map's focus."""
    image_set = read_image_set(f"cub200:{data_folder()}/cub10", 0)
    weights = f"{data_folder()}/{WEIGHTS}"
    hp = replace(
        starting_point(ARCH, weights), guidance=kind.guidance, new_background=kind.new_background,
        seed=seed, epochs=EPOCHS,
    )  # fmt: skip
    preparation = find_architecture(ARCH).preparation.at(SIZE)
    model = train_guided(ARCH, weights, image_set.train, hp, preparation)
    validated = validate_network(ARCH, model, image_set, preparation, seed)
    table = validated.tables["maps.npy"]
    own = table.rows[table.rows["target"] == table.rows["true"]]
    right = 100.0 * (own["predicted"] == own["true"])
    return right, own["focus"][:, table.methods.index("gradcam")].astype(float)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        for kind in (BOXES, ELSEWHERE):
            ROWS.fill({"guidance": kind.title, "seed": seed}, partial(compare, kind, seed))
    shown = ("plain", "guided", "accuracy_gain", "plain_focus", "guided_focus", "focus_gain")
    print(ROWS.table(("guidance",), shown))
