"""A complete task's maps, what is measured of them, and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from app.compare.table import MapCells, draw_cells
from app.parts.obtaining import obtain_maps
from app.reads import stored_images
from pipelines.comparison.agreement import Agreement, compare_maps
from pipelines.comparison.answer import answer_task
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import Row
from pipelines.comparison.task import Task
from saliencnn.findings.finding import Finding
from saliencnn.maps.requests import Maps
from saliencnn.store.connection import Store


@dataclass(frozen=True, eq=False)
class Answered:
    """What a complete task says.

    Attributes:
        maps: of its rows, by place and method.
        cells: method -> what a table shows of each row's map.
        alike: method -> how similar networks' maps are; empty of a single network.
        told: its sentences, the answer first.
    """

    maps: Maps
    cells: Mapping[str, list[MapCells]]
    alike: Mapping[str, Agreement]
    told: tuple[Finding, ...]


def answer_rows(
    store: Store, task: Task, group: Group, rows: Sequence[Row], methods: Sequence[str]
) -> Answered:
    """Return what a task's rows say, computing maps that are not stored with a note of progress.

    Args:
        store: where the evaluations are.
        task: complete.
        group: the evaluations to choose from.
        rows: of the task, at least one.
        methods: those of the task that are defined for any row.
    """
    # Progress in a container of its own, so that what follows keeps its identity.
    with st.container():
        maps = obtain_maps(store, [row.request for row in rows], methods)
    cells = draw_cells(store, rows, maps, methods, task.threshold)
    several = task.kind == "image" and len(task.models) > 1
    alike = compare_maps(rows, methods, maps, task.rule) if several else {}
    index = stored_images.image_index(store, rows[0].request.info.images_id)
    boxed = index.box_area is not None
    classes, networks = group.class_set.classes, len(group.models)
    told = answer_task(task, rows, classes, cells, alike, boxed, networks)
    return Answered(maps, cells, alike, told)
