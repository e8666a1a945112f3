"""Each network's prediction on an image and where it looks, as a table, of maps that are known."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from pipelines.comparison.agreement import Agreement
from pipelines.comparison.looks import list_looks
from pipelines.comparison.rows import Row

CLASSES = ("jay", "wren")
MATRIX = np.array([[1, 0.9, 0.3], [0.9, 1, 0.4], [0.3, 0.4, 1]])


def list_of(*predicted: int) -> dict[str, list[str]]:
    """List networks of which two look at the middle and the third at the upper left."""
    maps = [np.zeros((9, 9)) for _ in predicted]
    for number, one in enumerate(maps):
        one[(slice(3, 6),) * 2 if number < 2 else (slice(0, 3),) * 2] = 1
    ids = ("1", "2", "3")
    rows = [
        SimpleNamespace(
            request=SimpleNamespace(info=SimpleNamespace(run_id=one)),
            predicted=said,
            correct=said == 0,
        )
        for one, said in zip(ids, predicted, strict=True)
    ]
    found = Agreement("gradcam", "ssim", ids, ("a", "b", "c"), tuple(maps), MATRIX)
    return list_looks(cast(list[Row], cast(Any, rows)), CLASSES, found, 0.5)


def test_each_network_has_its_answer_its_place_and_the_mean_of_its_row() -> None:
    assert list_of(0, 1, 1) == {
        "network": ["a", "b", "c"],
        "says": ["✓ jay", "✗ wren", "✗ wren"],
        "looks at": ["the middle", "the middle", "the upper left"],
        "region": ["11%"] * 3,
        "as right ones": ["", "yes", "elsewhere"],
        "mean SSIM": ["0.60", "0.65", "0.35"],
    }


def test_where_all_are_right_or_all_are_wrong_there_is_nothing_to_stand_beside() -> None:
    assert "as right ones" not in list_of(0, 0, 0)
    assert "as right ones" not in list_of(1, 1, 1)
