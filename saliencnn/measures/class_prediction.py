"""How well one property of images predicts their class, beside what chance makes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

PERMUTATIONS = 400
"""Of the labels, at most: what is beyond all of them has p below 0.0025."""
NEIGHBOURS = (5, 25)
"""Images that vote for one, at least and at most."""


@dataclass(frozen=True, eq=False)
class ClassPrediction:
    """How well a property predicts the class of N images, each by the others.

    Attributes:
        predicted: int (N,), the class that most of the images with the nearest values have.
        labels: int (N,), the true one.
        guessing: accuracy of whoever always names the most frequent class.
        null: the greatest accuracy under permuted labels, of so many as it takes.
        null_f1: likewise the greatest F1 of any class.
    """

    predicted: np.ndarray
    labels: np.ndarray
    guessing: float
    null: float
    null_f1: float

    @property
    def accuracy(self) -> float:
        """Fraction of the images whose class it predicts."""
        return float((self.predicted == self.labels).mean())

    @property
    def skill(self) -> float:
        """Skill score, (accuracy - guessing) / (1 - guessing): 0 to 1; 0 within chance."""
        if self.accuracy <= self.null or self.guessing >= 1:
            return 0.0
        return max(0.0, (self.accuracy - self.guessing) / (1 - self.guessing))

    @property
    def f1(self) -> np.ndarray:
        """Of each class, float (C,); 0 within chance."""
        found = _f1(self.predicted, self.labels)
        return np.where(found > self.null_f1, found, 0)


def predict_by_words(values: Sequence[str], labels: np.ndarray, seed: int = 0) -> ClassPrediction:
    """Return how well words predict the class: each image by all others with the same word.

    Args:
        values: a word an image.
        labels: int (N,).
        seed: of the permutations.
    """
    _, kind = np.unique(np.array(values), return_inverse=True)

    def predict(labels: np.ndarray) -> np.ndarray:
        table = np.zeros((kind.max() + 1, labels.max() + 1), np.int64)
        np.add.at(table, (kind, labels), 1)
        votes = table[kind]
        votes[np.arange(len(labels)), labels] -= 1
        return _most(votes, labels)

    return _judge(predict, labels, seed)


def predict_by_numbers(values: np.ndarray, labels: np.ndarray, seed: int = 0) -> ClassPrediction:
    """Return how well numbers predict the class: each image by those with the nearest ranks.

    Ranks take any scale alike; equal values are neighbours in a random order.

    Args:
        values: float (N, D).
        labels: int (N,).
        seed: of the permutations and of the order of equal values.
    """
    from scipy.spatial import cKDTree  # takes a while to import, and few need it

    rng = np.random.default_rng(seed)
    ranks = np.stack([_rank(column) for column in values.T], 1)
    near = ranks + rng.uniform(-1, 1, ranks.shape) * 1e-6
    wanted = int(np.clip(np.sqrt(len(labels)) / 2, *NEIGHBOURS))
    _, found = cKDTree(near).query(near, wanted + 1)
    neighbours = found[:, 1:]

    def predict(labels: np.ndarray) -> np.ndarray:
        classes = int(labels.max()) + 1
        rows = np.arange(len(labels))[:, None] * classes
        votes = np.bincount((rows + labels[neighbours]).ravel(), minlength=len(labels) * classes)
        return _most(votes.reshape(-1, classes), labels)

    return _judge(predict, labels, seed)


def _rank(column: np.ndarray) -> np.ndarray:
    """Return ranks from 0 to 1; of equal values the middle one."""
    _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    return np.asarray((counts.cumsum() - counts / 2)[place] / len(column))


def _most(votes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the class of most votes; of equals the most frequent one."""
    frequent = np.bincount(labels, minlength=votes.shape[1]) / (len(labels) + 1)
    return np.asarray((votes + frequent).argmax(1))


def _judge(
    predict: Callable[[np.ndarray], np.ndarray], labels: np.ndarray, seed: int
) -> ClassPrediction:
    rng = np.random.default_rng((seed, 1))
    found = predict(labels)
    accuracy, f1 = float((found == labels).mean()), float(_f1(found, labels).max())
    null, null_f1 = 0.0, 0.0
    for _ in range(PERMUTATIONS):
        if null >= accuracy and null_f1 >= f1:
            break  # it is within chance, whatever else is drawn
        permuted = rng.permutation(labels)
        predicted = predict(permuted)
        null = max(null, float((predicted == permuted).mean()))
        null_f1 = max(null_f1, float(_f1(predicted, permuted).max()))
    guessing = float(np.bincount(labels).max() / len(labels))
    return ClassPrediction(found, labels, guessing, null, null_f1)


def _f1(predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    classes = int(labels.max()) + 1
    right = np.bincount(labels[predicted == labels], minlength=classes)
    named = np.bincount(predicted, minlength=classes) + np.bincount(labels, minlength=classes)
    return np.asarray(2 * right / np.maximum(named, 1))
