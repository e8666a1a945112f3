"""The examples of a class against a loop over the images."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.maps.examples import KINDS, Case, begins_usual, recommend

PREDICTION = np.dtype(
    [("image", "<i4"), ("true", "<i2"), ("predicted", "<i2"), ("confidence", "<f4")]
)
CLASSES = ("ant", "bee", "cat")

# Few confidences, so that ties are common, and images in any order.
ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from([0.25, 0.5, 0.75, 1.0])),
    max_size=25,
).flatmap(
    lambda rows: st.permutations(range(len(rows))).map(
        lambda order: [(i, *row) for i, row in zip(order, rows, strict=True)]
    )
)


@given(ROWS, st.integers(0, 2))
def test_cases_by_hand(rows: list[tuple[int, int, int, float]], target: int) -> None:
    found = recommend(np.array(rows, dtype=PREDICTION), target)
    expected: dict[str, list[Case]] = {"correct": [], "false_positive": [], "missed": []}
    for image, true, predicted, confidence in sorted(rows, key=lambda row: (-row[3], row[0])):
        if true == predicted == target:
            kind = "correct"
        elif predicted == target:
            kind = "false_positive"
        elif true == target:
            kind = "missed"
        else:
            continue
        expected[kind].append(Case(kind, image, true, predicted, confidence))
    taken = Counter(case.predicted for case in expected["missed"])
    usual = {of for of, images in taken.items() if images == max(taken.values()) > 1}
    expected["missed"].sort(key=lambda case: case.predicted not in usual)
    assert found == expected
    assert list(found) == list(KINDS)


def test_the_most_confident_comes_first() -> None:
    rows = [(4, 1, 1, 0.6), (9, 1, 1, 0.9), (2, 1, 1, 0.6), (5, 0, 1, 0.7), (7, 1, 2, 0.8)]
    found = recommend(np.array(rows, dtype=PREDICTION), 1)
    assert [case.image for case in found["correct"]] == [9, 2, 4]
    assert [case.image for case in found["false_positive"]] == [5]
    assert [case.image for case in found["missed"]] == [7]
    assert type(found["correct"][0].image) is int
    assert type(found["correct"][0].confidence) is float


def test_of_missed_images_the_usual_mistake_comes_first_where_their_maps_are_logged() -> None:
    rows = [(0, 1, 0, 0.9), (1, 1, 2, 0.5), (2, 1, 2, 0.6), (3, 1, 2, 0.7), (4, 1, 0, 0.8)]
    known = np.array(rows, dtype=PREDICTION)
    assert [case.image for case in recommend(known, 1)["missed"]] == [3, 2, 1, 0, 4]
    assert begins_usual(recommend(known, 1)["missed"])
    logged = recommend(known, 1, np.array([0, 1]))["missed"]
    assert [case.image for case in logged] == [1, 0, 3, 2, 4]
    assert not begins_usual(recommend(known[1:4], 1)["missed"]), "all are that mistake"
    assert not begins_usual(recommend(known[:2], 1)["missed"]), "none is usual"
    assert not begins_usual([])


def test_a_class_without_images_has_no_cases() -> None:
    nothing = {"correct": [], "false_positive": [], "missed": []}
    assert recommend(np.array([(0, 1, 1, 0.5)], dtype=PREDICTION), 2) == nothing
    assert recommend(np.empty(0, dtype=PREDICTION), 0) == nothing


@pytest.mark.parametrize(
    ("case", "named"),
    [
        (Case("correct", 0, 1, 1, 0.934), ["bee", "93%"]),
        (Case("false_positive", 0, 2, 1, 0.5), ["bee", "50%", "cat"]),
        (Case("missed", 0, 0, 2, 1.0), ["cat", "100%", "ant"]),
    ],
)
def test_a_case_is_described_by_prediction_confidence_and_true_class(
    case: Case, named: list[str]
) -> None:
    words = re.findall(r"\w+%?", case.describe(CLASSES))
    assert [word for word in words if word in CLASSES or "%" in word] == named
