"""One image's maps over the epochs, of one run or of two: a film strip and a few epochs large."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import streamlit as st

from app.drawing.sheet import Cell, Sheet
from app.parts.grids import View, make_cell, scale_maps
from app.parts.sheets import SCRIPTS, component
from app.progression.key_epochs import key_epochs
from saliencnn.common.sentences import join_words, quote
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.drawing.contours import outline_uri
from saliencnn.drawing.figure import Figure
from saliencnn.findings.map_location import describe_location
from saliencnn.findings.run_facts import Place
from saliencnn.maps.history import EpochPrediction, MapHistory
from saliencnn.saliency import METHODS

_film = component("saliencnn_film", *SCRIPTS, "film")
OUTLINE_SIZE = 168
FIGURE_EPOCHS = 5
"""Epochs of a figure: as many as a film shows large."""


@dataclass(frozen=True, eq=False)
class Reel:
    """One run's maps of an image.

    Attributes:
        name: the run's, "" where only one is shown.
        history: the maps.
        predictions: epoch -> what the run predicts.
        epochs: its complete ones.
    """

    name: str
    history: MapHistory
    predictions: dict[int, EpochPrediction]
    epochs: Sequence[int]

    def shown_at(self, epoch: int) -> int | None:
        """Return which epoch stands for one: itself, or the last where the run ended before it."""
        if epoch in self.epochs:
            return epoch
        return self.epochs[-1] if self.epochs and epoch > self.epochs[-1] else None


@dataclass(frozen=True, eq=False)
class Film:
    """What a film shows.

    Attributes:
        title: run, image and class, for the enlarged view.
        image: uint8 (H, W, 3).
        image_name: for people.
        outline: bool (H, W), where the object is; None if unknown.
        reels: of the run, and of the one beside it if there is one.
        classes: class names.
        true: the image's class, if known.
        chosen: the epoch.
        place: where the maps should lie, in words.
    """

    title: str
    image: np.ndarray
    image_name: str
    outline: np.ndarray | None
    reels: tuple[Reel, ...]
    classes: tuple[str, ...]
    true: int | None
    chosen: int
    place: Place = field(default_factory=Place)


def draw_film(
    film: Film, view: View, key: str, choose: Callable[[int], None], fits: bool = False
) -> None:
    """Draw a film; the browser steps through its epochs by itself.

    Args:
        film: what is shown.
        view: how maps are drawn; at least one method.
        key: of the place on the page, unique.
        choose: takes the epoch over that a person stops at; a callback.
        fits: whether all rows must fit on the screen.
    """
    _film(
        key=key,
        data={**pack_film(film, view), "fits": len(film.reels) if fits else 0},
        on_epoch_change=lambda: choose(int(st.session_state[key]["epoch"])),
    )


def pack_film(film: Film, view: View) -> dict[str, Any]:
    """Return a film as its script takes it."""
    epochs, first = _epochs_of(film), film.reels[0]
    return {
        **_make_sheet(film, view).pack(),
        "of": f"{film.title} {[reel.name for reel in film.reels]}",
        "alt": one_line(film.image_name),
        "outline": "" if film.outline is None else outline_uri(film.outline, OUTLINE_SIZE),
        "epochs": epochs,
        "chosen": epochs.index(film.chosen),
        "keys": [
            [epochs.index(epoch), label]
            for epoch, label in key_epochs(first.history, view.methods, first.epochs).items()
        ],
        "marks": [_is_correct(first.predictions.get(epoch), film.true) for epoch in epochs],
        "named": [_name_prediction(film, epoch) for epoch in epochs],
        "said": [
            [_describe(film, reel, epoch, view.methods) for reel in film.reels] for epoch in epochs
        ],
    }


def draw_figure(film: Film, view: View) -> Figure:
    """Return the chosen epoch and those where something changes, in their order, as a figure."""
    epochs, first = _epochs_of(film), film.reels[0]
    keys = key_epochs(first.history, view.methods, first.epochs)
    shown = sorted([*dict.fromkeys([film.chosen, *keys])][:FIGURE_EPOCHS])
    return _make_sheet(film, view).draw([epochs.index(epoch) for epoch in shown])


def _epochs_of(film: Film) -> list[int]:
    return sorted({epoch for reel in film.reels for epoch in reel.epochs})


def _make_sheet(film: Film, view: View) -> Sheet:
    epochs = _epochs_of(film)
    rows = [
        _row(film, view, method, reel, epochs) for method in view.methods for reel in film.reels
    ]
    columns = [f"epoch {epoch}" for epoch in epochs]
    caption = " ".join(_describe(film, reel, film.chosen, view.methods) for reel in film.reels)
    look = view.opacity, view.threshold
    return Sheet(film.title, film.image, rows, columns, *look, caption=caption)


def _row(
    film: Film, view: View, method: str, reel: Reel, epochs: Sequence[int]
) -> tuple[str, list[Cell]]:
    scaled = scale_maps(reel.history.maps.get(method, {}), view.jointly)

    def cell(epoch: int) -> Cell:
        at = reel.shown_at(epoch)
        if at is None:
            return Cell(None, note=f"no epoch {epoch}")
        made = make_cell(reel.history, method, at, scaled, film.classes, film.true)
        return (
            made if at == epoch else replace(made, caption=(f"epoch {at}, its last", *made.caption))
        )

    cells = [cell(epoch) for epoch in epochs]
    label = view.label(method)
    if len(film.reels) > 1:  # the foot of a column has one prediction: here each cell says its own
        cells = [_with_prediction(cell) for cell in cells]
        return f"{label} · {one_line(reel.name, LONGEST_NAME)}", cells
    papers = [METHODS[name].paper for name in view.drawn_as(method)]
    return "\n".join([label, ", ".join(papers), *_list_checks(view, method)]), cells


def _list_checks(view: View, method: str) -> list[str]:
    """Return what the checks say of a method and those that look like it, once if the same."""
    names = view.drawn_as(method)
    if len({view.trust.get(name) for name in names}) == 1:
        names = names[:1]
    whose = (f"{METHODS[name].label}: " if len(names) > 1 else "" for name in names)
    found = zip(whose, names, strict=True)
    return [f"{label}checks {view.trust[name]}" for label, name in found if name in view.trust]


def _with_prediction(cell: Cell) -> Cell:
    if not cell.predicted or cell.confidence is None:
        return cell
    mark = {True: "✓ ", False: "✗ ", None: ""}[cell.correct]
    said = f"{mark}{cell.confidence:.0%} {cell.predicted}"
    return replace(cell, caption=(*cell.caption, said), predicted="")


def _is_correct(prediction: EpochPrediction | None, true: int | None) -> bool | None:
    return None if prediction is None or true is None else prediction.predicted == true


def _name_prediction(film: Film, epoch: int) -> str:
    """Return what stands below an epoch where no mark says whether it is correct."""
    prediction = film.reels[0].predictions.get(epoch)
    if film.true is not None or prediction is None:
        return ""
    return one_line(film.classes[prediction.predicted], LONGEST_NAME)


def _describe(film: Film, reel: Reel, epoch: int, methods: Sequence[str]) -> str:
    """Say what a run predicts for the image at an epoch, and where it looks."""
    who = one_line(reel.name, LONGEST_NAME) or "the network"
    at = reel.shown_at(epoch)
    if at is None:
        return f"{who} has no epoch {epoch}."
    prediction = reel.predictions.get(at)
    if prediction is None:
        return f"What {who} predicts at epoch {at} is not known."
    last = "" if at == epoch else ", its last,"
    name = quote(film.classes[prediction.predicted])
    said = f"At epoch {at}{last} {who} predicts {name} ({prediction.confidence:.0%} confidence)"
    if others := [f"{quote(film.classes[k])} ({p:.0%})" for k, p in prediction.next_likely]:
        said += f", then {join_words(others)}"
    looks = "" if len(film.reels) > 1 else _describe_place(film, reel, at, methods)
    if film.true is None:
        return f"{said}.{looks}"
    if prediction.predicted == film.true:
        return f"{said}, which is correct.{looks}"
    return f"{said}, but it is {quote(film.classes[film.true])}.{looks}"


def _describe_place(film: Film, reel: Reel, epoch: int, methods: Sequence[str]) -> str:
    """Say how much of a map lies where it should or, where that is not known, where it lies."""
    for method in methods:
        focus = reel.history.focus.get(method, {}).get(epoch, np.nan)
        if np.isfinite(focus):
            where = film.place.words["inside"]
            return f" {focus:.0%} of its {METHODS[method].label} map lies {where}."
    for method in methods:
        if (drawn := reel.history.maps.get(method, {}).get(epoch)) is not None:
            return f" Its {METHODS[method].label} map {describe_location(drawn)}."
    return ""
