"""The demo's store, made once for each state of the sources that it is made by."""

import hashlib
import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from saliencnn.common.process import own_command
from tests.helpers.stores import CACHE, place_database

ROOT = Path(__file__).parents[2]
PRINTED = "printed.txt"
"""What the command has printed; it is there once all else is."""


def demo_folder() -> Path:
    """Return the folder in which the demo's command has run as ``make demo`` runs it."""
    folder = CACHE / f"demo-{_digest_of_makers()}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "demo.lock"):
        if not (folder / PRINTED).exists():
            for other in CACHE.glob("demo-*"):
                shutil.rmtree(other)
            place_database(folder / "mlruns" / "mlflow.db")
            printed = run_demo(folder)
            (folder / PRINTED).write_text(printed)
    return folder


def run_demo(folder: Path) -> str:
    """Run the demo's command in a folder; return what it prints."""
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    command = own_command("demo", "--no-serve")
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _digest_of_makers() -> str:
    digest = hashlib.sha256()
    for package in ("torch", "torchvision", "numpy", "scikit-learn", "mlflow"):
        digest.update(f"{package} {version(package)}\n".encode())
    for package in ("saliencnn", "pipelines"):
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
