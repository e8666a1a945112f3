"""A store of their own: what these tests write would be listed on the pages of other tests."""

import pytest

from saliencnn.store.connection import Store
from tests.helpers.stores import new_store


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """An embedded store for the tests of this folder alone."""
    return new_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="package", params=["store", "server_store"])
def any_store(request: pytest.FixtureRequest) -> Store:
    """Each kind of store in turn."""
    return request.getfixturevalue(request.param)
