"""What a retry may change of a run."""

import pytest

from pipelines.retry.settings import change_settings, count_pixels, list_sizes, parse_changes
from pipelines.training.request import Request
from pipelines.training.size_check import explain_refusal
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters

SETTINGS = {**Hyperparameters().as_dict(), "image_size": "48"}


def test_sizes_keep_the_proportions_and_the_runs_own_is_among_them() -> None:
    square = list_sizes(50)
    assert square[:4] == ["32", "48", "50", "64"]
    assert square[-1] == "1024"
    wide = list_sizes((48, 80), "40x60")
    assert {"48x80", "96x160", "40x60"} <= {*wide}
    assert wide == sorted(wide, key=count_pixels)
    assert all(int(side) <= 1024 for size in wide for side in size.split("x"))


def test_settings_are_changed_from_texts_within_their_bounds() -> None:
    assert change_settings(SETTINGS, {"image_size": "96x128"})["image_size"] == "96x128"
    assert change_settings(SETTINGS, {"epochs": "9"}) == {**SETTINGS, "epochs": 9}
    assert change_settings(SETTINGS, {"unknown": "9"}) == SETTINGS
    for name, value in (("image_size", "16"), ("image_size", "many"), ("epochs", "0")):
        with pytest.raises(UserError, match=name):
            change_settings(SETTINGS, {name: value})


def test_changes_that_are_valid_only_together_are_made_together() -> None:
    mixed = {**Hyperparameters(mixup=0.4).as_dict(), "image_size": "48"}
    guided = parse_changes(["guidance:both", "mixup:0.0"])
    assert change_settings(mixed, guided) == {**mixed, "guidance": "both", "mixup": 0.0}
    with pytest.raises(UserError, match="guidance"):
        change_settings(mixed, {"guidance": "both"})


@pytest.mark.parametrize(
    ("arch", "size", "refused"),
    [("smallgap", 48, ""), ("resnet18", 32, "larger images"), ("smallgap", 4096, "1024")],
)
def test_a_size_is_refused_that_the_network_cannot_take(arch: str, size: int, refused: str) -> None:
    found = explain_refusal(Request(arch=arch, image_size=size), classes=8)
    assert bool(found) == bool(refused)
    assert refused in found
