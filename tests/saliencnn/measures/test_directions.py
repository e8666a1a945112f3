"""Directions taken out of features, on features of which it is known what they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.measures.directions import complement, find_direction, fold_projection


def test_the_direction_is_what_is_planted_where_the_maps_point() -> None:
    rng = np.random.default_rng(0)
    planted, place = rng.normal(size=6), (1, 2)
    features = rng.normal(size=(200, 6, 4, 4)) * 0.1
    features[:, :, *place] += planted
    maps = np.zeros((200, 4, 4))
    maps[:, *place] = 1
    maps[:, 0, 0] = 0.49
    found = find_direction(features, maps)
    assert found @ planted / np.linalg.norm(found) / np.linalg.norm(planted) > 0.999


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_maps_that_point_nowhere_or_everywhere_have_none(value: float) -> None:
    with pytest.raises(ValueError, match="nowhere, or everywhere"):
        find_direction(np.ones((2, 3, 4, 4)), np.full((2, 4, 4), value))


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_nothing_is_left_of_projected_directions_and_all_of_the_rest(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(count, 7))
    doubled = np.concatenate([directions, directions.sum(axis=0, keepdims=True)])
    projection = complement(doubled)
    assert np.abs(directions @ projection).max() < 1e-9
    np.testing.assert_allclose(projection @ projection, projection, atol=1e-9)
    assert round(np.trace(projection)) == 7 - count
    np.testing.assert_allclose(projection, projection.T, atol=1e-12)


def test_a_folded_layer_does_what_the_other_does_with_projected_features() -> None:
    rng = np.random.default_rng(1)
    weight, bias, centre = rng.normal(size=(3, 7)), rng.normal(size=3), rng.normal(size=7)
    features, projection = rng.normal(size=(20, 7)), complement(rng.normal(size=(2, 7)))
    expected = ((features - centre) @ projection + centre) @ weight.T + bias
    folded, moved = fold_projection(weight, bias, projection, centre)
    np.testing.assert_allclose(features @ folded.T + moved, expected)
