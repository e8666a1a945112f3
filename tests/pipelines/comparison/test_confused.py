"""The two classes that a network takes for each other most, and images of both."""

import numpy as np
import pytest

from pipelines.comparison.confused import choose_images, count_confused, find_confused_pair

TRUE = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
PREDICTED = np.array([0, 1, 2, 0, 0, 1, 1, 2, 2, 0])
NAMES = ("cat", "dog", "egg")


def test_both_ways_count_and_the_class_taken_for_the_other_more_often_comes_first() -> None:
    pair = find_confused_pair(TRUE, PREDICTED)
    assert pair is not None
    assert (pair.classes, pair.taken, pair.images, pair.equal) == ((1, 0), (2, 1), (4, 3), 0)
    assert pair.confused == 3
    assert pair.describe("net", NAMES, chosen=False) == (
        'net confuses "dog" and "cat" most: 2 of 4 images of "dog" are taken for "cat"; 1 of 3 '
        'images of "cat" is taken for "dog"; so few images may be chance.'
    )
    assert find_confused_pair(TRUE, TRUE) is None


def test_pairs_that_are_confused_as_often_are_counted() -> None:
    predicted = np.where(np.arange(10) == 0, 1, np.where(np.arange(10) == 7, 1, TRUE))
    pair = find_confused_pair(TRUE, predicted)
    assert pair is not None
    assert (pair.classes, pair.equal) == ((0, 1), 1)
    told = pair.describe("net", NAMES, chosen=False)
    assert "1 other pair of classes is confused as often" in told


@pytest.mark.parametrize("first", [0, 1])
def test_chosen_classes_are_told_whether_they_are_confused_or_not(first: int) -> None:
    pair = count_confused(TRUE, PREDICTED, first, 1 - first)
    assert pair.describe("net", NAMES, True).startswith('net confuses "dog" and "cat": 2 of 4')
    never = count_confused(TRUE, PREDICTED, 1, 2)
    assert (never.taken, never.images) == ((0, 0), (4, 3))
    assert 'confuses no image of "dog" with "egg"' in never.describe("net", NAMES, True)


def test_confused_images_come_before_right_ones() -> None:
    assert choose_images(TRUE, PREDICTED, 0, 1, 4) == [1, 0, 2]
    assert choose_images(TRUE, PREDICTED, 1, 0, 3) == [3, 4, 5]
    assert choose_images(TRUE, PREDICTED, 9, 0, 3) == []
