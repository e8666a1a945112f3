"""What training begins with: by the weights, and with the network's own dropout."""

import pytest

from pipelines.training.recipe import FINE_TUNING, own_dropout, starting_point
from saliencnn.common.hyperparameters import Hyperparameters


@pytest.mark.parametrize(
    ("arch", "published"),
    [("smallgap", 0), ("resnet18", 0), ("mobilenet_v2", 0.2), ("alexnet", 0.5), ("vgg16", 0.5)],
)
def test_a_network_keeps_the_dropout_that_it_was_published_with(
    arch: str, published: float
) -> None:
    assert own_dropout(arch) == published
    assert starting_point(arch, "none").dropout == published


def test_random_weights_start_from_the_defaults() -> None:
    assert starting_point("smallgap", "none") == Hyperparameters()


@pytest.mark.parametrize("weights", ["default", "run:" + "0" * 32 + ":1", "file.safetensors"])
def test_pretrained_weights_are_fine_tuned(weights: str) -> None:
    found = starting_point("resnet18", weights).as_dict()
    assert found == {**Hyperparameters().as_dict(), **FINE_TUNING}
