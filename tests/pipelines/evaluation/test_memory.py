"""The memory that an evaluation needs does not grow with its images."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.evaluation.images import SHARD
from tests.helpers.commands import Forker
from tests.helpers.stores import place_database
from tests.pipelines.evaluation.test_run import CLASSES, write_network

FEW, MANY = 6 * SHARD, 18 * SHARD
"""With fewer than six shards what is reused, such as threads' buffers, is not all there yet."""
SIDE = 96
"""Of what the network sees, in pixels."""
PEAK = Path("/proc/self/status")
PROGRAM = f"""
import sys
from pathlib import Path
from pipelines.cli.main import main

assert not main(sys.argv[1:])
lines = Path("{PEAK}").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
"""


def write_images(folder: Path, count: int) -> None:
    """Write images of noise of two classes."""
    pixels = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    for name in CLASSES[:2]:
        (folder / name).mkdir(parents=True)
    original = folder / CLASSES[0] / "00000.jpg"
    Image.fromarray(pixels).save(original)
    for i in range(1, count):
        os.link(original, folder / CLASSES[i % 2] / f"{i:05d}.jpg")


def measure_peak(program: Forker, folder: Path, model: str) -> int:
    """Evaluate a folder's images in a process of its own; return the most bytes it held."""
    words = ("evaluate", "--models", model, "--images", str(folder))
    work = ("--work", str(folder.parent / "work"))
    uri = f"sqlite:///{folder.parent}/mlflow.db"
    command = program.start(*words, *work, program=PROGRAM, MLFLOW_TRACKING_URI=uri)
    status, said = program.wait(command), command.log.read_text()
    assert status == 0, said[-2000:]
    return int(said.split()[-1]) * 1024


@pytest.mark.skipif(not PEAK.exists(), reason="Only Linux tells a process's peak of memory.")
def test_memory_does_not_grow_with_the_images(program: Forker, tmp_path: Path) -> None:
    place_database(tmp_path / "mlflow.db")
    model = write_network(tmp_path, 20)
    peaks = {}
    for count in (FEW, MANY):
        write_images(tmp_path / f"{count}", count)
        peaks[count] = measure_peak(program, tmp_path / f"{count}", model)
    decoded = (MANY - FEW) * 3 * SIDE**2
    assert peaks[MANY] - peaks[FEW] < decoded / 2
