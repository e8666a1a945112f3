from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from saliencnn.data.image_index import ImageIndex
from saliencnn.findings.attention_signs import find_beside
from saliencnn.findings.glance import know_chance, warn, warn_of
from saliencnn.findings.mostly import count_mostly
from saliencnn.findings.run_facts import RunFacts
from saliencnn.store.epochs import PREDICTION
from saliencnn.store.runs import RunInfo

BESIDE = {"val_accuracy": 0.617, "focus": 0.393, "focus_inside": 0.3625}
LEANS = {"val_accuracy": 0.921, "counterfactual_accuracy": 0.825}


@pytest.mark.parametrize(
    ("metrics", "warning"),
    [
        ({}, ""),
        ({"val_accuracy": 0.97, "counterfactual_accuracy": 0.2}, "relies on a shortcut"),
        ({"val_accuracy": 0.97, "counterfactual_accuracy": 0.95, "focus": 0.6}, ""),
        ({"val_accuracy": 0.97, "focus": 0.2}, "looks beside the object"),
        (
            {"val_accuracy": 0.9, "counterfactual_accuracy": 0.7, "counterfactual_images": 20.0},
            "",
        ),
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


@pytest.mark.parametrize(("pointing", "warned"), [(0.9, False), (0.55, True), (0.1, True)])
def test_it_warns_of_no_wide_maps_that_point_at_the_object(pointing: float, warned: bool) -> None:
    wide = {"val_accuracy": 0.9, "focus": 0.2, "focus_inside": 0.1, "focus_images": 100.0}
    assert bool(warn(wide | {"pointing": pointing})) == warned


@pytest.mark.parametrize(
    ("accuracy", "chance", "told"),
    [(0.7, 0.5, False), (0.8, 0.5, True), (0.92, 0.9, False), (0.96, 0.9, True), (0.55, 0.1, True)],
)
def test_lists_and_pages_ask_alike_where_a_network_hardly_beats_the_most_frequent_class(
    accuracy: float, chance: float, told: bool
) -> None:
    images, classes = 100, 10 if chance < 0.5 else 2
    most = round(images * chance)
    rest = np.arange(images - most) % (classes - 1) + 1
    predictions = np.zeros(images, PREDICTION)
    predictions["true"] = [0] * most + rest.tolist()
    wrong = np.arange(images) >= round(accuracy * images)
    predictions["predicted"] = (predictions["true"] + wrong) % classes
    beside, names = np.full(images, 0.1), tuple(map(str, range(classes)))
    history = pd.DataFrame({"focus": [0.1]}, index=[1])
    run = RunFacts("f" * 32, names, history, predictions, np.ones((1, classes)), beside, beside)
    assert (run.accuracy, run.chance) == (accuracy, max(chance, 1 / classes))
    metrics = {"val_accuracy": accuracy, "focus": 0.1, "focus_inside": 0.0, "focus_images": 100.0}
    warned = warn(metrics, run.chance) == "looks beside the object"
    assert (find_beside(run) is not None) == warned == told


def index_of(counts: tuple[int, ...]) -> ImageIndex:
    """Return an index of so many images of each class."""
    labels, names = np.repeat(np.arange(len(counts)), counts), tuple(map(str, range(sum(counts))))
    boxes = np.full((len(names), 4), np.nan, np.float32)
    classes, offsets = tuple(map(str, range(len(counts)))), np.arange(len(names) + 1)
    return ImageIndex("birds", classes, 8, names, labels, offsets, boxes, boxes, ())


def test_a_list_takes_chance_from_the_validation_images_as_the_page_does(
    tiny_run: RunInfo,
) -> None:
    metrics = {"val_accuracy": 0.9, "focus": 0.1, "focus_inside": 0.1, "focus_images": 100.0}
    run = replace(tiny_run, metrics=metrics, conviction=None, class_images=(90, 10))

    def warned(counts: tuple[int, ...]) -> str:
        return warn_of(know_chance(run, lambda _: index_of(counts)))

    assert warned((50, 50)) == "looks beside the object"
    assert warned((90, 10)) == ""
    assert warn_of(replace(run, class_images=(50, 50), chance=0.9)) == ""

    def refuse(images_id: str) -> ImageIndex:
        raise OSError(images_id)

    assert know_chance(run, refuse) == run, "the list is shown all the same"
    healthy = replace(run, metrics=metrics | {"focus_inside": 0.9})
    assert know_chance(healthy, refuse) is healthy, "nothing is read"


def test_a_list_takes_chance_from_the_training_images_where_nothing_else_is_known(
    tiny_run: RunInfo,
) -> None:
    metrics = {"val_accuracy": 0.7, "focus": 0.1}
    run = replace(tiny_run, metrics=metrics, conviction=None, class_images=(50, 50))
    assert warn_of(run) == ""
    assert warn_of(replace(run, class_images=())) == "looks beside the object"
    assert warn_of(replace(run, class_images=(5,) * 20)) == "looks beside the object"
    assert warn_of(replace(run, conviction="reads colours")) == "reads colours"
    assert warn_of(replace(run, beside='"plain"')) == 'looks elsewhere in "plain"'
    assert warn_of(replace(run, beside='"plain"', conviction="reads it")) == "reads it"
