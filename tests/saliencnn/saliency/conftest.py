"""What the tests of the explanation methods share."""

import pytest
import torch

from tests.helpers.devices import DEVICES
from tests.helpers.threads import one_thread

__all__ = ["one_thread"]


@pytest.fixture(scope="module", params=DEVICES)
def device(request: pytest.FixtureRequest) -> torch.device:
    """Each device at hand in turn."""
    return torch.device(request.param)
