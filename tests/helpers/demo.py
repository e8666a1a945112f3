"""The demo's store, made once for each state of the sources that it is made by."""

import hashlib
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
from filelock import FileLock

from tests.helpers.commands import Forker
from tests.helpers.stores import CACHE, place_database

ROOT = Path(__file__).parents[2]
PRINTED = "printed.txt"
"""What the command has printed; it is there once all else is."""


def demo_folder(program: Forker) -> Path:
    """Return the folder in which the demo's command has run as ``make demo`` runs it."""
    folder = CACHE / f"demo-{_digest_of_makers()}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "demo.lock"):
        if not (folder / PRINTED).exists():
            for other in CACHE.glob("demo-*"):
                shutil.rmtree(other)
            place_database(folder / "mlruns" / "mlflow.db")
            printed = run_demo(program, folder)
            (folder / PRINTED).write_text(printed)
    return folder


def run_demo(program: Forker, folder: Path) -> str:
    """Run the demo's command in a folder, on its own store; return what it prints."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        command = program.start("demo", "--no-serve", folder=folder)
    assert program.wait(command) == 0, command.log.read_text()
    return command.log.read_text()


def _digest_of_makers() -> str:
    digest = hashlib.sha256()
    for package in ("torch", "torchvision", "numpy", "scikit-learn", "mlflow"):
        digest.update(f"{package} {version(package)}\n".encode())
    for package in ("saliencnn", "pipelines"):
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
