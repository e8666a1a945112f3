"""What a function has returned before."""

import numpy as np

from saliencnn.common.memoize import memoize


def test_arguments_of_the_same_content_are_computed_once() -> None:
    computed = []

    @memoize(2)
    def double(values: np.ndarray, name: str = "") -> tuple[np.ndarray, str]:
        computed.append(name)
        return 2 * values, name

    first = double(np.arange(3), name="a")
    assert double(np.arange(3), name="a") is first
    assert double(np.arange(4), name="a")[0].tolist() == [0, 2, 4, 6]
    assert double(np.arange(3), name="b")[1] == "b"
    assert computed == ["a", "a", "b"]
    assert double(np.arange(3), name="a") is not first, "only the last two are kept"
