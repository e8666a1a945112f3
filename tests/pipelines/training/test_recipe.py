"""What training begins with: by the weights, and with the network's own dropout."""

from pathlib import Path

import pytest

from pipelines.training.recipe import own_dropout, starting_point
from saliencnn.common.hyperparameters import FINE_TUNING, Hyperparameters
from saliencnn.models.own_networks import VARIABLE, allow_own


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


def test_own_code_is_built_as_it_is_also_under_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may need what it makes, here the sum of its weights."""
    monkeypatch.setenv(VARIABLE, "")
    file = tmp_path / "own.py"
    file.write_text(
        "from torch import nn\n"
        "def build(classes):\n"
        "    head = nn.Linear(4, classes)\n"
        "    assert isinstance(head.weight.sum().item(), float)\n"
        "    return nn.Sequential(nn.Dropout(0.25), head)\n"
    )
    assert allow_own([f"mynet={file}:build"]) == ["mynet"]
    assert own_dropout("mynet") == 0.25
