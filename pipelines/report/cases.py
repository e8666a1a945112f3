"""The examples of a report: images of a class with their maps, as the browser draws them.

Maps travel as they are stored: float16 fractions of their largest magnitude, at the network's own
resolution, 98 bytes for 7 x 7.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.report.chapters import Chapter, Chapters
from pipelines.report.document import Packed
from pipelines.report.ranking import sort_from_worse
from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.common.shown import one_line
from saliencnn.data.decode import decode_image
from saliencnn.drawing.contours import outline_uri
from saliencnn.drawing.images import data_uri, encode_jpeg
from saliencnn.maps.examples import KINDS, Case, recommend
from saliencnn.maps.history import MapHistory
from saliencnn.maps.progression import compute_missing
from saliencnn.measures.classification import off_diagonal
from saliencnn.measures.energy import is_empty
from saliencnn.saliency import METHODS
from saliencnn.store.computed_maps import read_computed
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_manifest
from saliencnn.store.images import read_image, read_region
from saliencnn.store.map_sample import logged_images
from saliencnn.store.maptable import MapTable, split_scale
from saliencnn.store.networks import describe_missing
from saliencnn.store.run_info import RunInfo

MAX_CLASSES = 10
MAX_EPOCHS = 16
"""Epochs of a run whose maps a report holds: evenly spread, the first and the last among them."""
LONGEST_SIDE = 224
"""Pixels of an image's side in a report."""
MAX_CELLS = 64
"""Cells a side of the maps in a report; maps of pixels would take megabytes."""


@dataclass(frozen=True)
class Kept:
    """The maps of a class that a run's store holds.

    Attributes:
        run: the run.
        epochs: whose maps the report shows.
        tables: (epoch, maps of the class's images).
        logged: the methods whose maps training logs.
    """

    run: RunInfo
    epochs: list[int]
    tables: list[tuple[int, MapTable]]
    logged: tuple[str, ...]


def pack_classes(
    store: Store, chapters: Chapters, report: Progress = silent, compute: bool = True
) -> list[Packed]:
    """Return the examples of each class that a report shows.

    Args:
        store: where the runs are.
        chapters: the report's runs.
        report: called with the progress; what it raises ends the work.
        compute: whether maps that training did not log are computed, from kept checkpoints.
    """
    compute = compute and not store.refused
    mistakes = count_mistakes(chapters)
    targets = choose_classes(mistakes)
    packed = []
    for place, target in enumerate(targets):
        own = part_of(report, place / len(targets), (place + 1) / len(targets))
        name = one_line(chapters.index.classes[target])
        kept = [_read_kept(store, chapter, target) for chapter in chapters.runs]
        cases = [
            _pack_case(store, chapters, kept, target, case, whose, own if compute else None)
            for case, whose in _cases(chapters, target)
        ]
        packed.append({"name": name, "mistakes": int(mistakes[target]), "cases": cases})
        own(1.0, f"maps of {name}")
    return packed


def pack_image(
    store: Store,
    chapters: Chapters,
    told: Sequence[Chapter],
    target: int,
    image: int,
    report: Progress | None,
) -> Packed | None:
    """Return one image with the maps that explain a class in some of the report's runs.

    Args:
        store: where the runs are.
        chapters: the report's.
        told: those of them whose maps are shown.
        target: the class.
        image: number of the validation image.
        report: called with the progress; without it no map is computed.

    Returns:
        What the report's script reads; None where the image is no example of the class.
    """
    cases = _recommend(chapters, told[0], target).values()
    case = next((one for kind in cases for one in kind if one.image == image), None)
    if case is None:
        return None
    kept = [_read_kept(store, chapter, target) for chapter in told]
    report = None if store.refused else report
    return _pack_case(store, chapters, kept, target, case, "", report)


def choose_classes(mistakes: np.ndarray, most: int = MAX_CLASSES) -> list[int]:
    """Return the classes that a report shows: those with most mistakes, in the classes' order."""
    return sorted(np.argsort(-mistakes, kind="stable")[:most].tolist())


def count_mistakes(chapters: Chapters) -> np.ndarray:
    """Return how many images were taken for a class or for another in its place, int (C,)."""
    wrong = sum(off_diagonal(chapter.facts.counts) for chapter in chapters.runs)
    return np.sum(wrong, axis=0) + np.sum(wrong, axis=1)


def choose_example(chapters: Chapters) -> tuple[int, Case] | None:
    """Return the class with which a report opens, and its first example; None without any."""
    ranked = np.argsort(-count_mistakes(chapters), kind="stable").tolist()
    found = ((target, case) for target in ranked for case, _ in _cases(chapters, target))
    return next(found, None)


def choose_epochs(last: int) -> list[int]:
    """Return the epochs whose maps a report holds, from 1 to the last."""
    return sorted({*np.linspace(1, last, min(last, MAX_EPOCHS)).round().astype(int).tolist()})


def _recommend(chapters: Chapters, chapter: Chapter, target: int) -> dict[str, list[Case]]:
    logged = logged_images(chapter.run, chapters.index.labels)
    return recommend(chapter.facts.predictions, target, logged)


def _cases(chapters: Chapters, target: int) -> Iterator[tuple[Case, str]]:
    """Yield an example of each kind: a worse run's, best one that the best gets right.

    And the name of the run whose example it is, where there are several.
    """
    ranked = sort_from_worse(chapters).runs
    names = [chapter.name if len(ranked) > 1 else "" for chapter in ranked]
    known = [_recommend(chapters, chapter, target) for chapter in ranked]
    best = ranked[-1].facts
    right = {*best.predictions["image"][best.right].tolist()}
    for kind in KINDS:
        found = [
            (case, name) for cases, name in zip(known, names, strict=True) for case in cases[kind]
        ]
        yield from sorted(found, key=lambda one: one[0].image not in right)[:1]


def _pack_case(
    store: Store,
    chapters: Chapters,
    kept: list[Kept],
    target: int,
    case: Case,
    whose: str,
    report: Progress | None,
) -> Packed:
    index, images_id = chapters.index, chapters.runs[0].run.images_id
    pixels = decode_image(read_image(store, images_id, index, case.image), index.names[case.image])
    region = read_region(store, images_id, index, case.image, "object")
    name, true = one_line(index.names[case.image]), one_line(index.classes[case.true])
    of = f" of {one_line(whose)}" if whose else ""
    return {
        "title": f"{name}, {KINDS[case.kind].lower()}{of}: {true}",
        "heading": f"{KINDS[case.kind]}{of}: {true}",
        "name": name,
        "number": case.image,
        "source": data_uri("jpeg", encode_jpeg(pixels, LONGEST_SIDE)),
        "outline": "" if region is None else outline_uri(region, LONGEST_SIDE),
        "columns": [
            _pack_history(_gather_maps(store, one, target, case, report), index.classes, case.true)
            for one in kept
        ],
    }


def _read_kept(store: Store, chapter: Chapter, target: int) -> Kept:
    run, epochs = chapter.run, choose_epochs(chapter.run.epoch)
    logged = read_class_maps(store, run.run_id, epochs, target)
    computed = read_computed(store, run.run_id, target)
    tables = [(epoch, table) for epoch, found in logged.items() for table in found]
    tables += [(epoch, table) for epoch, table in computed if epoch in epochs]
    methods = read_manifest(store, run.run_id, run.epoch).methods
    return Kept(run, epochs, tables, tuple(name for name in METHODS if name in methods))


def _gather_maps(
    store: Store,
    kept: Kept,
    target: int,
    case: Case,
    report: Progress | None,
) -> MapHistory:
    """Return an image's maps; with a report, those that training did not log are computed."""
    run, history = kept.run, MapHistory()
    for epoch, table in kept.tables:
        history.add(epoch, table, case.image)
    missing = history.missing(kept.logged, kept.epochs)
    if missing and report and not describe_missing(run):
        computed = compute_missing(store, run, case.image, target, missing, report)
        for epoch, table in computed:
            history.add(epoch, table, case.image)
    return history


def _pack_history(history: MapHistory, classes: Sequence[str], true: int) -> Packed:
    predictions = {
        epoch: {
            "class": one_line(classes[found.predicted]),
            "confidence": round(found.confidence, 4),
            "correct": found.predicted == true,
        }
        for epoch, found in sorted(history.predictions.items())
    }
    methods = {
        method: pack_maps(by_epoch, history.focus[method])
        for method, by_epoch in history.maps.items()
        if max(next(iter(by_epoch.values())).shape) <= MAX_CELLS
    }
    return {"predictions": predictions, "methods": methods}


def pack_maps(by_epoch: dict[int, np.ndarray], focus: dict[int, float]) -> Packed:
    """Return a method's maps of one image.

    Args:
        by_epoch: epoch -> raw map (h, w), all of the same shape.
        focus: epoch -> fraction of the map on the object; NaN where unknown.
    """
    epochs = sorted(by_epoch)
    maps = np.stack([by_epoch[epoch] for epoch in epochs])
    fractions, scale = split_scale(np.nan_to_num(maps))
    return {
        "epochs": epochs,
        "shape": maps.shape[1:],
        "scales": [float(f"{one:.6g}") for one in scale],
        "empty": is_empty(maps).tolist(),
        "focus": [None if np.isnan(focus[e]) else round(focus[e], 3) for e in epochs],
        "data": b64encode(fractions.astype("<f2").tobytes()).decode(),
    }
