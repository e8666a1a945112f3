"""What other networks say of the images that one misses."""

import numpy as np

from pipelines.comparison.others import find_missed

TRUE = np.array([0, 0, 0, 0, 0, 1, 1])
PREDICTED = np.array(
    [
        [1, 2, 2, 0, 2, 0, 1],  # misses images 0, 1, 2 and 4 of class 0, and image 5
        [0, 2, 2, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0, 0],
        [2, 1, 2, 0, 0, 0, 1],  # as often right as the second, and wrong likewise
    ]
)
NAMES, CLASSES = ["a", "b", "c", "d"], ["finch", "robin", "gull"]


def test_others_are_asked_of_the_images_that_one_misses() -> None:
    found = find_missed(TRUE, PREDICTED, TRUE == 0, 0)
    assert found.images.tolist() == [0, 1, 2, 4]
    assert found.asked == 5
    assert (found.own.networks, found.own.right, found.own.wrong) == ((0,), 0, ((2, 3), (1, 1)))
    best, alike = found.others
    assert (best.networks, best.right, best.wrong) == ((2,), 4, ())
    assert (alike.networks, alike.right, alike.wrong) == ((1, 3), 1, ((2, 2), (1, 1)))


def test_a_network_that_misses_nothing_leaves_nothing_to_ask() -> None:
    found = find_missed(TRUE, PREDICTED, TRUE == 0, 2)
    assert not len(found.images)
    assert [(one.networks, one.right, one.wrong) for one in found.others] == [((0, 1, 3), 0, ())]


def test_answers_are_said_with_their_counts() -> None:
    best, alike = find_missed(TRUE, PREDICTED, TRUE == 0, 0).others
    assert alike.describe(NAMES, CLASSES) == 'b and d: 1 right each; say "gull" (2) and "robin" (1)'
    assert best.describe(NAMES, CLASSES) == "c: 4 right"
