"""Hiding the spot that a map of an uploaded image highlights, and asking the network again."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.drawing.thumbnails import image_uri, tile_row
from app.parts.memos import memos
from app.parts.waiting import working
from app.parts.wishing import wish_button
from app.progression.main_map import MainMap
from app.progression.reel import Film
from pipelines.computing.asking import compute
from pipelines.trust.hidden_region import ask_without_region
from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

TILE = 110
"""Pixels of the image without the spot."""


def ask_without(
    store: Store, run: RunInfo, film: Film, spot: MainMap, target: int, digest: str
) -> HiddenRegion | None:
    """Return what the network says without a map's spot; at an earlier epoch offer to ask it.

    Args:
        store: where the run is.
        run: the run.
        film: the image's maps.
        spot: where the map lies.
        target: the class that it explains.
        digest: tells the image from others.
    """
    if not spot.can_be_hidden:
        return None
    known = memos("hidden-spot")
    key = (run.run_id, digest, film.chosen, spot.method, target)
    found: HiddenRegion | None = known.get(key)
    if found is not None:
        return found
    place = st.empty()
    # At the epoch that the page opens with it is part of the answer.
    if film.chosen != run.epoch and not wish_button(
        "Hide this spot and ask again",
        "hide-spot",
        place,
        icon=":material/visibility_off:",
        help=f"Fills in what the {spot.label} map highlights from around it, and as much elsewhere "
        "to compare.",
    ):
        return None
    with working("Asking the network again…"):
        found = compute(
            ask_without_region, store, run, film.chosen, film.image, target, spot.saliency
        )
    place.empty()
    known.put(key, found)
    return found


def draw_without(place: DeltaGenerator, hidden: HiddenRegion) -> None:
    """Draw the image as the network was asked again."""
    words = f"without it ({hidden.fraction:.0%} of the image)"
    place.html(tile_row([(image_uri(hidden.pixels, TILE), words)], TILE))
