from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.spatial import procrustes

from pipelines.comparison.class_list import list_classes
from pipelines.comparison.groups import (
    Group,
    classes_within,
    find_largest,
    group_evaluations,
    neighbours_of,
    turn_towards,
)
from pipelines.comparison.rankings import (
    RANKINGS,
    Ranking,
    accuracy_by_class,
    count_right,
    leaves_of,
    shortlist,
    spread_of_classes,
)
from pipelines.comparison.task import Task
from pipelines.comparison.view import View
from saliencnn.data.classset import ClassSet
from saliencnn.store.evaluation_records import EvaluationInfo

CLASSES = ClassSet("birds", ("a", "b", "c", "d"), (), ("animal", "food", "animal", "food"))


def info(run_id: str, model: str, top1: float, **changes: object) -> EvaluationInfo:
    made = EvaluationInfo(
        model=model, arch=model, model_digest=run_id, image_set="birds", images="i", images_id="p",
        class_set=CLASSES.digest, input_size=224, resize=None, mean=(0, 0, 0), std=(1, 1, 1),
        run_id=run_id, metrics={"top1": top1, "images": 8},
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


GROUP = Group((info("1", "x", 0.9), info("2", "y", 0.5)), CLASSES)
NAN = float("nan")
TABLES = {
    "1": pd.DataFrame({"images": [2, 2, 0, 4], "accuracy": [1.0, 0.5, NAN, 0.25]}),
    "2": pd.DataFrame({"images": [2, 2, 0, 4], "accuracy": [0.5, 0.5, NAN, 1.0]}),
}


def test_only_the_same_images_and_classes_compare() -> None:
    """One network alone compares with nothing, so it does not come first."""
    listed = [
        info("4", "z", 0.1, images="others"),
        info("3", "y", 0.2),
        info("2", "x", 0.7, class_set="another"),
        info("1", "x", 0.7),
    ]
    groups = group_evaluations(listed)
    assert [[one.run_id for one in group] for group in groups] == [["1", "3"], ["4"], ["2"]]


def test_the_largest_group_counts_networks_that_nobody_rejected() -> None:
    few = (info("1", "x", 0.9), info("2", "y", 0.5))
    many = tuple(info(one, one, 0.5, images="others") for one in "345")
    accepted = dict.fromkeys("12345", "")
    assert find_largest([few, many], accepted) == many
    left = find_largest([few, many], accepted | dict.fromkeys("34", "rejected"))
    assert left == few
    assert not find_largest([few], dict.fromkeys("12", "rejected"))
    assert not find_largest([], {})


def test_models_of_one_name_are_told_apart() -> None:
    models = ["x", "x", "y@old.pth", "y@new.pth", "z@only.pth"]
    infos = tuple(info(f"{n}" * 8, model, 0.5) for n, model in enumerate(models))
    names = list(Group(infos, CLASSES).names.values())
    assert names == ["x (000000)", "x (111111)", "y (old)", "y (new)", "z"]


def test_notes_say_of_which_model_they_are() -> None:
    both, one = "3 images cannot be read", "Top-1 accuracy is 0.0%, but"
    infos = (info("1", "x", 0.9, notes=(both,)), info("2", "y", 0.5, notes=(both, one)))
    assert Group(infos, CLASSES).notes == [both, f"y: {one}"]
    assert GROUP.notes == []


def test_the_spread_of_classes() -> None:
    spread = spread_of_classes(TABLES, GROUP)
    assert spread["class"].tolist() == ["a", "b", "d"]
    assert spread["index"].tolist() == [0, 1, 3]
    assert spread["images"].tolist() == [2, 2, 4]
    assert spread["range"].tolist() == [0.5, 0.0, 0.75]
    assert spread["average"].tolist() == [0.75, 0.5, 0.625]
    for number in ("range", "average"):
        assert (spread[f"{number}_low"] <= spread[number]).all()
        assert (spread[f"{number}_high"] >= spread[number]).all()


def test_classes_rank_by_what_their_images_prove() -> None:
    """A class of one image that models disagree on wholly comes after one of 50 by half."""
    spread = spread_of_classes(
        {
            "1": pd.DataFrame({"images": [1, 50, 1, 50], "accuracy": [1.0, 0.9, 1.0, 1.0]}),
            "2": pd.DataFrame({"images": [1, 50, 1, 50], "accuracy": [0.0, 0.4, 0.0, 1.0]}),
        },
        GROUP,
    )
    most = Ranking("range", "range_low", descending=True).order(spread)
    assert most["class"].tolist() == ["b", "d", "a", "c"]
    assert Ranking("range", "range_low", descending=True).ties(most) == 1
    best = Ranking("average", "average_low", descending=True).order(spread)
    assert best["class"].tolist() == ["d", "b", "a", "c"]
    worst = Ranking("average", "average_high", descending=False)
    assert worst.order(spread)["class"].tolist()[0] == "b"
    alone = spread[spread["images"] == 1]
    assert worst.ties(worst.order(alone)) == 2


def test_the_classes_that_a_sentence_names_stand_first_in_the_table() -> None:
    """Of half of many images more is proven than of none of one."""
    spread = spread_of_classes(
        {
            one: pd.DataFrame({"images": [1, 50, 2, 1], "accuracy": [0.0, 0.5, 0.0, 1.0]})
            for one in "12"
        },
        GROUP,
    )
    worst, best = RANKINGS["do worst"], RANKINGS["do best"]
    for one in (worst, best):
        named = one.pick_first(spread, 2)["class"].tolist()
        assert named == one.order(spread)["class"].tolist()[: len(named)]
    assert worst.pick_first(spread, 3)["class"].tolist()[0] == "b"


@pytest.mark.parametrize(
    ("numbers", "named", "said"),
    [
        (
            ([1, 1, 0], [0, 1, 0]),
            {"disagree most": "a", "disagree least": "bc", "do best": "ba", "do worst": "ca"},
            "",
        ),
        (([1, 0, 1], [1, 0, 1]), {"do best": "ac", "do worst": "b"}, "agree on each"),
        (([1, 1, 1], [0, 0, 0]), {"do best": "abc", "do worst": "abc"}, "disagree wholly on each"),
        (([0, 0, 0], [0, 0, 0]), {}, "are right on no image"),
        (([1, 1, 1], [1, 1, 1]), {}, "are right on every image"),
    ],
)
def test_no_class_is_named_first_of_which_that_is_false(
    numbers: tuple[list[float], ...], named: dict[str, str], said: str
) -> None:
    """Of ImageNet's fungi, all six networks were said to disagree on one that all miss."""
    images = [1, 1, 1, 0]
    spread = spread_of_classes(
        {
            str(n): pd.DataFrame({"images": images, "accuracy": [*own, NAN]})
            for n, own in enumerate(numbers, 1)
        },
        GROUP,
    )
    told = {name: one.pick_first(spread, 3)["class"] for name, one in RANKINGS.items()}
    assert {name: "".join(first) for name, first in told.items() if len(first)} == named
    assert {RANKINGS[name].describe_all(spread) for name in RANKINGS} >= {said}


def test_accuracies_of_chosen_classes_come_in_their_order() -> None:
    frame = accuracy_by_class(TABLES, GROUP, [3, 2, 0])
    rows = frame[["class", "model", "accuracy", "images"]].values.tolist()
    assert rows == [["d", "x", 0.25, 4], ["a", "x", 1.0, 2], ["d", "y", 1.0, 4], ["a", "y", 0.5, 2]]


def test_right_images_are_counted() -> None:
    assert count_right(TABLES["1"], [3, 0]) == ["1 of 4", "2 of 2"]


def test_leaves_descend_and_leave_out_what_has_no_images() -> None:
    assert leaves_of(TABLES["2"], CLASSES)["class"].tolist() == ["d", "a", "b"]
    food = leaves_of(TABLES["2"], CLASSES, {1, 2, 3})
    assert food["class"].tolist() == ["d", "b"]
    assert food["rank"].tolist() == [1, 2]
    without = ClassSet("plain", CLASSES.classes)
    assert leaves_of(TABLES["1"], without)["root"].tolist() == [""] * 3


def test_a_shortlist_ranks_by_what_images_prove_and_keeps_the_chosen() -> None:
    names = [f"class {n}" for n in range(8)]
    table = pd.DataFrame(
        {"images": [1, 50, 1, 50, 10, 10, 10, 10],
         "accuracy": [1.0, 1.0, 0.0, 0.0, 0.5, 0.5, 0.6, 0.4]}
    )  # fmt: skip
    leaves = leaves_of(table, ClassSet("many", tuple(names)))
    short = shortlist(leaves.assign(chosen=leaves["index"] == 5), 5)
    assert short["part"].tolist() == ["best", "best", "chosen", "worst", "worst"]
    # One image proves little: class 0 is neither the best nor class 2 the worst.
    assert short["index"].tolist()[0] == 1
    assert short["index"].tolist()[-1] == 3
    assert short["index"].tolist()[2] == 5
    many = shortlist(leaves.assign(chosen=True), 4)
    assert len(many) == 4
    assert {"best", "worst"} < set(many["part"])


def test_neighbours_come_nearest_first() -> None:
    distances = np.array(
        [[0, 0.9, NAN, 0.2], [0.9, 0, NAN, 0.5], [NAN] * 4, [0.2, 0.5, NAN, 0]], np.float32
    )
    near = neighbours_of(distances, 0, CLASSES)
    assert near["class"].tolist() == ["d", "b"]
    assert near["root"].tolist() == ["food", "food"]
    assert near["distance"].tolist() == pytest.approx([0.2, 0.9])
    assert neighbours_of(distances, 2, CLASSES).empty


@given(some.integers(0, 1000), some.integers(3, 12))
@settings(max_examples=25)
def test_a_graph_turns_towards_another(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    others, points = rng.normal(size=(2, count, 2))
    turned = turn_towards(points, others)
    spread = ((others - others.mean(axis=0)) ** 2).sum()
    disparity = procrustes(others, points)[2]
    assert ((turned - others) ** 2).sum() / spread == pytest.approx(disparity, abs=1e-9)


def test_a_turned_copy_is_found_again_whatever_is_missing() -> None:
    others = np.array([[0, 0], [4, 0], [0, 1], [2, 2]], float)
    angle = 0.7
    turn = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    points = 3 * others @ turn + [5, -2]
    gaps = others.copy()
    gaps[1] = NAN
    np.testing.assert_allclose(turn_towards(points, gaps), others, atol=1e-9)
    points[3] = NAN
    turned = turn_towards(points, others)
    np.testing.assert_allclose(turned[:3], others[:3], atol=1e-9)
    assert np.isnan(turned[3]).all()


def test_points_that_cannot_be_turned_stay() -> None:
    points = np.array([[1.0, 2.0], [NAN, NAN]])
    np.testing.assert_array_equal(turn_towards(points, points), points)
    same = np.ones((3, 2))
    np.testing.assert_allclose(turn_towards(same, same + 1), same + 1)


def test_classes_within_a_rectangle() -> None:
    points = np.array([[0, 0], [1, 1], [NAN, NAN], [2, 2]], np.float32)
    assert classes_within(points, [1.5, -1], [-1, 1]) == (0, 1)
    assert classes_within(points, [0, 2], [0, 2]) == (0, 1, 3)


@pytest.mark.parametrize(
    ("rank", "numbers", "images", "said"),
    [
        (
            "disagree most",
            ([1, 0, 1], [0, 0, 1]),
            2,
            'disagree most on "a" (100 points apart, 2 images): none of these has more than 2 '
            "images, so it may be chance; they disagree at all on 1 of the 3;",
        ),
        (
            "do worst",
            ([0, 0, 1], [0, 0, 1]),
            20,
            'do worst on "a" and "b" (each 0% right, 20 images): the first 2 tie; '
            "on 2 of the 3 no network is right on any image;",
        ),
        ("disagree most", ([1, 0, 1], [1, 0, 1]), 20, "agree on each."),
    ],
)
def test_a_list_says_what_stands_first_how_many_tie_and_if_chance_may_have_put_it_there(
    rank: str, numbers: tuple[list[float], ...], images: int, said: str
) -> None:
    tables = {
        str(n): pd.DataFrame({"images": [images] * 3 + [0], "accuracy": [*own, NAN]})
        for n, own in enumerate(numbers, 1)
    }
    found = list_classes(tables, GROUP, Task(), View(rank=rank))
    start = f"Of the 3 classes ({3 * images} images), all networks {said}"
    assert found.describe().startswith(start)
    assert found.claim.endswith((":", "."))
    assert found.claim == found.describe()[: len(found.claim)]
