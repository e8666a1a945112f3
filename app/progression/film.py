"""One image's maps over the epochs, of one run or of two: a film strip and a few epochs large."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from app.drawing.sheet import Cell, Sheet
from app.parts.grids import View, make_cell, scale_maps
from app.parts.sheets import SCRIPTS, component
from app.progression.film_words import describe_epoch
from app.progression.key_epochs import key_epochs
from app.progression.reel import Film, Reel
from app.progression.side import Side
from saliencnn.common.shown import LONGEST, LONGEST_NAME, one_line
from saliencnn.drawing.contours import outline_uri
from saliencnn.drawing.figure import Figure
from saliencnn.findings.map_location import name_location
from saliencnn.maps.history import EpochPrediction
from saliencnn.saliency import METHODS

_film = component("saliencnn_film", *SCRIPTS, "side", "film")
OUTLINE_SIZE = 168
FIGURE_EPOCHS = 5
"""Epochs of a figure: as many as a film shows large."""


def with_maps(view: View, reels: Sequence[Reel]) -> View:
    """Return a view without the methods of which an image of a lone run has no map.

    It keeps all where the image has none at all, and of two runs, whose maps stand side by side.
    """
    if len(reels) > 1:
        return view
    logged = {method for reel in reels for method, maps in reel.history.maps.items() if maps}
    methods = tuple(method for method in view.methods if logged & {*view.drawn_as(method)})
    return replace(view, methods=methods) if methods else view


def draw_film(
    film: Film,
    view: View,
    key: str,
    choose: Callable[[int], None],
    fits: bool = False,
    side: Side | None = None,
) -> None:
    """Draw a film; the browser steps through its epochs by itself.

    Args:
        film: what is shown.
        view: how maps are drawn; at least one method.
        key: of the place on the page, unique.
        choose: takes the epoch over that a person stops at; a callback.
        fits: whether all rows must fit on the screen.
        side: what stands beside the methods at the chosen epoch, where that comes first.
    """
    data = {**pack_film(film, view), "fits": len(film.reels) if fits else 0}
    taken = {"on_epoch_change": lambda: choose(int(st.session_state[key]["epoch"]))}
    if side is not None:
        data["side"] = side.pack()
        if side.add is not None:
            taken["on_add_change"] = partial(_take_method, key, side.add)
    _film(key=key, data=data, **taken)


def _take_method(key: str, add: Callable[[str], None]) -> None:
    add(str(st.session_state[key]["add"]))


def pack_film(film: Film, view: View) -> dict[str, Any]:
    """Return a film as its script takes it."""
    epochs, first = film.epochs, film.reels[0]
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
            [describe_epoch(film, reel, epoch, _list_drawn(view)) for reel in film.reels]
            for epoch in epochs
        ],
    }


def draw_figure(film: Film, view: View) -> Figure:
    """Return the chosen epoch and those where something changes, in their order, as a figure."""
    epochs, first = film.epochs, film.reels[0]
    keys = key_epochs(first.history, view.methods, first.epochs)
    shown = sorted([*dict.fromkeys([film.chosen, *keys])][:FIGURE_EPOCHS])
    return _make_sheet(film, view, LONGEST).draw([epochs.index(epoch) for epoch in shown])


def _make_sheet(film: Film, view: View, longest: int = LONGEST_NAME) -> Sheet:
    """Return all maps of a film as a sheet; of a run's name it shows so many characters."""
    rows = [
        _row(film, view, method, reel, longest) for method in view.methods for reel in film.reels
    ]
    columns = [f"epoch {epoch}" for epoch in film.epochs]
    caption = " ".join(
        describe_epoch(film, reel, film.chosen, _list_drawn(view), longest) for reel in film.reels
    )
    look = view.opacity, view.threshold
    return Sheet(film.title, film.image, rows, columns, *look, caption=caption)


def _list_drawn(view: View) -> list[str]:
    """Return all methods that are drawn, also those in the row of one that looks like them."""
    return [name for method in view.methods for name in view.drawn_as(method)]


def _row(film: Film, view: View, method: str, reel: Reel, longest: int) -> tuple[str, list[Cell]]:
    """Return a method's name, with a run's where there are several, and its map of each epoch."""
    scaled = scale_maps(reel.history.maps.get(method, {}), view.jointly)

    def cell(epoch: int) -> Cell:
        at = reel.shown_at(epoch)
        if at is None:
            return Cell(None, note=f"no epoch {epoch}")
        made = make_cell(reel.history, method, at, scaled, film.classes, film.true)
        return (
            made if at == epoch else replace(made, caption=(f"epoch {at}, its last", *made.caption))
        )

    whose = _name_class(film)
    cells = [_with_class(whose, cell(epoch)) for epoch in film.epochs]
    if film.true is None:
        cells = [_with_place(cell) for cell in cells]
    label = view.label(method)
    if len(film.reels) > 1:  # the foot of a column has one prediction: here each cell says its own
        cells = [_with_prediction(cell) for cell in cells]
        return f"{label} · {one_line(reel.name, longest)}", cells
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


def _name_class(film: Film) -> str:
    """Say whose maps these are, where a run says another class at any epoch; else ""."""
    said = {one.predicted for reel in film.reels for one in reel.predictions.values()}
    if film.target is None or said <= {film.target}:
        return ""
    return f"map of {one_line(film.classes[film.target], LONGEST_NAME)}"


def _with_class(whose: str, cell: Cell) -> Cell:
    """Return a cell whose map is named so, if it has one."""
    if not whose or cell.map01 is None:
        return cell
    return replace(cell, caption=(whose, *cell.caption))


def _with_place(cell: Cell) -> Cell:
    """Return a cell that says where its map lies, of an image whose object nobody knows."""
    if cell.map01 is None:
        return cell
    return replace(cell, caption=(*cell.caption, name_location(cell.map01)))


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
