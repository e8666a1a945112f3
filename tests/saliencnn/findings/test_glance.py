import numpy as np
import pytest

from saliencnn.findings.glance import warn
from saliencnn.findings.mostly import count_mostly

BESIDE = {"val_accuracy": 0.617, "focus": 0.393, "focus_inside": 0.3625}
LEANS = {"val_accuracy": 0.921, "counterfactual_accuracy": 0.825}


@pytest.mark.parametrize(
    ("metrics", "warning"),
    [
        ({}, ""),
        ({"val_accuracy": 0.97, "counterfactual_accuracy": 0.2}, "relies on a shortcut"),
        ({"val_accuracy": 0.97, "counterfactual_accuracy": 0.95, "focus": 0.6}, ""),
        ({"val_accuracy": 0.97, "focus": 0.2}, "looks beside the object"),
        (LEANS | {"counterfactual_images": 240.0}, "leans on a shortcut"),
        (LEANS | {"counterfactual_images": 20.0}, ""),
        (LEANS, ""),
        ({"val_accuracy": 0.2, "focus": 0.1}, ""),
        (BESIDE | {"counterfactual_images": 240.0}, "looks beside the object"),
        (BESIDE, ""),
        (BESIDE | {"focus_inside": 0.2}, "looks beside the object"),
        (BESIDE | {"counterfactual_images": 20.0}, ""),
        (BESIDE | {"counterfactual_images": 240.0, "focus_images": 20.0}, ""),
        (BESIDE | {"counterfactual_images": 240.0, "focus_inside": 0.48}, ""),
        (BESIDE | {"focus": 0.3, "focus_inside": 0.6}, ""),
        ({"val_accuracy": 0.852, "train_accuracy": 0.998, "focus": 0.7}, "memorizes"),
        ({"val_accuracy": 0.92, "train_accuracy": 0.998}, ""),
        ({"val_accuracy": 0.92, "val_macro_f1": 0.4, "focus": 0.6}, "weak on rare classes"),
    ],
)
def test_a_warning_is_what_the_last_numbers_say(metrics: dict[str, float], warning: str) -> None:
    assert warn(metrics) == warning


@pytest.mark.parametrize("images", [4, 20, 240, 5000])
@pytest.mark.parametrize("inside", [0.0, 0.25, 0.4, 0.46, 0.5, 0.75])
def test_it_warns_of_a_look_beside_where_the_page_counts_most_there(
    images: int, inside: float
) -> None:
    lies = round(inside * images)
    focus = np.array([0.9] * lies + [0.1] * (images - lies))
    metrics = {"val_accuracy": 0.9, "focus": float(focus.mean()), "focus_inside": lies / images}
    warned = warn(metrics | {"focus_images": float(images)})
    assert bool(warned) == (count_mostly(focus, inside=False) is not None)
