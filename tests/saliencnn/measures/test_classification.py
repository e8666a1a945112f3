"""Measures of a classifier against loops over the images."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.measures.classification import (
    balanced_accuracy,
    confused_pairs,
    confusion,
    find_label_shift,
    macro_f1,
    per_class,
)

CLASSES = 5
NAMES = ("ant", "bee", "cat", "dog", "elk")
PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


def split(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    true, predicted = zip(*pairs, strict=True)
    return np.array(true, dtype=np.int16), np.array(predicted, dtype=np.int16)


def ratio(above: int, below: int) -> float:
    return above / below if below else 0.0


@given(PAIRS)
def test_confusion_counts_rows_true_columns_predicted(pairs: list[tuple[int, int]]) -> None:
    expected = np.zeros((CLASSES, CLASSES), dtype=int)
    for true, predicted in pairs:
        expected[true, predicted] += 1
    found = confusion(*split(pairs), CLASSES)
    assert found.shape == (CLASSES, CLASSES)
    assert np.array_equal(found, expected)


@given(PAIRS)
def test_per_class_counts_by_hand(pairs: list[tuple[int, int]]) -> None:
    table = per_class(*split(pairs), NAMES)
    assert list(table.columns) == ["class", "precision", "recall", "f1", "images"]
    assert tuple(table["class"]) == NAMES
    for k, row in enumerate(table.itertuples(index=False)):
        hits = sum(t == p == k for t, p in pairs)
        own = sum(t == k for t, _ in pairs)
        claimed = sum(p == k for _, p in pairs)
        assert row.images == own
        assert row.precision == pytest.approx(ratio(hits, claimed))
        assert row.recall == pytest.approx(ratio(hits, own))
        assert row.f1 == pytest.approx(ratio(2 * hits, own + claimed))


@given(PAIRS)
def test_macro_f1_leaves_absent_classes_out(pairs: list[tuple[int, int]]) -> None:
    expected = []
    for k in {true for true, _ in pairs}:
        hits = sum(t == p == k for t, p in pairs)
        expected.append(2 * hits / (sum(t == k for t, _ in pairs) + sum(p == k for _, p in pairs)))
    found = macro_f1(per_class(*split(pairs), NAMES))
    assert isinstance(found, float)
    assert found == pytest.approx(sum(expected) / len(expected))


def test_balanced_accuracy_counts_each_class_the_same() -> None:
    true, predicted = np.array([0] * 8 + [2] * 2), np.array([0] * 8 + [2, 0])
    assert balanced_accuracy(true, predicted) == pytest.approx((1 + 0.5) / 2)


def test_macro_f1_known_answer() -> None:
    # a class that is absent but claimed counts for the precision of none and for the mean of none
    table = per_class(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2]), NAMES)
    assert table["f1"].tolist() == pytest.approx([1, 2 / 3, 0, 0, 0])
    assert macro_f1(table) == pytest.approx(5 / 6)
    assert macro_f1(table.assign(images=0)) == 0.0


@given(PAIRS, st.integers(1, 30))
def test_confused_pairs_by_hand(pairs: list[tuple[int, int]], most: int) -> None:
    wrong: dict[tuple[int, int], int] = {}
    for true, predicted in pairs:
        if true != predicted:
            wrong[true, predicted] = wrong.get((true, predicted), 0) + 1
    images = {true: sum(true == t for t, _ in pairs) for true, _ in wrong}
    # the most frequent first; of equally frequent ones, that which takes more of its class
    order = sorted(wrong, key=lambda pair: (-wrong[pair], -wrong[pair] / images[pair[0]], pair))
    order = order[:most]
    table = confused_pairs(confusion(*split(pairs), CLASSES), NAMES, most)
    assert list(table.columns) == ["true", "predicted", "images", "of", "fraction"]
    assert table["true"].tolist() == [NAMES[t] for t, _ in order]
    assert table["predicted"].tolist() == [NAMES[p] for _, p in order]
    assert table["images"].tolist() == [wrong[pair] for pair in order]
    assert table["of"].tolist() == [images[t] for t, _ in order]
    expected = [wrong[t, p] / images[t] for t, p in order]
    assert table["fraction"].tolist() == pytest.approx(expected)


def test_a_perfect_classifier_confuses_nothing() -> None:
    matrix = np.diag([3, 0, 2, 1, 1]).astype(np.int32)
    before = matrix.copy()
    table = confused_pairs(matrix, NAMES)
    assert isinstance(table, pd.DataFrame)
    assert table.empty
    assert np.array_equal(matrix, before)


def test_only_the_most_frequent_confusions_are_named() -> None:
    matrix = np.ones((12, 12), dtype=np.int32)
    matrix[7, 2] = 9
    names = tuple("abcdefghijkl")
    assert len(confused_pairs(matrix, names)) == 50
    first = confused_pairs(matrix, names, most=1).iloc[0]
    assert (first["true"], first["predicted"], first["images"]) == ("h", "c", 9)
    assert first["fraction"] == pytest.approx(9 / 20)


@pytest.mark.parametrize("classes", [4, 10, 1000])
@pytest.mark.parametrize("right", [1.0, 0.6])
def test_labels_that_are_shifted_are_found(classes: int, right: float) -> None:
    rng = np.random.default_rng(classes)
    true = rng.integers(1, classes - 1, 200)
    predicted = np.where(rng.random(200) < right, true, rng.integers(0, classes, 200))
    assert find_label_shift(true, predicted, classes) == 0
    assert find_label_shift(true + 1, predicted, classes) == 1
    assert find_label_shift(true - 1, predicted, classes) == -1


@given(st.integers(3, 12), st.integers(1, 60), st.floats(0, 1), st.integers(0, 2**31))
def test_a_network_that_knows_nothing_is_not_called_shifted(
    classes: int, images: int, favoured: float, seed: int
) -> None:
    """Also not where it always says one class, and most images are of the class beside it."""
    rng = np.random.default_rng(seed)
    true = np.where(rng.random(images) < favoured, 1, rng.integers(0, classes, images))
    for said in range(classes):
        assert find_label_shift(true, np.full(images, said), classes) == 0


def test_random_predictions_are_rarely_called_shifted() -> None:
    rng = np.random.default_rng(0)
    draws = [(rng.integers(0, 5, 20), rng.integers(0, 5, 20)) for _ in range(500)]
    assert sum(find_label_shift(true, said, 5) != 0 for true, said in draws) <= 2


def test_no_images_and_two_classes_have_no_shift() -> None:
    nothing = np.array([], np.int64)
    assert find_label_shift(nothing, nothing, 5) == 0
    assert find_label_shift(np.array([1] * 9), np.array([0] * 9), 2) == 0
