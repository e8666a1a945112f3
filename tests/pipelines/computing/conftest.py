"""A computer that goes on until a test lets it go."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.computing.computer import Computer
from saliencnn.plugins import VARIABLE
from tests.helpers import held
from tests.helpers.commands import Forker
from tests.helpers.computing import forked_computers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("held")


@pytest.fixture(scope="module")
def forked(program: Forker) -> Iterator[None]:
    """Only who is killed has started what computes; dashboards start theirs in other tests, too."""
    with forked_computers(lambda: program):
        yield


@pytest.fixture(scope="module")
def computer(folder: Path, forked: None) -> Iterator[Computer]:
    """A computer whose process knows a method that holds until a test lets it go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HELD", str(folder))
        patch.setenv(VARIABLE, held.__file__)
        computer = Computer()
        yield computer
        computer.close()


@pytest.fixture
def as_new(folder: Path) -> Iterator[None]:
    for path in folder.iterdir():
        path.unlink()
    yield
    (folder / "go").touch()
