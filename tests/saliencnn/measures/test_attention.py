"""What runs are judged by where nobody knows the object's place."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saliencnn.measures.attention import MAP_MEASURES, attended_area

MAPS = arrays(np.float32, (3, 4, 5), elements=st.floats(-1, 1, width=32))


@given(MAPS)
def test_the_attended_area_by_hand(maps: np.ndarray) -> None:
    for single, area in zip(maps, attended_area(maps), strict=True):
        values = [float(v) for v in single.flat]
        peak = max(values)
        if peak <= 0:
            assert math.isnan(area)
        else:
            share = sum(v / peak >= 0.5 for v in values) / len(values)
            assert area == pytest.approx(share)


def test_known_areas() -> None:
    maps = np.zeros((4, 2, 4))
    maps[0, 0, 0] = 3
    maps[1] = 1
    maps[2, 0] = 1
    assert attended_area(maps)[:3].tolist() == [0.125, 1, 0.5]
    assert np.isnan(attended_area(maps)[3])


@pytest.mark.parametrize(
    ("name", "best"), [("noise", "spot"), ("entropy", "spot"), ("attended_area", "wide")]
)
def test_which_map_is_the_best_one(name: str, best: str) -> None:
    maps = {kind: np.zeros((1, 6, 6)) for kind in ("spot", "scattered", "wide")}
    maps["spot"][0, 2:4, 2:4] = 1
    maps["scattered"][0, ::2, ::2] = 1
    maps["wide"][0, 1:, 1:5] = 1
    measure = MAP_MEASURES[name]
    worth = {kind: measure.sign * float(measure.compute(one)[0]) for kind, one in maps.items()}
    assert max(worth, key=lambda kind: worth[kind]) == best
    assert measure.help.endswith(".")
