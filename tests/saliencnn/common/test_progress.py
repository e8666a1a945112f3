"""Progress of a part of some work as that of the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.progress import part_of, split


class Cancelled(Exception):
    """Somebody pressed stop."""


def test_a_part_reports_as_a_piece_of_the_whole_under_its_name() -> None:
    heard: list[tuple[float, str]] = []
    whole = part_of(lambda *call: heard.append(call), 0.5, 1.0, "Images 1 to 8")
    part_of(whole, 0.5, 1.0, "Grad-CAM")(0.5, "3 of 6")
    part_of(whole, 0.0, 0.5)(0.5, "looking")
    assert heard == [(0.875, "Images 1 to 8: Grad-CAM: 3 of 6"), (0.625, "Images 1 to 8: looking")]


def test_what_the_callback_raises_comes_out() -> None:
    def cancel(_fraction: float, _words: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        part_of(part_of(cancel, 0.0, 0.5), 0.0, 1.0)(1.0, "done")


@given(st.integers(1, 50), st.integers(1, 50))
def test_parts_one_after_the_other_never_go_back_nor_beyond_the_end(outer: int, inner: int) -> None:
    heard: list[float] = []
    for part in range(outer):
        whole = part_of(lambda done, _words: heard.append(done), part / outer, (part + 1) / outer)
        for piece in range(inner):
            step = part_of(whole, piece / inner, (piece + 1) / inner)
            step(0.0, "")
            step(1.0, "")
    assert heard == sorted(heard)
    assert heard[-1] == 1


def test_a_part_takes_as_much_of_the_whole_as_it_takes_time() -> None:
    heard: list[tuple[float, str]] = []
    for part in split(lambda *call: heard.append(call), [("", 1), ("slow", 6), ("none", 0)]):
        part(0.5, "half")
    assert heard == [(0.5 / 7, "half"), (4 / 7, "slow: half"), (1.0, "none: half")]
    assert split(lambda *call: heard.append(call), []) == []
