import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saliencnn.measures.distance import (
    ClassConfidences,
    class_distances,
    project_classes,
    sum_by_class,
)


def draw(images: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and softmax rows in single precision, as a network gives them."""
    rng = np.random.default_rng(seed)
    scores = np.exp(rng.normal(0, 3, (images, classes)))
    return rng.integers(0, classes, images), (scores / scores.sum(1, keepdims=True)).astype("f4")


def loop(labels: np.ndarray, confidences: np.ndarray, classes: int) -> np.ndarray:
    """The algorithm as one would write it down: pair by pair, image by image."""
    similarity = [[float("nan")] * classes for _ in range(classes)]
    for i in range(classes):
        for j in range(classes):
            given = [
                float(row[j]) for row, label in zip(confidences, labels, strict=True) if label == i
            ]
            if given:
                similarity[i][j] = sum(given) / len(given)
    distances = np.empty((classes, classes))
    for i in range(classes):
        for j in range(classes):
            distances[i, j] = 1 - (similarity[i][j] + similarity[j][i]) / 2
        distances[i, i] = 0 if similarity[i][i] == similarity[i][i] else float("nan")
    return distances


@pytest.mark.parametrize(("images", "classes", "shard"), [(700, 12, 64), (90, 40, 7), (5, 9, 5)])
def test_the_stream_equals_the_loop(images: int, classes: int, shard: int) -> None:
    labels, confidences = draw(images, classes)
    stream = ClassConfidences(classes)
    for start in range(0, images, shard):
        stream.add(labels[start : start + shard], confidences[start : start + shard])
    distances = class_distances(stream.mean())
    np.testing.assert_allclose(distances, loop(labels, confidences, classes), atol=1e-6, rtol=0)


def test_many_images_of_a_class_lose_no_digits() -> None:
    labels = np.zeros(100_000, np.int64)
    confidences = np.tile(np.array([[0.9, 0.1]], np.float32), (100_000, 1))
    stream = ClassConfidences(2)
    stream.add(labels, confidences)
    np.testing.assert_allclose(stream.mean()[0], confidences[0], atol=1e-6, rtol=0)


@given(st.integers(1, 40), st.integers(2, 8), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_distances_are_symmetric_and_bounded(images: int, classes: int, seed: int) -> None:
    labels, confidences = draw(images, classes, seed)
    stream = ClassConfidences(classes)
    stream.add(labels, confidences)
    distances = class_distances(stream.mean())
    np.testing.assert_array_equal(distances, distances.T)
    present = np.isin(np.arange(classes), labels)
    np.testing.assert_array_equal(np.isfinite(distances), np.outer(present, present))
    known = distances[np.isfinite(distances)]
    assert known.min() >= 0
    assert known.max() <= 1
    assert (np.diagonal(distances)[present] == 0).all()


def test_classes_taken_for_one_another_are_near() -> None:
    stream = ClassConfidences(3)
    stream.add(np.array([0, 1, 2]), np.array([[0.5, 0.5, 0], [0.3, 0.7, 0], [0, 0, 1]], "f4"))
    distances = class_distances(stream.mean())
    assert distances[0, 1] == pytest.approx(1 - (0.5 + 0.3) / 2)
    assert distances[0, 2] == 1


def test_sums_name_the_classes_that_occur() -> None:
    present, sums = sum_by_class(np.array([7, 2, 7]), np.array([[1, 2], [3, 4], [5, 6]], "f4"))
    np.testing.assert_array_equal(present, [2, 7])
    np.testing.assert_array_equal(sums, [[3, 4], [6, 8]])


def test_groups_lie_together_in_the_plane() -> None:
    group = np.repeat([0, 1, 2], 12)
    distances = np.where(group[:, None] == group, 0.3, 0.999)
    np.fill_diagonal(distances, 0)
    distances[5], distances[:, 5] = np.nan, np.nan
    places = project_classes(distances)
    np.testing.assert_array_equal(np.isnan(places).any(1), np.arange(36) == 5)
    np.testing.assert_array_equal(places, project_classes(distances))
    known = np.flatnonzero(np.arange(36) != 5)
    apart = np.linalg.norm(places[known, None] - places[None, known], axis=2)
    np.fill_diagonal(apart, np.inf)
    nearest = known[apart.argmin(axis=1)]
    np.testing.assert_array_equal(group[nearest], group[known])


@pytest.mark.parametrize("classes", [0, 1, 2, 3, 4, 5])
def test_few_classes_have_places_too(classes: int) -> None:
    distances = np.full((6, 6), np.nan)
    distances[:classes, :classes] = 0.9 * (1 - np.eye(classes))
    places = project_classes(distances)
    assert np.isfinite(places[:classes]).all()
    assert np.isnan(places[classes:]).all()
    assert len(np.unique(places[:classes], axis=0)) == classes
