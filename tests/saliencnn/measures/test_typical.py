import numpy as np

from saliencnn.measures.typical import find_typical


def test_the_typical_image_is_close_to_the_mean_of_every_number() -> None:
    first, second = np.array([0.0, 0.4, 0.6, 1.0]), np.array([0.5, 0.9, 0.5, 0.1])
    every = np.ones(4, bool)
    assert find_typical([first], np.array([True, False, False, True])) == 0
    assert find_typical([first, second], every) == 2, "the second is typical of one alone"
    assert find_typical([first, second], np.array([True, True, False, True])) == 1


def test_an_image_with_unknown_numbers_stands_for_nothing() -> None:
    unknown = np.full(3, np.nan)
    assert find_typical([unknown], np.ones(3, bool)) is None
    assert find_typical([], np.ones(3, bool)) is None
    known = np.array([0.1, np.nan, 0.8])
    assert find_typical([known], np.array([False, True, False])) is None
    assert find_typical([known], np.ones(3, bool)) == 0
