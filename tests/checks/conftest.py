"""What the tests of the checks share."""

import pytest

from pipelines.saliency import METHODS
from tests.checks.networks import BROKEN
from tests.threads import one_thread

__all__ = ["broken", "one_thread"]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Methods that explain nothing, added to the table."""
    for name, method in BROKEN.items():
        monkeypatch.setitem(METHODS, name, method)
    return tuple(BROKEN)
