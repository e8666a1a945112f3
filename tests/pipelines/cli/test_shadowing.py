"""What lies in the working directory is neither loaded instead of our packages nor executed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from pipelines.cli.main import main
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.__main__ import leave_out_working_directory
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.process import own_command
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from tests.helpers.dashboard import read_page
from tests.helpers.server import free_port
from tests.helpers.stores import new_store
from tests.helpers.waiting import is_served, wait_for

HOME = Path(__file__).parents[3]
DATA = "planted:train=16,validation=8,counter=0,size=32"
TRAP = "from pathlib import Path; Path({!r}).touch(); raise ImportError('the wrong one')\n"
PACKAGES = ("pipelines", "saliencnn", "models")
MODULES = ("app", "streamlit", "torch", "torchvision", "mlflow", "optuna", "ray", "numpy", "run")
"""Names that the working directory has as well; of its own ``json`` it could not be saved."""


@pytest.fixture
def trapped(tmp_path: Path) -> Iterator[Path]:
    """A working directory with files of our packages' names; they must not be executed."""
    folder, executed = tmp_path / "own project", tmp_path / "executed"
    for name in PACKAGES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(TRAP.format(str(executed)))
    for name in MODULES:
        (folder / f"{name}.py").write_text(TRAP.format(str(executed)))
    yield folder
    assert not executed.exists()


def environment(store: Store) -> dict[str, str]:
    """Return the environment of a person whose projects are imported from where they are."""
    own = {"PYTHONPATH": ".", "STREAMLIT_SERVER_HEADLESS": "true"}
    return {**os.environ, **own, "MLFLOW_TRACKING_URI": store.uri}


def run(folder: Path, store: Store, *arguments: str) -> str:
    """Run a command in a folder and return what it prints."""
    done = subprocess.run(
        own_command(*arguments),
        cwd=folder,
        env=environment(store),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_worker(trapped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It trains as ``train`` does."""
    store = new_store(tmp_path / "store")
    run_id = train(store, Request(DATA, image_size=32, hyperparameters=Hyperparameters(epochs=1)))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert main(["queue", run_id, "--name", "Ann", "--flip", "0"]) == 0
    assert "completed by run" in run(trapped, store, "worker", "--once")


def test_an_evaluation(trapped: Path, store: Store, tiny_run: RunInfo, tmp_path: Path) -> None:
    """By Ray's processes, which find their modules anew; by its own, none begins."""
    models = ["--models", f"run:{tiny_run.run_id}", "--images", DATA, "--engine", "ray"]
    work = ["--work", str(tmp_path / "work")]
    assert "top-1" in run(trapped, store, "evaluate", *models, *work)


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("", ""),
        (".", ""),
        ("{here}/", ""),
        (f"/elsewhere{os.pathsep}", "/elsewhere"),
        (f"{os.pathsep}/elsewhere{os.pathsep}./../{{name}}", "/elsewhere"),
    ],
)
def test_the_working_directory_leaves_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, left: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", given.format(here=tmp_path, name=tmp_path.name))
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    monkeypatch.setattr(sys, "path", ["", "/elsewhere", str(tmp_path), str(HOME)])
    leave_out_working_directory()
    assert sys.path == ["/elsewhere", str(HOME)]
    assert os.environ["PYTHONPATH"] == left
    assert os.environ["PYTHONSAFEPATH"] == "1"


def test_a_clone_stays_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    monkeypatch.setenv("PYTHONPATH", ".")
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    monkeypatch.setattr(sys, "path", [str(HOME)])
    leave_out_working_directory()
    assert (sys.path, os.environ["PYTHONPATH"]) == ([str(HOME)], ".")


@contextmanager
def dashboard(folder: Path, store: Store) -> Iterator[tuple[int, Path]]:
    """Serve the dashboard from a folder; its port and its log."""
    port, log = free_port(), folder / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            own_command("app", "--port", str(port)),
            cwd=folder,
            env=environment(store),
            stdout=output,
            stderr=output,
        )
    try:
        yield port, log
    finally:
        server.kill()
        server.wait()


def test_every_page_of_the_dashboard(trapped: Path, store: Store, tiny_run: RunInfo) -> None:
    with dashboard(trapped, store) as (port, log):
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: is_served(f"{address}/_stcore/health"), 60, log.read_text)
        for name in ("overview", "progression", "trust", "retrain", "compare", "colours"):
            drawn = read_page(address, name, f"run={tiny_run.run_id}")
            # Others' evaluations may be what Compare and Colours open on.
            shown = name.capitalize() if name in ("compare", "colours") else tiny_run.name
            assert shown in drawn, log.read_text()
            assert "exception {" not in drawn, log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("module", [["-m", "saliencnn"], ["-m", "saliencnn.__main__"]])
def test_the_module_in_a_folder_without_that_name(trapped: Path, module: list[str]) -> None:
    (trapped / "saliencnn" / "__init__.py").unlink()
    (trapped / "saliencnn").rmdir()
    for arguments in (["--version"], ["propose", "--help"]):
        done = subprocess.run(
            [sys.executable, *module, *arguments],
            cwd=trapped,
            env={**os.environ, "PYTHONPATH": f".{os.pathsep}{HOME}"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert "saliencnn" in done.stdout


def test_the_folder_that_streamlit_adds_to_the_path_shadows_nothing() -> None:
    """It prepends that of ``main.py``, so that ours would be taken for a package of the name."""
    folder = HOME / "app"
    names = {path.stem for path in folder.glob("[!_.]*") if path.is_dir() or path.suffix == ".py"}
    elsewhere = [entry for entry in sys.path if Path(entry).resolve() != HOME]
    found = {name for name in names if PathFinder.find_spec(name, elsewhere)}
    assert not found
    assert not names & set(sys.stdlib_module_names)
