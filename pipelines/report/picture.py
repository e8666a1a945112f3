"""One image with a map of each run, the runs' numbers and a sentence: a picture for a slide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor

import numpy as np

from pipelines.report.basis import list_believed, warn_of_maps
from pipelines.report.cases import choose_example
from pipelines.report.chapters import Chapter, Chapters
from pipelines.report.picture_words import (
    RATES,
    RunView,
    describe_picture,
    list_words,
    shared_metric,
)
from pipelines.report.ranking import sort_from_worse
from pipelines.report.wording import rate_of
from pipelines.review.findings import METHOD
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.data.decode import decode_image
from saliencnn.data.planted import name_shortcut
from saliencnn.drawing.figure import Figure, Tile
from saliencnn.drawing.heat import rescale_one
from saliencnn.drawing.parts import Size, Words
from saliencnn.drawing.slide import HEIGHT, MARGIN, WIDTH, Slide
from saliencnn.findings.focus_words import Place
from saliencnn.maps.history import EpochPrediction, MapHistory
from saliencnn.measures.typical import find_typical
from saliencnn.saliency.methods import label_group
from saliencnn.store.computed_maps import read_computed
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_manifest, read_predictions
from saliencnn.store.images import read_image, read_region

_GAP, _WIDEST, _SMALLEST = 8, 230, 60
"""Units between two maps, of a column at most, and of a map's side at least."""


@dataclass(frozen=True)
class Pictured:
    """What a picture shows.

    Attributes:
        target: the class whose score the maps explain.
        image: number of the validation image.
        epoch: of the maps; a run that ended before it shows its last.
        methods: of the maps; those that give one map on these networks stand together, and the
            first of them is drawn.
        opacity: of their colours, 0 to 1.
        threshold: what lies below this fraction of a map's maximum is not drawn, 0 to 1.
    """

    target: int
    image: int
    epoch: int
    methods: tuple[str, ...] = (METHOD,)
    opacity: float = 0.6
    threshold: float = 0.0


def choose_pictured(store: Store, chapters: Chapters) -> Pictured | None:
    """Return a typical image, and whose maps to draw of it; None where no class has any.

    Each run's map lies on its object about as much as the run's maps do on average, and the best
    run gets it right. Where nobody knows the objects' places, it is the one with which the runs'
    report begins.
    """
    facts = [chapter.facts for chapter in sort_from_worse(chapters).runs]
    methods = (_choose_method(store, chapters),)
    image = find_typical([one.focus for one in facts], facts[-1].right)
    if image is not None:
        return Pictured(int(chapters.index.labels[image]), image, chapters.epochs, methods)
    found = choose_example(chapters)
    return found and Pictured(found[0], found[1].image, chapters.epochs, methods)


def _choose_method(store: Store, chapters: Chapters) -> str:
    """Return a method that the checks of all runs advise to believe, else the usual one.

    Args:
        store: where the runs are.
        chapters: of the runs; the method is among those whose maps all of them logged.
    """
    logged = [read_manifest(store, one.run.run_id, one.run.epoch).methods for one in chapters.runs]
    believed = [name for name in list_believed(chapters.runs) if all(name in own for own in logged)]
    return METHOD if METHOD in believed else next(iter(believed), METHOD)


def draw_picture(store: Store, chapters: Chapters, shown: Pictured) -> Slide:
    """Draw an image with a map of each run, the numbers that matter and a sentence.

    Args:
        store: where the runs are.
        chapters: what is said of the runs.
        shown: which image, and which maps.
    """
    index = chapters.index
    images_id = chapters.runs[0].run.images_id
    file = index.names[shown.image]
    pixels = decode_image(read_image(store, images_id, index, shown.image), file)
    region = read_region(store, images_id, index, shown.image, "object")
    chance = np.nan if region is None else float(region.mean())
    views = [_read_view(store, chapter, shown, chance) for chapter in chapters.runs]
    true = int(index.labels[shown.image])
    metric = shared_metric(views)
    tiles = [
        Tile(pixels, None, (f"class {quote(index.classes[true], LONGEST_NAME)}", file)),
        *(_draw_tile(view, pixels, index.classes, true, metric) for view in views),
    ]
    column = min(_WIDEST, (WIDTH - 2 * MARGIN + _GAP) // len(tiles) - _GAP)
    figure = Figure(
        "",
        ["the image", *(view.name for view in views)],
        [("", tiles)],
        shown.opacity,
        shown.threshold,
        tile=column,
        column=column,
        letters=Size.SMALLEST.value,
    )
    title = describe_picture(views, index.classes[true], Place(index.box_area))
    return _fit(title, figure, Words(_describe_basis(chapters, views, shown), Size.SMALLEST))


def _fit(title: str, figure: Figure, notes: Words) -> Slide:
    """Return a slide whose maps are as large as a screen's height allows, but can be seen."""
    slide = Slide(title, (figure, notes))
    tall, wide = figure.rows[0][1][0].image.shape[:2]
    excess = (slide.drawn[1] - HEIGHT) * wide / tall
    tile = max(_SMALLEST, floor(figure.tile - excess))
    return Slide(title, (replace(figure, tile=tile), notes)) if excess > 0 else slide


def _draw_tile(
    view: RunView, pixels: np.ndarray, classes: Sequence[str], true: int, metric: str
) -> Tile:
    words = tuple(list_words(view, classes, true, metric))
    if view.saliency is None or view.note:
        return Tile(pixels, None, words, view.note)
    return Tile(pixels, rescale_one(view.saliency), words)


def _describe_basis(chapters: Chapters, views: Sequence[RunView], shown: Pictured) -> str:
    """Say what the maps are of, what the numbers are of, and what the shortcut is."""
    target = quote(chapters.index.classes[shown.target], LONGEST_NAME)
    chance = views[0].chance
    fills = f", which fills {chance:.0%} of this image" if np.isfinite(chance) else ""
    where = f" Focus: fraction of the map {Place(chapters.index.box_area).words['inside']}{fills}; "
    notes = [
        f"Maps: {label_group(shown.methods)}; bright is what speaks for {target}."
        + (f"{where}its mean is over the validation images." if fills else "")
    ]
    notes.append(warn_of_maps(chapters.runs, shown.methods))
    shortcut = name_shortcut(chapters.runs[0].run.notes)
    if shortcut and shared_metric(views) == "counterfactual_accuracy":
        notes.append(f"The shortcut is {shortcut}.")
    return " ".join(filter(None, notes))


def _read_view(store: Store, chapter: Chapter, shown: Pictured, chance: float) -> RunView:
    run, facts = chapter.run, chapter.facts
    epoch = min(shown.epoch, run.epoch)
    history, image = MapHistory(), shown.image
    for table in read_class_maps(store, run.run_id, [epoch], shown.target)[epoch]:
        history.add(epoch, table, image)
    for at, table in read_computed(store, run.run_id, shown.target):
        if at == epoch:
            history.add(epoch, table, image)
    rows = read_predictions(store, run.run_id, epoch)
    said = [
        EpochPrediction(int(row["predicted"]), float(row["confidence"]), float("nan"))
        for row in rows[rows["image"] == image][:1]
    ]
    place, method = facts.history.index.tolist().index(epoch), shown.methods[0]
    return RunView(
        name=chapter.name,
        epoch=epoch,
        saliency=history.maps.get(method, {}).get(epoch),
        focus=history.focus.get(method, {}).get(epoch, np.nan),
        chance=chance,
        mean_focus=float(facts.metric("focus")[place]) if METHOD in shown.methods else np.nan,
        prediction=next(iter(said), None),
        rates=_read_rates(chapter, place),
    )


def _read_rates(chapter: Chapter, place: int) -> dict[str, tuple[float, int]]:
    """Return what ``RATES`` names of a run, at an epoch's place in its history."""
    found = {}
    for metric in RATES:
        rate, (_, images) = float(chapter.facts.metric(metric)[place]), rate_of(chapter, metric)
        if images and np.isfinite(rate):
            found[metric] = rate, images
    return found
