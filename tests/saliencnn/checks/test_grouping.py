"""What is found about an image depends on the image and the network, not on who is beside it."""

from functools import cache

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from saliencnn.checks.batches import run_checks
from saliencnn.checks.grading import grade
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.checks.subject import Subject
from saliencnn.checks.table import CHECKS
from saliencnn.models.spec import ModelSpec
from tests.saliencnn.checks.networks import noise, quiet

IMAGES = 12
METHODS = ("cam", "gradcam", "smoothgradcampp", "eigencam", "ablationcam", "smoothgrad")


class Leaking(nn.Module):
    """Looks at bright images past its first convolution, so only dark ones are compensated."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(3, 8, 3, padding=1)
        self.features = nn.Sequential(nn.ReLU(), nn.Conv2d(8, 12, 3, 2, padding=1), nn.ReLU())
        self.fc = nn.Linear(12, 5)

    def forward(self, images: Tensor) -> Tensor:
        bright = (images.mean((1, 2, 3), keepdim=True) > 2).to(images.dtype)
        found = self.first(images) + 0.05 * self.second(images * bright)
        return self.fc(self.features(found).mean((2, 3)))


def leaking_subject() -> Subject:
    torch.manual_seed(3)
    model = Leaking().eval()
    images = noise(IMAGES, 3, 32, 32, seed=1)
    images[::4] += 3
    images[1::2] -= 3
    targets = torch.arange(IMAGES) % 5
    return Subject(model, ModelSpec("features", "fc"), images, targets, METHODS)


def run(batch_size: int, workers: int) -> dict[str, Quantities]:
    torch.manual_seed(8)
    return run_checks(
        leaking_subject(), tuple(CHECKS), quiet, Leaking().eval(), batch_size, workers
    )


@cache
def run_at_once() -> dict[str, Quantities]:
    """All images in one batch, on one core."""
    return run(IMAGES, 1)


@settings(max_examples=3)
@given(batch_size=st.integers(1, IMAGES), workers=st.integers(1, 3))
def test_batches_and_cores_change_no_quantity_and_no_result(batch_size: int, workers: int) -> None:
    whole, found = run_at_once(), run(batch_size, workers)
    for check, quantities in whole.items():
        assert set(found[check]) == set(quantities)
        for quantity, by_method in quantities.items():
            for method, values in by_method.items():
                np.testing.assert_allclose(
                    found[check][quantity][method], values,
                    rtol=1e-2, atol=2e-3, err_msg=f"{check}/{quantity}/{method}",
                )  # fmt: skip
        for method, values in quantities[NUMBER].items():
            again = grade(check, found[check][NUMBER][method])
            expected = grade(check, values)
            assert (again.outcome, again.images) == (expected.outcome, expected.images)


def test_only_images_that_the_network_sees_otherwise_are_not_judged() -> None:
    known = np.isfinite(run_at_once()["variance"][NUMBER]["gradcam"])
    bright = np.arange(IMAGES) % 4 == 0
    assert not known[bright].any()
    assert known[~bright].sum() > IMAGES / 2
