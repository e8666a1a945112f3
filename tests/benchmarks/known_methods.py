"""``python -m tests.benchmarks.known_methods [FOLDER]``: what checks say of known methods.

Maps that know nothing of the network, or of the class, must fail; those that are its very score,
cell by cell, must not. FOLDER keeps the small networks, as that of ``conviction`` does; real ones
are tried where ``SALIENCNN_TEST_DATA`` names them.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from saliencnn.checks.batches import run_checks
from saliencnn.checks.grading import grade
from saliencnn.checks.quantities import NUMBER
from saliencnn.checks.subject import Subject
from saliencnn.checks.table import CHECKS
from saliencnn.common.progress import silent
from saliencnn.data.planted import CLASSES
from saliencnn.models.architectures import find_architecture
from saliencnn.models.spec import CONTRAST, ModelSpec
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import Method
from saliencnn.saliency.task import Task
from tests.benchmarks.conviction.cues import VALIDATION, plant
from tests.benchmarks.conviction.networks import normalise
from tests.benchmarks.conviction.units import NOTHING, Unit, provide_network
from tests.benchmarks.real import data_folder, labelled, real_images, real_network

IMAGES, SETS, SIDE = 16, 1, 128
"""Images of a set, sets for each network, and the side at which real networks see them."""
GOOD = ("cam", "gradcam", "gradcampp", "layercam", "ablationcam")
CLASS_BLIND = ("eigencam", "mean")
SMALL = (
    *(Unit(NOTHING, "honest", seed) for seed in (1, 2)),
    Unit("sticker", "cheats", 1),
)
"""Networks that learn in seconds; a cheater's maps can be as right as an honest one's."""
REAL = ("squeezenet1_1", "mobilenet_v2")
ASKED = tuple(name for name, row in CHECKS.items() if not row.needs_control)


def _grid(task: Task) -> tuple[int, int]:
    height, width = task.activations.shape[-2:]
    return int(height), int(width)


def _edges(task: Task) -> Tensor:
    grey = task.images.mean(1)
    return (grey - grey.roll(1, 1)).abs() + (grey - grey.roll(1, 2)).abs()


def _coarse_edges(task: Task) -> Tensor:
    size = task.images.shape[-1] // _grid(task)[1]
    return avg_pool2d(_edges(task)[:, None], size)[:, 0]


def _random(task: Task) -> Tensor:
    """Draw another map for whatever image differs by a bit."""
    seeds = (int(1e6 * float(image.abs().sum())) % 2**31 for image in task.images)
    return torch.stack([_draw(seed, _grid(task)) for seed in seeds])


def _fixed(task: Task) -> Tensor:
    return _draw(0, _grid(task)).expand(len(task.images), -1, -1)


def _draw(seed: int, size: tuple[int, int]) -> Tensor:
    return torch.rand(size, generator=torch.Generator().manual_seed(seed))


def _centre(task: Task) -> Tensor:
    down, across = (torch.linspace(-1, 1, side) for side in _grid(task))
    blob = (-2 * (down[:, None] ** 2 + across**2)).exp()
    return blob.expand(len(task.images), -1, -1)


def _brightness(task: Task) -> Tensor:
    bright = interpolate(task.images.mean(1, keepdim=True), _grid(task), mode="area")[:, 0]
    return bright - bright.amin((1, 2), keepdim=True)


def _mean(task: Task) -> Tensor:
    return task.activations.mean(1)


BAD = {
    name: Method(label, compute, "input", "none", "Knows nothing.")
    for name, label, compute in (
        ("edges", "Edges", _edges),
        ("coarse_edges", "Coarse edges", _coarse_edges),
        ("random", "Random", _random),
        ("fixed", "The same random map for all", _fixed),
        ("centre", "A blob in the centre", _centre),
        ("bright", "Brightness", _brightness),
        ("mean", "Mean activation", _mean),
    )
}


def list_subjects(folder: Path) -> Iterator[tuple[str, Subject]]:
    """Yield each network's name with it and a set of images, their own classes to be explained."""
    methods = (*GOOD, *CLASS_BLIND[:1], *BAD)
    for unit in SMALL:
        pixels = torch.from_numpy(plant(unit.cue, unit.seed, VALIDATION)).permute(0, 3, 1, 2)
        small, spec = provide_network(unit, folder), _find("smallgap")
        for start in range(0, SETS * IMAGES, IMAGES):
            images = normalise(pixels[start : start + IMAGES].float())
            targets = (start + torch.arange(IMAGES)) % len(CLASSES)
            yield unit.name, Subject(small, spec, images, targets, methods)
    if data := data_folder():
        known = labelled(data)
        for arch in REAL:
            network, spec = real_network(data, arch), _find(arch)
            for start in range(SETS):
                some = known[start :: len(known) // IMAGES][:IMAGES]
                images = real_images(data, [name for name, _ in some])
                images = interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True)
                targets = torch.tensor([label for _, label in some])
                yield arch, Subject(network, spec, images, targets, methods)


def _find(arch: str) -> ModelSpec:
    return find_architecture(arch).explaining(CONTRAST)  # as runs are


def judge(subject: Subject) -> dict[str, dict[str, str]]:
    """Return method -> check -> outcome."""
    found = run_checks(subject, ASKED, silent)
    return {
        method: {check: str(grade(check, found[check][NUMBER][method]).outcome) for check in ASKED}
        for method in subject.methods
    }


def main() -> None:
    """Measure, and print a row for each method."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    METHODS.update(BAD)
    said: dict[str, list[dict[str, str]]] = {}
    for name, subject in list_subjects(folder):
        for method, outcomes in judge(subject).items():
            said.setdefault(method, []).append(outcomes)
            print(name, method, *outcomes.values(), flush=True)
    print(f"\n| method | fails a check | {' | '.join(CHECKS[check].label for check in ASKED)} |")
    print("|---" * (2 + len(ASKED)) + "|")
    for method, cases in said.items():
        failed = sum("fail" in one.values() for one in cases)
        cells = [_count([one[check] for one in cases]) for check in ASKED]
        print(f"| {METHODS[method].label} | {failed} of {len(cases)} | {' | '.join(cells)} |")


def _count(outcomes: list[str]) -> str:
    return ", ".join(f"{outcomes.count(word)} {word}" for word in dict.fromkeys(sorted(outcomes)))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
