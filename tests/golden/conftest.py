"""The golden store, unpacked where a test may use it."""

from pathlib import Path

import pytest

from tests.helpers.golden import Golden, unpack


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    """The golden store, for tests that only read it."""
    return unpack(tmp_path_factory.mktemp("golden"))


@pytest.fixture
def own_golden(tmp_path: Path) -> Golden:
    """The golden store for one test that writes to it."""
    return unpack(tmp_path)
