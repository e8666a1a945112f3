"""How many cores a process may use."""

import os
import sys

import pytest

from saliencnn.common.cores import usable_cores
from tests.helpers.container import with_share_of_cores


@pytest.mark.parametrize(("share", "cores"), [(0.5, 1), (1, 1), (1.5, 2)])
def test_a_containers_share_of_the_cores_is_kept_to(share: float, cores: int) -> None:
    told = with_share_of_cores(
        share, sys.executable, "-c",
        "from saliencnn.common.cores import usable_cores; print(usable_cores())",
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert int(told.stdout) == min(cores, len(os.sched_getaffinity(0)))


def test_without_a_limit_all_cores_that_the_process_is_bound_to_count() -> None:
    assert usable_cores() == len(os.sched_getaffinity(0))
