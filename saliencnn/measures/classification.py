"""How well a classifier does, from its predictions."""

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support


def confusion(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return counts (classes, classes): rows true, columns predicted."""
    return confusion_matrix(true, predicted, labels=np.arange(classes))


def per_class(true: np.ndarray, predicted: np.ndarray, names: tuple[str, ...]) -> pd.DataFrame:
    """Return one row a class: class, precision, recall, f1 (0 to 1), images (its true number).

    A ratio without a denominator (a class never predicted, or without images) is 0.
    """
    precision, recall, f1, images = precision_recall_fscore_support(
        true, predicted, labels=np.arange(len(names)), zero_division=0.0
    )
    return pd.DataFrame(
        {"class": names, "precision": precision, "recall": recall, "f1": f1, "images": images}
    )


def macro_f1(table: pd.DataFrame) -> float:
    """Return the mean F1 over the classes that have images."""
    present = table[table["images"] > 0]
    return float(present["f1"].mean()) if len(present) else 0.0


def confused_pairs(matrix: np.ndarray, names: tuple[str, ...], most: int = 50) -> pd.DataFrame:
    """Return the most frequent confusions: true, predicted, images, fraction of the true class."""
    off = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-off, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(order[off.ravel()[order] > 0], off.shape)
    counts = off[rows, columns]
    return pd.DataFrame(
        {
            "true": [names[r] for r in rows],
            "predicted": [names[c] for c in columns],
            "images": counts,
            "fraction": counts / matrix.sum(axis=1)[rows],
        }
    )
