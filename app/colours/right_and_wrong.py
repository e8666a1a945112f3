"""Where a network looks when it is right and when it is wrong: two mean maps beside the answer."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.mean_maps import make_mean_tile
from app.drawing.thumbnails import tile_row
from app.parts.columns import roomy_columns
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.measures.energy import is_empty
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store.connection import Store

SIDES = {True: "where it looks when right", False: "when wrong"}
PICTURES, WORDS = 3, 7
"""Widths in relation to one another."""
LEAST = 580
"""Pixels that the words need beside two tiles; on a narrower page these stand above them."""


def draw_sides(store: Store, of_class: ClassMaps) -> DeltaGenerator:
    """Draw both mean maps, where there are any, and return the place for the words beside them."""
    tiles = make_sides(store, of_class)
    if not tiles:
        return st.container()
    pictures, words = roomy_columns("colours-answer", (PICTURES, WORDS), LEAST)
    pictures.html(tile_row(tiles))
    pictures.caption("Mean maps: bright where most of the maps are.")
    return words.container()


def make_sides(store: Store, of_class: ClassMaps) -> Sequence[tuple[str, str]]:
    """Return the mean map of correct and of missed images, (data URI, words) each.

    Returns:
        None of either where a side has too few maps that hold anything.
    """
    tiles = []
    tells = np.isfinite(of_class.maps).all(axis=(1, 2)) & ~is_empty(of_class.maps)
    for right, name in SIDES.items():
        side = of_class.of((of_class.correct == right) & tells)
        if len(side) < MIN_GROUP:
            return ()
        tiles.append((make_mean_tile(store, side).source, f"{name} ({len(side)})"))
    return tiles
