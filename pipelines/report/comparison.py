"""What a report says of a comparison, read from the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pipelines.comparison.agreement import Agreement, compare_maps
from pipelines.comparison.answer import MapNumbers, answer_task, measure_map
from pipelines.comparison.asked import defined_methods, find_question
from pipelines.comparison.gather import read_evaluated
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import MAX_IMAGES, Evaluated, Row, rows_of
from pipelines.comparison.task import Task
from pipelines.comparison.view import MAPS, View
from pipelines.report.compared_errors import Errors, read_errors
from pipelines.report.compared_lead import ERRORS, find_lead, name_comparison
from pipelines.review.findings import findings_of_comparison
from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.common.sentences import count
from saliencnn.data.decode import decode_image
from saliencnn.findings.finding import Finding
from saliencnn.maps.explainer import compute_maps
from saliencnn.maps.requests import Maps
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_by_class
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.images import read_image, read_region

LIMITS = (
    "Accuracy is that on these images only; on images of another origin nothing was measured.",
    "Scores are not calibrated: a network's confidence is not how often it is right.",
)
LIMIT_OF_MAPS = "That two maps are similar does not say that either is right."
"""What no comparison shows, and what none of maps does."""
MOST_OF_WORK = 0.9
"""Fraction of the progress that the maps of many images take, where these are asked of."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a report of a comparison says.

    Attributes:
        name: of the task, for people.
        group: the evaluations, the most accurate first.
        task: what is compared; its maps may still be to be chosen.
        rows: of a complete task, ``MAX_IMAGES`` at most.
        left_out: how many rows are beyond them.
        images: each row's, uint8 (S, S, 3), as its network sees it.
        regions: the object in each row's image, bool (S, S); None where its place is unknown.
        maps: (place of the row, method) -> raw map.
        numbers: method -> what is measured of each row's map.
        alike: method -> how similar networks' maps are.
        tables: evaluation's id -> its numbers class by class.
        findings: what stands out among the networks.
        notes: what a person should know, such as maps that could not be computed.
        boxed: whether of some object only the box is known.
        view: what is looked at, with which the report begins.
        errors: what is asked of many images, where that is looked at.
    """

    name: str
    group: Group
    task: Task
    rows: tuple[Row, ...]
    left_out: int
    images: tuple[np.ndarray, ...]
    regions: tuple[np.ndarray | None, ...]
    maps: Maps
    numbers: Mapping[str, list[MapNumbers]]
    alike: Mapping[str, Agreement]
    tables: Mapping[str, pd.DataFrame]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    boxed: bool
    view: View
    errors: Errors | None

    @cached_property
    def told(self) -> tuple[Finding, ...]:
        """What a complete task found; nothing of a task without maps."""
        if not self.rows:
            return ()
        classes, networks = self.group.class_set.classes, len(self.group.models)
        numbers, alike = self.numbers, self.alike
        return answer_task(self.task, self.rows, classes, numbers, alike, self.boxed, networks)

    @property
    def explained(self) -> int:
        """How many images' maps tell what a report begins with; 0 where it does not with maps."""
        if self.errors and self.lead == ERRORS:
            return len(self.errors.asked.subject.images)
        return len({row.request.image for row in self.rows}) if self.lead == MAPS else 0

    @property
    def lead(self) -> str:
        """With which of ``CHAPTERS`` the report begins."""
        return find_lead(self.view, self.task, self.errors.asked if self.errors else None)


def describe_source(group: Group, explained: int = 0) -> str:
    """Say what the networks were evaluated on, and of how many of these images there are maps.

    Args:
        group: the evaluations.
        explained: images whose maps tell what a report begins with; 0 where no maps do.
    """
    images = f"{count(group.images, 'image', 'images')} of {group.models[0].image_set}"
    return f"Maps of {explained:,} of {images}." if explained else f"Measured on {images}."


def read_comparison(
    store: Store,
    group: Group,
    task: Task,
    view: View,
    name: str = "",
    report: Progress = silent,
) -> Comparison:
    """Read what a report says of a comparison, computing the maps that nobody computed before.

    Args:
        store: where the evaluations are.
        group: those that are compared.
        task: what of them.
        view: what is looked at.
        name: under which somebody saved the task.
        report: called with the progress; what it raises ends the work.
    """
    known: dict[str, Evaluated] = {}

    def read(info: EvaluationInfo) -> Evaluated:
        if info.run_id not in known:
            known[info.run_id] = read_evaluated(store, info)
        return known[info.run_id]

    every = [] if task.missing else rows_of(task, group, read)
    rows = every[:MAX_IMAGES]
    requests = [row.request for row in rows]
    methods = defined_methods(task, rows)
    asked, errors = find_question(view, task, group, every, read), None
    if asked:
        whole = part_of(report, 0, MOST_OF_WORK)
        errors = read_errors(store, asked, group, read, task.threshold, whole)
        report = part_of(report, MOST_OF_WORK, 1)
    found = compute_maps(store, requests, methods, report)
    images, regions = [], []
    for one in requests:
        images_id, index = one.info.images_id, read(one.info).index
        encoded = read_image(store, images_id, index, one.image)
        images.append(decode_image(encoded, index.names[one.image]))
        regions.append(read_region(store, images_id, index, one.image, "object"))
    numbers = {
        method: [
            measure_map(found.maps.get((place, method)), region, task.threshold)
            for place, region in enumerate(regions)
        ]
        for method in methods
    }
    several = task.kind == "image" and len(rows) > 1
    return Comparison(
        name or name_comparison(task, group, view, asked),
        group,
        task,
        tuple(rows),
        len(every) - len(rows),
        tuple(images),
        tuple(regions),
        found.maps,
        numbers,
        compare_maps(rows, methods, found.maps, task.rule) if several else {},
        {run_id: read_by_class(store, run_id) for run_id in group.run_ids},
        findings_of_comparison(store, group.models) if len(group.models) > 1 else (),
        tuple(dict.fromkeys((*group.notes, *(errors.problems if errors else ()), *found.problems))),
        any(read(one.info).index.box_area is not None for one in requests),
        view,
        errors,
    )
