"""How far apart two classes are for a classifier (CNNC's distribution graph), image by image.

CNNC (Xuan, Zhang, Kwon, Ma 2021, arXiv 2110.13252) draws each class of a network as a point; its
Algorithm 1 goes over the classes and their images and gathers, from the confidences that the
images of one class give to the other, a distance matrix, which t-SNE projects to the plane. The
paper's listing was not at hand when this was written, so the exact form is ours:

    s(i, j) = mean over the images of true class i of the softmax confidence in class j
    d(i, j) = 1 - (s(i, j) + s(j, i)) / 2  for i != j,  and d(i, i) = 0

Two classes are near if images of either are taken for the other with confidence. With M images
and N classes, the loop reads an M x N matrix once for every class; here images come in any order
and number, and N x N sums are all that is held.
"""

import numpy as np
from scipy.sparse import csr_matrix

PERPLEXITY = 30.0
"""Of t-SNE, or a third of the classes where they are few."""
_ROWS = 1024
"""Images brought to double precision at a time."""


class ClassConfidences:
    """Sums of confidences by true class, to which images are added as they come.

    Args:
        classes: how many the network has.
    """

    def __init__(self, classes: int) -> None:
        self._sums = np.zeros((classes, classes))
        self.images = np.zeros(classes, np.int64)
        """Images of each true class so far."""

    def add(self, labels: np.ndarray, confidences: np.ndarray) -> None:
        """Add images.

        Args:
            labels: int (n,), true classes.
            confidences: float (n, classes), softmax of the scores.
        """
        for start in range(0, len(labels), _ROWS):
            some = labels[start : start + _ROWS]
            present, sums = sum_by_class(some, confidences[start : start + _ROWS])
            self.add_sums(present, sums, np.bincount(some, minlength=len(self.images))[present])

    def add_sums(self, present: np.ndarray, sums: np.ndarray, images: np.ndarray) -> None:
        """Add what ``sum_by_class`` gave, and how many images of each class went into it."""
        self._sums[present] += sums
        self.images[present] += images

    def mean(self) -> np.ndarray:
        """Return float64 (classes, classes): mean confidence, rows true; NaN without images."""
        counts = np.where(self.images > 0, self.images, np.nan)
        return self._sums / counts[:, None]


def sum_by_class(labels: np.ndarray, confidences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum the confidences of each true class's images.

    Args:
        labels: int (n,).
        confidences: float (n, classes).

    Returns:
        The k true classes that occur, ascending, and their sums, float64 (k, classes).
    """
    present, which = np.unique(labels, return_inverse=True)
    ones = np.ones(len(labels))
    members = csr_matrix((ones, (which, np.arange(len(labels)))), (len(present), len(labels)))
    return present, members @ confidences.astype(np.float64)


def class_distances(mean_confidence: np.ndarray) -> np.ndarray:
    """Return the distances between classes from ``ClassConfidences.mean``.

    Returns:
        float64 (classes, classes), symmetric, from 0 (always taken for one another) to 1 (never);
        rows and columns of classes without images are NaN, also on the diagonal.
    """
    distances = 1 - (mean_confidence + mean_confidence.T) / 2
    present = ~np.isnan(np.diagonal(mean_confidence))
    np.fill_diagonal(distances, np.where(present, 0.0, np.nan))
    return distances


def project_classes(distances: np.ndarray) -> np.ndarray:
    """Place classes in the plane so that near ones lie together (t-SNE, van der Maaten 2008).

    Args:
        distances: (classes, classes), see ``class_distances``.

    Returns:
        float32 (classes, 2); NaN for classes without images.
    """
    present = np.flatnonzero(~np.isnan(np.diagonal(distances)))
    places = np.full((len(distances), 2), np.nan, np.float32)
    if len(present) < 3:
        places[present] = np.arange(len(present))[:, None] * [1.0, 0.0]
        return places
    chosen = distances[np.ix_(present, present)]
    perplexity = min(PERPLEXITY, (len(present) - 1) / 3)
    from sklearn.manifold import TSNE  # takes seconds to import, and few calls need it

    tsne = TSNE(metric="precomputed", init="random", perplexity=perplexity, random_state=0)
    places[present] = tsne.fit_transform(chosen)
    return places
