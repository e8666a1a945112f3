"""What a network says of an uploaded image, and where it looks in it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.grids import View
from app.parts.map_checks import offer_map_check
from app.parts.widgets import plain
from app.progression.hidden_spot import ask_without, draw_without
from app.progression.main_map import MainMap, find_main_map
from app.progression.prediction import Asked, draw_prediction, write_judgement
from app.progression.reel import Film
from app.reads.stored_advice import read_advice_at
from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.map_location import HALF_MAXIMUM
from saliencnn.findings.map_places import Spot, locate_maps
from saliencnn.findings.method_groups import describe_methods
from saliencnn.findings.own_answer import (
    UNRELATED,
)
from saliencnn.findings.own_image import describe_map
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

OF_NO_CLASS = "the same for every class, so no evidence for this one"


def draw_answer(store: Store, run: RunInfo, film: Film, view: View, asked: Asked) -> None:
    """Say what it predicts, what that is worth, where it looks and whether to believe that.

    Args:
        store: where the run is.
        run: the run.
        film: the image's maps.
        view: which of them are shown.
        asked: of it.
    """
    judged = read_advice_at(store, run.run_id, film.chosen)
    spot = find_main_map(film, view, judged)
    answer, where = st.container(), st.container()
    hidden = ask_without(store, run, film, spot, asked.target, asked.digest) if spot else None
    with answer:
        draw_prediction(store, run, film, view, asked, hidden)
    if spot is None:
        return
    with where:
        advice = describe_methods(judged, _list_maps(view))
        with _draw_map(film, view, spot, hidden, asked.target, advice):
            if spot.advised is None and not (hidden and hidden.effect in UNRELATED):
                offer_map_check(store, run, film.chosen, view.drawn_as(spot.method))


def _draw_map(
    film: Film, view: View, spot: MainMap, hidden: HiddenRegion | None, target: int, detail: str
) -> DeltaGenerator:
    """Say where the network looks, with what all maps say of it behind a help mark."""
    classes, said = film.classes, film.reels[0].predictions[film.chosen].predicted
    judged = describe_map(
        spot.place, spot.label, spot.advised, hidden, classes[target], classes[said], classes
    )
    maps = film.reels[0].history.maps
    drawn = {
        view.name(method): maps[method][film.chosen]
        for method in view.methods
        if METHODS[method].of_class and film.chosen in maps.get(method, {})
    }
    places = locate_maps(tuple(drawn), [*drawn.values()], HALF_MAXIMUM)
    least = places.describe_least()
    detail = " ".join(filter(None, [least and f"{least}.", detail]))
    apart = "Another map shown lies elsewhere" if places.spot is Spot.DIFFERENT else ""
    place: DeltaGenerator = st.container()
    if hidden:
        tile, place = st.columns([1, 8], vertical_alignment="center")
        draw_without(tile, hidden)
    told = write_judgement(judged, [apart] if apart else [])
    place.markdown(told, help=plain(detail) or None)
    return place


def note_maps(store: Store, run: RunInfo, view: View, epoch: int) -> list[list[str]]:
    """Return of each map that is shown what the checks advise on it, a line each.

    Args:
        store: where the run is.
        run: the run.
        view: which maps are shown.
        epoch: that they are of: what was checked at another one says nothing of them.
    """
    judged = read_advice_at(store, run.run_id, epoch)
    notes = []
    for method in view.methods:
        known = {
            METHODS[name].label: judged[name].advice
            for name in view.drawn_as(method)
            if name in judged
        }
        apart = len({*known.values()}) > 1
        lines = [
            f"{label}: {advice}" if apart else f"checks: {advice}"
            for label, advice in known.items()
        ]
        whatever = [] if METHODS[method].of_class else [OF_NO_CLASS]
        notes.append([*whatever, *dict.fromkeys(lines)])
    return notes


def _list_maps(view: View) -> list[tuple[str, ...]]:
    """Return of each map that is shown the methods that draw it."""
    return [view.drawn_as(method) for method in view.methods]
