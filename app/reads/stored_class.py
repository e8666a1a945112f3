"""What stands out in one class of a run, found once."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from app.reads import stored_images, stored_runs
from app.reads.caching import cached
from app.reads.stored_advice import read_advice_at
from app.reads.stored_arrival import arrival_of
from pipelines.review.pointing import read_pointing
from saliencnn.findings.class_facts import ClassFacts
from saliencnn.findings.finding import Finding
from saliencnn.findings.kind_rates import KindRate, lowest
from saliencnn.findings.methods import choose_method, is_doubted
from saliencnn.findings.mostly import count_mostly
from saliencnn.findings.of_class import find_in_class
from saliencnn.saliency.methods import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.maptable import MapTable
from saliencnn.store.runs import RunInfo


@cached(max_entries=256)
def lowest_classes(store: Store, run_id: str, epoch: int, _run: RunInfo) -> list[KindRate]:
    """Return the classes that a run recognizes least often at an epoch; none if all are right."""
    index = stored_images.image_index(store, _run.images_id)
    rows = stored_runs.predictions(store, run_id, epoch)
    return lowest(index.classes, rows["true"], rows["true"] == rows["predicted"])


def findings_of_class(
    store: Store,
    run: RunInfo,
    target: int,
    methods: Sequence[str] = (),
    brief: bool = False,
) -> tuple[Finding, ...]:
    """Return what stands out in a class up to the run's last complete epoch.

    Args:
        store: where the run is.
        run: the run.
        target: the class.
        methods: that a person chose, see ``choose_method``; where none of them was logged, it is
            said so.
        brief: see ``ClassFacts``.
    """
    logged = _find_logged(stored_runs.class_maps(store, run.run_id, run.epoch, target))
    method = choose_method(methods, logged)
    unlogged = () if method in methods else tuple(methods)
    judged = read_advice_at(store, run.run_id, run.epoch)
    known = (method in judged, is_doubted(judged, method))
    chosen = method, unlogged, brief
    return _findings_of_class(store, run.run_id, run.epoch, target, chosen, known, run)


def _find_logged(maps: Mapping[int, Sequence[MapTable]]) -> set[str]:
    """Return the methods whose maps of a class were logged at the last epoch."""
    last = maps[max(maps)] if maps else ()
    return {method for table in last for method in table.methods}


@cached(max_entries=256)
def _findings_of_class(
    store: Store,
    run_id: str,
    epoch: int,
    target: int,
    chosen: tuple[str, tuple[str, ...], bool],
    known: tuple[bool, bool],
    _run: RunInfo,
) -> tuple[Finding, ...]:
    (method, unlogged, brief), (checked, doubted) = chosen, known
    index = stored_images.image_index(store, _run.images_id)
    rows = stored_runs.predictions(store, run_id, epoch)
    of_class = rows[rows["true"] == target]
    logged = stored_runs.class_maps(store, run_id, epoch, target)
    images = of_class["image"]
    focus = [look_up_focus(tables, images, method) for tables in logged.values()]
    # Where objects are is large to read, and nobody asks it of maps that lie on them.
    beside = focus and count_mostly(focus[-1], inside=False)
    pointing = _read_pointing(store, _run, logged[epoch], images, method) if beside else np.empty(0)
    return find_in_class(
        ClassFacts(
            index.classes[target],
            of_class["predicted"].astype(int),
            target,
            index.classes,
            np.array([*logged]),
            np.array(focus).reshape(len(logged), len(of_class)),
            index.box_area,
            is_lowest=index.classes[target]
            in [one.kind for one in lowest_classes(store, run_id, epoch, _run)],
            checked=checked,
            doubted=doubted,
            method=METHODS[method].label,
            unlogged=tuple(METHODS[one].label for one in unlogged),
            arrival_of_all=arrival_of(store, _run),
            brief=brief,
            pointing=pointing,
        )
    )


def _read_pointing(
    store: Store, run: RunInfo, tables: Sequence[MapTable], images: np.ndarray, method: str
) -> np.ndarray:
    """Return whether a class's maps by a method point at the object, float; NaN where unknown."""
    index = stored_images.image_index(store, run.images_id)
    logged = [table for table in tables if method in table.methods]
    own = [MapTable(one.methods, one.rows[np.isin(one.rows["image"], images)]) for one in logged]
    found = [read_pointing(store, run.images_id, index, table, method) for table in own]
    return np.concatenate(found) if found else np.empty(0)


def look_up_focus(tables: Iterable[MapTable], images: np.ndarray, method: str) -> np.ndarray:
    """Return the focus of images' maps by a method, float (N,); NaN where it was not logged."""
    known: dict[int, float] = {}
    for table in tables:
        if method in table.methods:
            column = table.rows["focus"][:, table.methods.index(method)]
            known.update(zip(table.rows["image"].tolist(), column.tolist(), strict=True))
    return np.array([known.get(image, np.nan) for image in images.tolist()], float)
