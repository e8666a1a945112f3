"""Hiding the spot that a map of an uploaded image highlights, and asking the network again."""

import streamlit as st

from app.drawing.thumbnails import image_uri, tile_row
from app.parts.grids import View
from app.parts.memos import memos
from app.parts.waiting import working
from app.parts.widgets import plain
from app.parts.wishing import wish_button
from app.progression.reel import Film
from app.reads.stored_advice import read_advice_at
from pipelines.computing.asking import compute
from pipelines.trust.hidden_region import ask_without_region
from saliencnn.drawing.heat import rescale_one
from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.map_location import HALF_MAXIMUM
from saliencnn.findings.map_places import WIDEST
from saliencnn.findings.method_groups import judge_maps
from saliencnn.findings.methods import Advice
from saliencnn.measures.energy import is_empty
from saliencnn.measures.map_measures import region_size
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

TILE = 110
"""Pixels of the image without the spot."""


def draw_hidden_spot(
    store: Store, run: RunInfo, film: Film, view: View, target: int, digest: str
) -> None:
    """Draw what the network says without the first map's spot, or offer to ask it.

    Args:
        store: where the run is.
        run: the run.
        film: the image's maps.
        view: which of them are shown.
        target: the class that they explain.
        digest: tells the image from others.
    """
    method = _find_method(film, view)
    if method is None:
        return
    known = memos("hidden-spot")
    key = (run.run_id, digest, film.chosen, method, target)
    found: HiddenRegion | None = known.get(key)
    if found is None:
        place = st.empty()
        if not wish_button(
            "Hide this spot and ask again",
            "hide-spot",
            place,
            icon=":material/visibility_off:",
            help=f"Fills in what the map of {view.name(method)} highlights from around it, and as "
            "much elsewhere to compare.",
        ):
            return
        saliency = film.reels[0].history.maps[method][film.chosen]
        with working("Asking the network again…"):
            found = compute(
                ask_without_region, store, run, film.chosen, film.image, target, saliency
            )
        place.empty()
        known.put(key, found)
    meaning, numbers = found.describe(view.name(method), film.classes[target], film.classes)
    advice = find_advice(store, run, film.chosen, view.drawn_as(method))
    summary = found.sum_up(view.name(method), advice)
    if summary:
        st.markdown(f"**{plain(summary)}.**")
    tile, said = st.columns([1, 7], vertical_alignment="center")
    tile.html(tile_row([(image_uri(found.pixels, TILE), "without it")], TILE))
    said.markdown(f"{plain(meaning)}. {plain(numbers)}.")


def find_advice(store: Store, run: RunInfo, epoch: int, methods: tuple[str, ...]) -> Advice | None:
    """Return what the checks of an epoch advise on a map that some methods draw alike.

    Args:
        store: where the run is.
        run: the run.
        epoch: that the map is of: what was checked at another one says nothing of it.
        methods: which draw the map.

    Returns:
        None where nobody has checked the methods then.
    """
    judged = read_advice_at(store, run.run_id, epoch)
    advised = judge_maps([methods], judged).get(methods[0])
    return advised.advice if advised else None


def _find_method(film: Film, view: View) -> str | None:
    """Return the first method of the class whose map highlights a spot, not most of the image."""
    maps = film.reels[0].history.maps
    for method in view.methods:
        saliency = maps.get(method, {}).get(film.chosen)
        if saliency is None or not METHODS[method].of_class or is_empty(saliency[None])[0]:
            continue
        if region_size(rescale_one(saliency), HALF_MAXIMUM) <= WIDEST:
            return method
    return None
