"""What all tests share."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from pipelines.cli.process import prepare_process
from tests.helpers.logs import listen, logs, pytest_runtest_makereport

__all__ = ["logs", "pytest_runtest_makereport"]
# What is imported stays: to look for garbage in it takes a third of collecting the tests.
gc.disable()
# What is compiled is kept for the many processes that tests start, and for the next time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if TYPE_CHECKING:  # torch and mlflow take seconds, and most tests need neither
    from saliencnn.store.connection import Store
    from saliencnn.store.evaluation_records import EvaluationInfo
    from saliencnn.store.runs import RunInfo
    from tests.helpers.commands import Forker

# The tests' networks are tiny: on a busy machine, threads wait for each other longer than they
# compute. Programs that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# float32 is as exact on a GPU as elsewhere; torch's own setting rounds factors to ten bits.
os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
# As the command line has them.
prepare_process()
# Where tests run in the background or by nohup these are ignored, and so by what tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# On a busy machine an example takes as long as it takes. Every run draws other examples.
settings.register_profile(
    "patient", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")

LONG_FILES = (
    "pipelines/test_demo.py",
    "browser/test_dashboard.py",
    "browser/test_accessibility.py",
    "browser/test_texts.py",
    "browser/test_login.py",
    "browser/test_report.py",
    "browser/test_colours.py",
    "browser/test_compare.py",
    "browser/test_tasks_compare.py",
    "browser/test_retrain.py",
    "docs/test_lab_server.py",
    "docs/test_lab.py",
    "docs/test_commands.py",
    "saliencnn/saliency/test_agreement.py",
    "saliencnn/saliency/test_contract.py",
    "saliencnn/recording/test_spool.py",
    "app/test_pages.py",
    "app/test_compare.py",
    "pipelines/evaluation/test_real.py",
    "pipelines/evaluation/test_memory.py",
    "pipelines/computing/test_cluster.py",
    "pipelines/cli/test_shadowing.py",
    "pipelines/cli/test_hostile_words.py",
    "pipelines/training/test_resume.py",
    "pipelines/training/test_stop.py",
    "pipelines/retry/test_worker.py",
)
"""What takes longest. A worker takes a file at a time: of these, none may be left to the end."""
SHARING = ("tests/browser/", "tests/app/")
"""Folders whose tests share what takes long to start: a browser and a dashboard that have loaded
and compiled everything, and the two processes that compute for pages."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the long files first."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give one worker all files of a folder of ``SHARING``, and of others a file at a time."""
    from xdist.scheduler import LoadFileScheduling

    class FolderScheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((folder for folder in SHARING if file.startswith(folder)), file)

    return FolderScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Look for garbage in what tests make, not in all that they import, and listen to its logs."""
    listen()
    gc.freeze()
    # Tests leave little garbage and make many objects: Python's 700 new ones, after which it looks,
    # are a twelfth of what pages' tests take.
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real images and weights, which lies outside the project."""
    folder = os.environ.get("SALIENCNN_TEST_DATA")
    if folder:
        return Path(folder)
    if os.environ.get("CI") == "true":
        pytest.fail("SALIENCNN_TEST_DATA is not set, and in CI no test may be skipped for it")
    pytest.skip("SALIENCNN_TEST_DATA is not set: the real images are not at hand")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> "Store":
    """An embedded store for most tests."""
    from tests.helpers.stores import new_store

    return new_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def server_store(program: "Forker", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Store]":
    """A store behind a real MLflow server."""
    from saliencnn.store.connection import open_store
    from tests.helpers.server import mlflow_server

    with mlflow_server(tmp_path_factory.mktemp("server"), program=program) as address:
        yield open_store(address)


@pytest.fixture(scope="session", params=["store", "server_store"])
def any_store(request: pytest.FixtureRequest) -> "Store":
    """Each kind of store in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Forker]":
    """A process that has the whole program loaded and starts commands."""
    from tests.helpers.commands import forker

    with forker(tmp_path_factory.mktemp("commands")) as forked:
        yield forked


@pytest.fixture(scope="session")
def tiny_run(store: "Store") -> "RunInfo":
    """A finished run of three epochs."""
    from pipelines.training.request import Request
    from pipelines.training.run import train
    from saliencnn.common.hyperparameters import Hyperparameters
    from saliencnn.store.runs import read_run

    request = Request(
        data="planted:train=160,validation=48,counter=16,size=48,shortcut=0.98,seed=0",
        image_size=48,
        hyperparameters=Hyperparameters(epochs=3, batch_size=32),
        name="tiny",
    )
    return read_run(store, train(store, request))


@pytest.fixture(scope="session")
def seeded_run(store: "Store") -> "RunInfo":
    """A finished run with a seed of its own."""
    from pipelines.training.request import Request
    from pipelines.training.run import train
    from saliencnn.common.hyperparameters import Hyperparameters
    from saliencnn.store.runs import read_run

    request = Request(
        data="planted:train=128,validation=16,counter=0,size=48,seed=1",
        image_size=48,
        hyperparameters=Hyperparameters(epochs=2, batch_size=32, seed=3),
        name="seeded",
    )
    return read_run(store, train(store, request))


@pytest.fixture(scope="session")
def planted_evaluations(
    store: "Store",
    tiny_run: "RunInfo",
    seeded_run: "RunInfo",
    tmp_path_factory: pytest.TempPathFactory,
) -> "list[EvaluationInfo]":
    """Evaluations of the tiny and the seeded run on the same 160 images."""
    from tests.helpers.explained import evaluate_planted

    return evaluate_planted(store, [tiny_run, seeded_run], tmp_path_factory.mktemp("work"))
