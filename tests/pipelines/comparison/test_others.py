"""What other networks say of the images that one misses."""

import numpy as np

from pipelines.comparison.others import find_missed

TRUE = np.array([0, 0, 0, 0, 0, 1, 1])
PREDICTED = np.array(
    [
        [1, 2, 2, 0, 2, 0, 1],  # misses images 0, 1, 2 and 4 of class 0, and image 5
        [0, 2, 2, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0, 0],
    ]
)
CLASSES = ["finch", "robin", "gull"]


def test_others_are_asked_of_the_images_that_one_misses() -> None:
    found = find_missed(TRUE, PREDICTED, TRUE == 0, 0)
    assert found.images.tolist() == [0, 1, 2, 4]
    assert found.asked == 5
    own, second, third = found.others
    assert (own.network, own.right, own.wrong) == (0, 0, ((2, 3), (1, 1)))
    assert (second.network, second.right, second.wrong) == (1, 1, ((2, 2), (1, 1)))
    assert (third.network, third.right, third.wrong) == (2, 4, ())


def test_a_network_that_misses_nothing_leaves_nothing_to_ask() -> None:
    found = find_missed(TRUE, PREDICTED, TRUE == 0, 2)
    assert not len(found.images)
    assert [one.right for one in found.others] == [0, 0, 0]
    assert [one.network for one in found.others] == [2, 0, 1]


def test_answers_are_said_with_their_counts() -> None:
    _, second, third = find_missed(TRUE, PREDICTED, TRUE == 0, 0).others
    told = second.describe(["a", "b", "c"], CLASSES)
    assert "b" in told
    assert "1 right" in told
    assert '"gull" (2)' in told
    assert "says" not in third.describe(["a", "b", "c"], CLASSES)
