"""How well a classifier does, from its predictions."""

import numpy as np
import pandas as pd

SHIFTED_KAPPA = 0.3
"""Agreement beyond chance of shifted labels; unshifted, it must be below a quarter of this."""
SHIFTED_SIGMAS = 4.0
MIN_SHIFT_CLASSES = 3


def confusion(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return counts (classes, classes): rows true, columns predicted."""
    cells = np.bincount(true.astype(int) * classes + predicted, minlength=classes**2)
    return cells.reshape(classes, classes)


def per_class(true: np.ndarray, predicted: np.ndarray, names: tuple[str, ...]) -> pd.DataFrame:
    """Return one row a class: class, precision, recall, f1 (0 to 1), images (its true number).

    A ratio without a denominator (a class never predicted, or without images) is 0.
    """
    hits, claimed, images = (
        np.bincount(labels, minlength=len(names))
        for labels in (true[true == predicted], predicted, true)
    )
    return pd.DataFrame(
        {
            "class": names,
            "precision": hits / np.maximum(claimed, 1),
            "recall": hits / np.maximum(images, 1),
            "f1": 2 * hits / np.maximum(images + claimed, 1),
            "images": images,
        }
    )


def macro_f1(table: pd.DataFrame) -> float:
    """Return the mean F1 over the classes that have images."""
    present = table[table["images"] > 0]
    return float(present["f1"].mean()) if len(present) else 0.0


def balanced_accuracy(true: np.ndarray, predicted: np.ndarray) -> float:
    """Return the accuracy where each class counts the same: the mean recall of those with images.

    Args:
        true: labels, int (N,), N at least 1.
        predicted: likewise.
    """
    right = true == predicted
    return float(np.mean([right[true == label].mean() for label in np.unique(true)]))


def find_label_shift(true: np.ndarray, predicted: np.ndarray, classes: int) -> int:
    """Return by how much all labels seem to be too high or too low, or 0.

    A list of labels counted from 1 where classes are counted from 0 gives an accuracy near 0,
    though the network is right. Cohen's kappa tells this from a network that prefers a class.

    Args:
        true: labels, int (N,).
        predicted: first predictions, int (N,).
        classes: how many there are.

    Returns:
        1 where labels are one too high, -1 where they are one too low, else 0.
    """
    if classes < MIN_SHIFT_CLASSES:
        return 0
    kappa, sigmas = zip(
        *(_agreement(true - k, predicted, classes) for k in (0, 1, -1)), strict=True
    )
    best = 1 if kappa[1] > kappa[-1] else -1
    shifted = kappa[best] >= SHIFTED_KAPPA and sigmas[best] >= SHIFTED_SIGMAS
    return best if shifted and kappa[0] <= SHIFTED_KAPPA / 4 else 0


def _agreement(true: np.ndarray, predicted: np.ndarray, classes: int) -> tuple[float, float]:
    """Return Cohen's kappa (1960), and how many standard deviations lie between it and chance."""
    known = (true >= 0) & (true < classes)
    if not known.any():
        return 0.0, 0.0
    shares = [np.bincount(x[known], minlength=classes) / known.sum() for x in (true, predicted)]
    chance = float(shares[0] @ shares[1])
    beyond = float((true == predicted)[known].mean()) - chance
    if not 0 < chance < 1:
        return (1.0, np.inf) if beyond > 0 else (0.0, 0.0)
    return beyond / (1 - chance), beyond * np.sqrt(known.sum() / (chance * (1 - chance)))


def confused_cells(matrix: np.ndarray, most: int) -> np.ndarray:
    """Return the most frequent confusions, int (K, 2): true class, predicted class.

    Of equally frequent ones, that which takes more of its class comes first.

    Args:
        matrix: counts (C, C), rows true and columns predicted.
        most: how many.
    """
    off = off_diagonal(matrix)
    fractions = off / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    cells = np.argwhere(off > 0)
    counts, parts = off[tuple(cells.T)], fractions[tuple(cells.T)]
    return cells[np.lexsort((-parts, -counts))][:most]


def confused_pairs(matrix: np.ndarray, names: tuple[str, ...], most: int = 50) -> pd.DataFrame:
    """Return ``confused_cells`` as true, predicted, images, fraction of the true class, of."""
    rows, columns = confused_cells(matrix, most).T
    counts, images = matrix[rows, columns], matrix.sum(axis=1)[rows]
    return pd.DataFrame(
        {
            "true": [names[r] for r in rows],
            "predicted": [names[c] for c in columns],
            "images": counts,
            "of": images,
            "fraction": counts / images,
        }
    )


def off_diagonal(matrix: np.ndarray) -> np.ndarray:
    """Return the wrong predictions of counts (C, C): the same with a diagonal of zeros."""
    return matrix - np.diag(np.diag(matrix))
