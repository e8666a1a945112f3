"""Guidance counts the images whose object's place can be used, and refuses what does nothing."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.training.guided_images import MOST_SEEN, describe_guidance
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.imageset import ImageSet, Sample

SIDE = 12
PIXELS = np.zeros((SIDE, SIDE, 3), np.uint8)


def make_set(*samples: Sample) -> ImageSet:
    return ImageSet("some", ("a", "b"), samples, samples)


def save_mask(folder: Path, name: str, filled: slice) -> Path:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[filled] = 255
    Image.fromarray(mask).save(folder / name)
    return folder / name


@pytest.fixture
def mixed(tmp_path: Path) -> dict[str, Sample]:
    broken = tmp_path / "broken.png"
    broken.write_text("nope")
    known = {
        "usable": {"object_mask": save_mask(tmp_path, "usable.png", slice(0, 4))},
        "empty": {"object_mask": save_mask(tmp_path, "empty.png", slice(0, 0))},
        "full": {"object_mask": save_mask(tmp_path, "full.png", slice(0, SIDE))},
        "broken": {"object_mask": broken},
        "box": {"object_box": (1.0, 1.0, 4.0, 4.0)},
        "whole box": {"object_box": (0.0, 0.0, float(SIDE), float(SIDE))},
        "beside": {"object_box": (50.0, 50.0, 4.0, 4.0)},
        "broken mask, box": {"object_mask": broken, "object_box": (1.0, 1.0, 4.0, 4.0)},
        "none": {},
    }
    return {name: Sample(name, 0, PIXELS, **given) for name, given in known.items()}


@pytest.mark.parametrize("values", [{"guidance": "both"}, {"new_background": 1.0}])
def test_only_places_that_can_be_used_are_counted(
    mixed: dict[str, Sample], values: dict[str, Any]
) -> None:
    told, unusable = describe_guidance(make_set(*mixed.values()), Hyperparameters(**values))
    assert "in 3 of 9" in told
    assert unusable.startswith("5 boxes or masks of 8 training images cannot be used")
    usable = make_set(mixed["usable"], mixed["box"], mixed["none"])
    (told,) = describe_guidance(usable, Hyperparameters(**values))
    assert "in 2 of 3" in told


@pytest.mark.parametrize("name", ["empty", "full", "broken", "whole box", "beside", "none"])
def test_without_any_that_can_be_used_training_is_refused(
    mixed: dict[str, Sample], name: str
) -> None:
    unusable = make_set(mixed[name], mixed["none"])
    with pytest.raises(UserError, match="none of the 2 training images"):
        describe_guidance(unusable, Hyperparameters(guidance="inside"))
    told = describe_guidance(unusable, Hyperparameters(guidance="inside", ignored="0,0,.3,.3"))
    assert told[0].startswith("Training was guided away from the ignored parts.")
    assert describe_guidance(unusable, Hyperparameters()) == ()


def test_of_many_images_some_are_opened(mixed: dict[str, Sample]) -> None:
    many = make_set(*[mixed["usable"], mixed["empty"]] * MOST_SEEN)
    told, unusable = describe_guidance(many, Hyperparameters(guidance="both"))
    about = re.search(rf"in about (\d+) of {2 * MOST_SEEN}", told)
    assert about
    assert int(about[1]) == pytest.approx(MOST_SEEN, rel=0.15)
    assert f"of {MOST_SEEN} training images that were opened" in unusable


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"guidance": "both", "guidance_weight": 0.0}, "guidance_weight is 0"),
        ({"ignored": "0,0,.2,.2"}, "guidance is none"),
        ({"new_background": 0.5, "batch_size": 1}, "batch_size is 1"),
    ],
)
def test_what_would_change_nothing_is_refused(
    mixed: dict[str, Sample], values: dict[str, Any], named: str
) -> None:
    with pytest.raises(UserError, match=named):
        describe_guidance(make_set(*mixed.values()), Hyperparameters(**values))
