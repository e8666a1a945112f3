"""What the tests of the checks share."""

import pytest

from saliencnn.saliency import METHODS
from tests.helpers.threads import one_thread
from tests.saliencnn.checks.networks import BROKEN

__all__ = ["broken", "one_thread"]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Methods that explain nothing, added to the table."""
    for name, method in BROKEN.items():
        monkeypatch.setitem(METHODS, name, method)
    return tuple(BROKEN)
