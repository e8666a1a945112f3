"""The networks of the benchmark, one a row: trained, asked, and kept in a folder."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from saliencnn.checks.interventions.answers import Answers
from saliencnn.checks.interventions.measure import Subject, intervene
from saliencnn.checks.interventions.table import INTERVENTIONS
from saliencnn.data.planted import CLASSES
from saliencnn.models.architectures import find_architecture
from saliencnn.models.smallgap import SmallGap
from tests.benchmarks.conviction.cues import BROKEN, CUES, TRAIN, VALIDATION, draw_birds, plant
from tests.benchmarks.conviction.networks import measure_accuracy, normalise, train

Behaviour = Literal["cheats", "honest", "fooled"]
JUDGED = tuple(
    row
    for row in INTERVENTIONS.values()
    if row.kind in ("object", "place", "other", "colour") and not row.name.startswith("only-")
)
"""Interventions by which anything is convicted; all others take time and convict nobody."""
NOTHING = ""
"""The name of images without a cue."""


@dataclass(frozen=True)
class Unit:
    """One network.

    Attributes:
        cue: of ``CUES``, or ``NOTHING``.
        behaviour: whether it ``cheats`` (learned where the cue tells the class), is ``honest``
            (learned where it tells nothing), or ``fooled`` focus (cheats, and learned to have its
            CAM on the object).
        seed: of images and weights.
    """

    cue: str
    behaviour: Behaviour
    seed: int

    @property
    def name(self) -> str:
        """As files are named."""
        return f"{self.cue or 'nothing'}-{self.behaviour}-{self.seed}"


@dataclass(frozen=True, eq=False)
class Record:
    """What is known of a network.

    Attributes:
        unit: which.
        accuracy: on the validation images.
        broken: on those whose cue is broken.
        answers: to the interventions that convict, on the validation images, their objects known.
        labels: int64 (N,).
        seconds: what the interventions took.
        passes: likewise in forward passes of the images, at the same size of a batch.
    """

    unit: Unit
    accuracy: float
    broken: float
    answers: Answers
    labels: np.ndarray
    seconds: float
    passes: float


def list_units(seeds: Sequence[int]) -> Iterator[Unit]:
    """Yield all networks, seed by seed, so that an interrupted benchmark has whole ones."""
    for seed in seeds:
        yield Unit(NOTHING, "honest", seed)
        for name, cue in CUES.items():
            if cue.plant is not None:
                yield Unit(name, "cheats", seed)
                yield Unit(name, "honest", seed)
                if cue.beside:
                    yield Unit(name, "fooled", seed)


def provide_network(unit: Unit, folder: Path) -> SmallGap:
    """Return a network from its file; trained first where there is none."""
    path = folder / f"{unit.name}.safetensors"
    if not path.exists():
        honest = unit.behaviour == "honest"
        images = plant(unit.cue, unit.seed, TRAIN, honest)
        birds = draw_birds(unit.seed, TRAIN)
        masks = np.stack([bird.bird for bird in birds]) if unit.behaviour == "fooled" else None
        save_file(train(images, unit.seed, masks).state_dict(), path)
    network = SmallGap(len(CLASSES))
    network.load_state_dict(load_file(path))
    return network.eval()


def provide_record(unit: Unit, folder: Path) -> Record:
    """Return what is known of a network, measured where its file lacks an intervention."""
    path = folder / f"{unit.name}.npz"
    wanted = {row.name for row in JUDGED}
    if path.exists() and wanted <= set(np.load(path)["names"]):
        return _read(unit, path)
    network = provide_network(unit, folder)
    images = plant(unit.cue, unit.seed, VALIDATION)
    accuracy, broken = (
        measure_accuracy(network, found) for found in (images, plant(unit.cue, unit.seed, BROKEN))
    )
    labels = np.arange(len(images)) % len(CLASSES)
    masks = np.stack([bird.bird for bird in draw_birds(unit.seed, VALIDATION)])
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
    spec = find_architecture("smallgap")
    started = time.process_time()
    answers = intervene(Subject(network, spec, pixels, labels, masks, normalise), JUDGED)
    seconds, started = time.process_time() - started, time.process_time()
    with torch.no_grad():
        for batch in pixels.split(32):
            network(normalise(batch.float()).contiguous(memory_format=torch.channels_last))
    one_pass = time.process_time() - started
    np.savez_compressed(
        path, accuracy=accuracy, broken=broken, seconds=seconds,
        passes=seconds / one_pass, labels=labels, names=np.array(answers.names),
        predicted=answers.predicted, confidence=answers.confidence,
    )  # fmt: skip
    return _read(unit, path)


def _read(unit: Unit, path: Path) -> Record:
    kept = np.load(path)
    answers = Answers(tuple(map(str, kept["names"])), kept["predicted"], kept["confidence"])
    numbers = {name: float(kept[name]) for name in ("accuracy", "broken", "seconds", "passes")}
    return Record(unit, answers=answers, labels=kept["labels"], **numbers)
