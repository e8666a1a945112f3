"""Which part of an uploaded image the network is shown: the middle, or all of it made smaller."""

from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.drawing.thumbnails import image_uri, tile_row
from app.parts.runs import STATE
from app.parts.shared_choice import show
from app.progression.upload_cautions import describe_cut, measure_seen, say_seen
from saliencnn.data.geometry import Geometry
from saliencnn.store.runs import RunInfo

MIDDLE, WHOLE = "middle", "whole"
PARTS = {MIDDLE: "Middle square", WHOLE: "Whole image"}
"""How the URL says it -> how people read it."""
FAINT = 0.25
"""How much is left of the contrast of what is cut off."""
TILE = 110
"""Pixels of the longer side of the image that shows what is cut off."""
MOST_CUT = 0.7
"""Of an image that the network sees, below which it is shown what is cut off: of a square it sees
77%, of one of 4 x 3 pixels 57%."""
_KEPT = "own-image-part"


def choose_part(run: RunInfo, pixels: np.ndarray) -> RunInfo:
    """Let the person choose which part is shown, where the network's preparation cuts any off.

    Args:
        run: the run.
        pixels: the upload, uint8 (H, W, 3).

    Returns:
        The run, prepared so that it sees that part.
    """
    chosen = STATE.follow_choice("part", [*PARTS], _KEPT)
    geometry = run.preparation.geometry
    cuts = geometry.cuts and measure_seen(pixels.shape, geometry) < MOST_CUT
    STATE.write({"part": [chosen] if cuts else []}, defaults={"part": [MIDDLE]}, keep=True)
    if not cuts:
        return run
    key = "part-choice"
    row = st.container(horizontal=True, vertical_alignment="center")
    if chosen == MIDDLE:
        _draw_cut(row.container(width=TILE), pixels, geometry)
    row.segmented_control(
        "The network sees",
        list(PARTS),
        key=show(key, chosen),
        required=True,
        format_func=PARTS.get,
        on_change=lambda: st.session_state.update({_KEPT: st.session_state[key]}),
        help=f"{describe_cut(pixels.shape, geometry)} The whole image is made smaller and has grey "
        "bars beside it; images like that were not in its training, nor is it known how often it "
        "is right of them.",
        width="content",
    )
    if chosen == MIDDLE:
        return run
    return replace(run, preparation=replace(run.preparation, geometry=geometry.show_whole()))


def say_part(shape: tuple[int, ...], geometry: Geometry) -> str:
    """Say which part of an upload the network sees, as it follows its answer; "" for most of it."""
    if not geometry.cuts or measure_seen(shape, geometry) >= MOST_CUT:
        return ""
    return f" of the middle {say_seen(shape, geometry)} of your image"


def doubt_part(run: RunInfo, seen: RunInfo) -> list[str]:
    """Return what speaks against an answer to another part than the run was measured on."""
    if seen.preparation == run.preparation:
        return []
    return ["the network was measured on the middle of images, not on whole ones with bars"]


def _draw_cut(place: DeltaGenerator, pixels: np.ndarray, geometry: Geometry) -> None:
    """Draw an upload in which what the network does not see is faint."""
    place.html(tile_row([(image_uri(fade_cut(pixels, geometry), TILE), "faint: not seen")], TILE))


def fade_cut(pixels: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return an image, uint8 (H, W, 3), in which what a geometry cuts off is faint."""
    left, top, right, bottom = map(round, geometry.seen_box(*pixels.shape[:2]))
    faded = (255 - FAINT * (255 - pixels.astype(np.float32))).astype(np.uint8)
    faded[top:bottom, left:right] = pixels[top:bottom, left:right]
    return faded
