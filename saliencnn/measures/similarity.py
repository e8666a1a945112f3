"""How similar two maps are, by several measures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.measures.resolution import at_common_size
from saliencnn.measures.similarity_matrices import (
    hash_matrix,
    mean_difference_matrix,
    mean_square_matrix,
    pearson_matrix,
    spearman_matrix,
    top_overlap_matrix,
)
from saliencnn.measures.ssim import structural_similarity_matrix, structural_similarity_of_pairs


@dataclass(frozen=True)
class Measure:
    """One way to compare maps.

    Attributes:
        label: for people.
        matrix: maps float (M, h, w) to the symmetric float64 (M, M), NaN for constant maps.
        higher_is_alike: whether higher values mean more similar; else lower ones do.
        values: the range, in words.
        steps: from which values on maps are partly alike, alike, and nearly equal, rules of thumb.
        meaning: one sentence for a novice.
    """

    label: str
    matrix: Callable[[np.ndarray], np.ndarray]
    higher_is_alike: bool
    values: str
    steps: tuple[float, float, float]
    meaning: str

    def describe(self, value: float) -> str:
        """Say in words how alike two maps with this similarity are."""
        sign = 1 if self.higher_is_alike else -1
        return WORDS[sum(sign * value >= sign * step for step in self.steps)]


WORDS = ("hardly alike", "partly alike", "alike", "nearly equal")
"""How alike two maps are, below the first of a measure's ``steps``, the second ..."""

MEASURES: dict[str, Measure] = {
    "ssim": Measure(
        "SSIM", structural_similarity_matrix, True, "-1 to 1; 1 for equal maps",
        (0.4, 0.7, 0.9),
        "Do the maps show the same shapes in the same places, judged window by window?",
    ),
    "mse": Measure(
        "MSE", mean_square_matrix, False, "0 to 1; 0 for equal maps",
        (0.1, 0.03, 0.01),
        "How far apart are the maps cell by cell, where few large differences weigh most?",
    ),
    "l1": Measure(
        "L1", mean_difference_matrix, False, "0 to 1; 0 for equal maps",
        (0.2, 0.1, 0.05),
        "How far apart are the maps cell by cell, on average?",
    ),
    "phash": Measure(
        "pHash", hash_matrix, True, "0 to 1; 1 for equal fingerprints, about 0.5 by chance",
        (0.65, 0.8, 0.95),
        "How much of the maps' coarse fingerprints, 64 bits each, is the same?",
    ),
    "spearman": Measure(
        "Spearman", spearman_matrix, True, "-1 to 1; 1 for the same order, 0 for no relation",
        (0.4, 0.7, 0.9),
        "Do the maps put the cells into the same order of importance?",
    ),
    "pearson": Measure(
        "Pearson", pearson_matrix, True, "-1 to 1; 1 for the same pattern, 0 for no relation",
        (0.4, 0.7, 0.9),
        "Are the maps high and low together, whatever their brightness and contrast?",
    ),
    "top": Measure(
        "Top 10% IoU", top_overlap_matrix, True, "0 to 1; 1 for the same cells, 0 for none at all",
        (0.2, 0.5, 0.8),
        "Do the maps agree on the most important tenth of the image?",
    ),
}  # fmt: skip


def similarity_matrix(maps: Sequence[np.ndarray] | np.ndarray, measure: str) -> np.ndarray:
    """Compare all maps of a list with each other (Algorithm 2 of the CNNC paper).

    Args:
        maps: M maps, each float (h, w); where sizes differ, all are resampled by
            ``at_common_size``. Each is scaled as its measure says: by its own range to 0..1 for
            SSIM, MSE, L1 and pHash; the others do not depend on scale.
        measure: a key of ``MEASURES``.

    Returns:
        float64 (M, M), symmetric, in the measure's range; for two maps [0, 1] is their similarity.
        Rows and columns of constant maps are NaN, their diagonal included.

    Raises:
        KeyError: the measure is unknown.
    """
    return MEASURES[measure].matrix(at_common_size(maps))


def similarity_to_previous(maps: np.ndarray) -> np.ndarray:
    """Return each map's SSIM (``saliencnn.measures.ssim``) to the one before it.

    Args:
        maps: float (E, h, w), one an epoch; negative values count.

    Returns:
        float32 (E,), -1 to 1; NaN for the first and beside a constant map.
    """
    found = np.full(len(maps), np.nan, np.float32)
    found[1:] = structural_similarity_of_pairs(maps[:-1], maps[1:])
    return found
