"""How similar the maps of several networks are: numbers, nothing drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.comparison.rows import Row
from saliencnn.findings.map_places import MapPlaces, locate_maps
from saliencnn.findings.odd_one import Likeness
from saliencnn.maps.requests import Maps
from saliencnn.measures.similarity import MEASURES, Measure, similarity_matrix


@dataclass(frozen=True, eq=False)
class Agreement:
    """How similar the maps of M networks by one method are.

    Attributes:
        method: the method.
        rule: what the numbers are, a key of ``MEASURES``.
        run_ids: of the networks that have a map, (M,).
        names: theirs.
        maps: theirs, raw.
        matrix: (M, M); NaN where a map is constant.
    """

    method: str
    rule: str
    run_ids: tuple[str, ...]
    names: tuple[str, ...]
    maps: tuple[np.ndarray, ...]
    matrix: np.ndarray

    @property
    def measure(self) -> Measure:
        """What the numbers are."""
        return MEASURES[self.rule]

    def number(self, pair: tuple[int, int]) -> str:
        """Return the similarity of two maps, in words."""
        value = self.matrix[pair]
        if not np.isfinite(value):
            return f"{self.measure.label} undefined, since a map is constant"
        return f"{self.measure.label} {value:.2f}"

    def describe_range(self) -> str:
        """Say how alike all pairs are; some pair has a number."""
        pairs = self.matrix[np.triu_indices(len(self.names), 1)]
        ends = (float(np.nanmin(pairs)), float(np.nanmax(pairs)))
        least, most = ends if self.measure.higher_is_alike else ends[::-1]
        words = [self.measure.describe(end) for end in (least, most)]
        label, shown = self.measure.label, [f"{end:.2f}" for end in (least, most)]
        if words[0] != words[1]:
            return f"from {words[0]} ({label} {shown[0]}) to {words[1]} ({shown[1]})"
        return f"{words[0]} ({label} {' to '.join(dict.fromkeys(shown))})"

    def locate(self, threshold: float) -> MapPlaces:
        """Return where the maps' regions lie.

        Args:
            threshold: fraction of a map's maximum from which on a cell is in its region, 0 to 1.
        """
        return locate_maps(self.names, self.maps, threshold)

    def pair_of(self, run_ids: Sequence[str]) -> tuple[int, int] | None:
        """Return the places of two networks, if both have a map."""
        if len(run_ids) != 2 or not {*run_ids} <= {*self.run_ids}:
            return None
        return self.run_ids.index(run_ids[0]), self.run_ids.index(run_ids[1])

    @property
    def to_others(self) -> Likeness:
        """How similar each map is to the others."""
        return Likeness(self.names, self.matrix, self.measure.label, self.measure.higher_is_alike)

    def least_similar(self) -> tuple[int, int] | None:
        """Return the two least similar maps; None where no two can be compared."""
        apart = -self.matrix if self.measure.higher_is_alike else self.matrix.copy()
        apart = np.where(np.isfinite(apart), apart, -np.inf)
        np.fill_diagonal(apart, -np.inf)
        if not np.isfinite(apart).any():
            return None
        row, column = np.unravel_index(int(apart.argmax()), apart.shape)
        return int(row), int(column)


def compare_maps(
    rows: Sequence[Row], methods: Sequence[str], maps: Maps, rule: str
) -> dict[str, Agreement]:
    """Return method -> how similar its maps are, for each by which two networks have a map."""
    found = {}
    for method in methods:
        places = [place for place in range(len(rows)) if (place, method) in maps]
        if len(places) > 1:
            stack = tuple(maps[place, method] for place in places)
            found[method] = Agreement(
                method,
                rule,
                tuple(rows[place].request.info.run_id for place in places),
                tuple(rows[place].network for place in places),
                stack,
                similarity_matrix(stack, rule),
            )
    return found
