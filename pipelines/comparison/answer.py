"""What a complete task says: numbers of its maps, and its answer in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.comparison.agreement import Agreement
from pipelines.comparison.rows import Row
from pipelines.comparison.task import Task
from saliencnn.drawing.heat import rescale_one
from saliencnn.findings.finding import Finding
from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.of_maps import find_in_maps
from saliencnn.measures.energy import is_empty
from saliencnn.measures.focus import coverage, focus
from saliencnn.measures.map_measures import region_size
from saliencnn.saliency import METHODS

LEADING = ("right", "odd one")
"""The rules whose sentences answer what a person comes to ask."""


@dataclass(frozen=True)
class MapNumbers:
    """What is measured of one map; None where there is nothing to measure.

    Attributes:
        region_size: fraction of the map at or above the threshold, 0 to 1.
        focus: fraction of the map's energy on the object, 0 to 1.
    """

    region_size: float | None = None
    focus: float | None = None


def measure_map(
    saliency: np.ndarray | None, region: np.ndarray | None, threshold: float
) -> MapNumbers:
    """Measure a map.

    Args:
        saliency: raw (h, w); None where it was not computed.
        region: the object, bool (H, W); None where its place is unknown.
        threshold: fraction of the map's maximum from which on a cell is in its region.
    """
    if saliency is None or not np.isfinite(saliency).any() or is_empty(saliency[None])[0]:
        return MapNumbers()
    inside = None
    if region is not None:
        inside = float(focus(saliency[None], coverage(region[None], *saliency.shape))[0])
    return MapNumbers(region_size(rescale_one(saliency), threshold), inside)


def answer_task(
    task: Task,
    rows: Sequence[Row],
    classes: Sequence[str],
    numbers: Mapping[str, Sequence[MapNumbers]],
    alike: Mapping[str, Agreement],
    boxed: bool,
    networks: int,
) -> tuple[Finding, ...]:
    """Return what the predictions and the first method's maps say, the answer first.

    Args:
        task: complete.
        rows: its rows.
        classes: names of the classes.
        numbers: method -> one a row.
        alike: method -> how similar its maps are.
        boxed: whether of some object only the box is known.
        networks: that there are, with those of the task.
    """
    method = next(iter(numbers), "")
    measured = numbers.get(method, [MapNumbers()] * len(rows))
    found = alike.get(method)
    pair = found.least_similar() if found else None
    facts = MapFacts(
        kind=task.kind,
        names=tuple(row.network for row in rows),
        true=tuple(classes[row.true] for row in rows),
        predicted=tuple(classes[row.predicted] for row in rows),
        right=np.array([row.correct for row in rows]),
        like=np.array([row.like for row in rows]),
        right_on_like=np.array([row.right_on_like for row in rows]),
        regions=np.array([one.region_size for one in measured], float),
        focus=np.array([one.focus for one in measured], float),
        least_similar=(found.names[pair[0]], found.names[pair[1]]) if found and pair else None,
        likeness=found.number(pair) if found and pair else "",
        similarity=found.describe_range() if found and pair else "",
        method=METHODS[method].label if len(numbers) > 1 else "",
        boxed=boxed,
        places=found.locate(task.threshold) if found else None,
        to_others=found.to_others if found else None,
        left_out=networks - len(rows) if task.kind == "image" else 0,
    )
    return find_in_maps(facts)
