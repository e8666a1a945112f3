"""What a GPU makes of real images, against the CPU. The contract runs on both devices itself."""

from pathlib import Path

import numpy as np
import pytest
import torch

from saliencnn.saliency import METHODS, explain
from saliencnn.saliency.methods import applicable
from tests.saliencnn.saliency.networks import TRAINED, Case, trained_case
from tests.saliencnn.saliency.peers import correlations

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no CUDA GPU here: the contract ran on the CPU alone"
)

STEADY = [name for name in METHODS if name not in ("bbmp", "scorecam_fast")]
"""Those in which rounding decides nothing: no descent, and no choice of what to try next."""


def maps_on(case: Case, device: str) -> dict[str, torch.Tensor]:
    return explain(
        case.model.to(device),
        case.images.to(device),
        case.targets,
        applicable(STEADY, case.spec),
        spec=case.spec,
    )


@pytest.mark.parametrize("name", TRAINED)
def test_a_gpu_gives_the_maps_of_the_cpu(test_data: Path, name: str) -> None:
    case = trained_case(name, test_data).smaller(2, 224)
    expected, found = maps_on(case, "cpu"), maps_on(case, "cuda")
    assert expected.keys() == found.keys()
    assert all(maps.isfinite().all() for maps in found.values())
    r = {m: correlations(found[m].numpy(), expected[m].numpy()) for m in expected}
    assert {m: each for m, each in r.items() if not np.isfinite(each).any()} == {}
    assert {m: each for m, each in r.items() if np.nanmin(each) < 0.999} == {}
