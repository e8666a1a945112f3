import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.planted import CLASSES, sticker_of
from saliencnn.measures.groups import difference
from saliencnn.measures.map_clusters import (
    SPLIT_LEVEL,
    border_profile,
    cluster_order,
    disagreement,
    find_clusters,
    mean_map,
    split_by_chance,
)
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.runs import read_run

RNG = np.random.default_rng(0)


def spot(row: int, column: int, size: int = 6) -> np.ndarray:
    saliency = RNG.random((size, size)) * 0.05
    saliency[row, column] += 1
    return saliency


def test_the_mean_counts_each_map_by_its_maximum() -> None:
    maps = np.stack([np.eye(2) * 9, np.array([[0.0, 1.0], [0.0, 0.0]]), np.zeros((2, 2))])
    np.testing.assert_allclose(mean_map(maps), [[0.5, 0.5], [0, 0.5]])
    assert np.isnan(mean_map(np.zeros((3, 2, 2)))).all()


def test_disagreement_is_the_share_to_move() -> None:
    left, right = np.array([[1.0, 0.0]]), np.array([[0.0, 5.0]])
    both = np.array([[1.0, 1.0]])
    stacks = np.array([[left, left, left, left * 0], [left * 3, right, both, right]])
    np.testing.assert_allclose(disagreement(stacks)[:3], [0, 1, 0.5])
    assert np.isnan(disagreement(stacks)[3])
    assert np.isnan(disagreement(stacks[:1])).all()


@given(st.integers(2, 4), st.integers(0, 2**31))
def test_disagreement_lies_between_0_and_1(models: int, seed: int) -> None:
    maps = np.random.default_rng(seed).normal(size=(models, 3, 4, 4))
    found = disagreement(maps)
    assert ((found >= 0) & (found <= 1 + 1e-9)).all()
    np.testing.assert_allclose(disagreement(maps[::-1] * 7), found)


@pytest.mark.parametrize("higher_is_alike", [True, False])
def test_alike_rows_stand_together(higher_is_alike: bool) -> None:
    """Two families, dealt alternately."""
    family = np.arange(8) % 2
    similarity = (family[:, None] == family).astype(float) * 0.8 + RNG.random((8, 8)) * 0.01
    similarity = (similarity + similarity.T) / 2
    np.fill_diagonal(similarity, 1)
    matrix = similarity if higher_is_alike else 1 - similarity
    order = cluster_order(matrix, higher_is_alike)
    assert sorted(order) == list(range(8))
    assert abs(np.diff(family[order])).sum() == 1


def test_rows_that_cannot_be_compared_come_last() -> None:
    matrix = np.eye(4)
    matrix[1] = matrix[:, 1] = np.nan
    assert cluster_order(matrix, True)[-1] == 1
    assert list(cluster_order(np.full((2, 2), np.nan), True)) == [0, 1]


@given(st.integers(1, 30), st.integers(1, 30))
def test_profiles_are_shares(height: int, width: int) -> None:
    profile = border_profile(np.random.default_rng(0).random((3, height, width)) + 0.1)
    np.testing.assert_allclose(profile.sum(axis=1), 1)


def test_where_along_the_border_does_not_matter() -> None:
    maps = np.zeros((4, 6, 6))
    maps[0, 0, 3] = maps[1, 4, 0] = maps[2, 5, 5] = maps[3, 2, 3] = 1
    np.testing.assert_allclose(border_profile(maps), [[1, 0, 0]] * 3 + [[0, 0, 1]])


def test_two_strategies_are_found() -> None:
    border = [spot(0, place) for place in range(1, 6)] + [spot(place, 5) for place in range(1, 6)]
    centre = [spot(row, column) for row in (2, 3) for column in (2, 3)]
    found = find_clusters(np.stack([*border, *centre, np.zeros((6, 6))]))
    assert list(found.labels) == [0] * 10 + [1] * 4 + [-1]
    assert found.clearness > 0.8


def blobs(count: int, spread: float, rng: np.random.Generator) -> np.ndarray:
    """Maps of one strategy: a blob that wanders as the object does."""
    y, x = np.mgrid[:12, :12]
    down, across = rng.normal(5.5, spread, (2, count, 1, 1))
    width = rng.uniform(1.2, 2.2, (count, 1, 1))
    return np.asarray(np.exp(-((y - down) ** 2 + (x - across) ** 2) / (2 * width**2)))


@pytest.mark.parametrize("spread", [0.8, 1.6, 3.0])
def test_one_strategy_may_be_one_group(spread: float) -> None:
    """In at most one of twenty sets of 30 maps chance makes a second one."""
    rng = np.random.default_rng(7)
    split = [split_by_chance(border_profile(blobs(30, spread, rng))) for _ in range(60)]
    assert np.mean(np.array(split) <= SPLIT_LEVEL) <= 0.05


def test_two_strategies_are_not_one_group() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        near_border = np.roll(blobs(12, 0.5, rng), 5, axis=1)
        found = find_clusters(np.concatenate([blobs(18, 0.8, rng), near_border]))
        assert not found.may_be_one


def test_few_or_equal_maps_are_one_group() -> None:
    assert list(find_clusters(np.stack([spot(0, 0), spot(3, 3)])).labels) == [0, 0]
    same = find_clusters(np.repeat(spot(0, 0)[None], 9, axis=0))
    assert list(same.labels) == [0] * 9
    assert np.isnan(same.clearness)


def test_the_planted_shortcut_is_a_cluster_of_its_own(store: Store) -> None:
    """In seven of ten images the sticker gives the class away; in the others it lies."""
    shortcut = 0.7
    request = Request(
        data=f"planted:train=960,validation=240,counterfactual=0,size=48,shortcut={shortcut},seed=0",
        image_size=48,
        hyperparameters=Hyperparameters(epochs=6, batch_size=32),
    )
    run = read_run(store, train(store, request))
    target = CLASSES.index("plain")
    (table, *_) = read_class_maps(store, run.run_id, [run.epoch], target)[run.epoch]
    rows, method = table.rows, table.methods.index("gradcam")
    seen = zip(rows["image"], rows["true"], strict=True)
    given_away = np.array(
        [sticker_of(0, "validation", int(i), int(true), shortcut) == target for i, true in seen]
    )
    found = find_clusters(unpack_maps(rows)[:, method])
    groups = [found.labels == number for number in range(found.labels.max() + 1)]
    with_sticker = max(groups, key=lambda group: given_away[group].mean())
    # Nearly all its images have the class's sticker, and it holds nearly all that have it ...
    assert given_away[with_sticker].mean() > 0.8
    assert given_away[with_sticker].sum() > 0.8 * given_away.sum()
    # ... while the other looks at the bird, for there is nothing else to see.
    assert given_away[~with_sticker].mean() < 0.2
    shift = difference(rows["focus"][:, method], with_sticker)
    assert shift.low > 0.1
