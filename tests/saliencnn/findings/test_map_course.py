"""What is said of an image over the epochs, of predictions and maps that are known."""

import numpy as np

from saliencnn.findings.map_course import describe_course


def lit(top: int, left: int) -> np.ndarray:
    single = np.zeros((9, 9))
    single[top : top + 2, left : left + 2] = 1
    return single


def test_what_changed_over_the_epochs_is_said() -> None:
    maps = {1: lit(7, 7), 2: lit(7, 7), 3: lit(0, 0), 5: lit(0, 0)}
    told = describe_course(dict.fromkeys(maps, "hooded"), maps, "CAM")
    assert told.startswith('"hooded" at every epoch; from epoch 3 on its CAM map lies in the upper')
    told = describe_course({1: "a", 2: "a", 3: "b", 5: "c"}, {5: lit(0, 0)}, "CAM")
    assert '"a" at epochs 1 to 2, "b" at epoch 3 and "c" at epoch 5; at every epoch' in told


def test_many_changes_are_counted_and_an_empty_map_has_no_place() -> None:
    told = describe_course(dict(enumerate("ababab", 1)), {1: np.zeros((3, 3))}, "CAM")
    assert told == '"b" at epoch 6, after 5 changes.'
