"""Where a network looks when right and when wrong: mean maps, or few missed images, each one."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.map_tile import make_tile
from app.attention.mean_maps import make_mean_tile
from app.drawing.thumbnails import TILE, tile_row
from app.parts.columns import roomy_columns
from app.reads import stored_images
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.measures.energy import is_empty
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store.connection import Store

MEAN, BRIGHT = "Mean maps of the true class.", "Bright where most of the maps are."
EACH = "Each missed image with the map of its true class."
SIDES = {True: "where it looks when right", False: "when wrong"}
PICTURES, WORDS = 3, 7
"""Widths in relation to one another."""
LEAST = 580
"""Pixels that the words need beside two tiles; on a narrower page these stand above them."""


def draw_sides(store: Store, of_class: ClassMaps, classes: Sequence[str]) -> DeltaGenerator:
    """Draw both mean maps, or few missed images, and return the place for the words beside them.

    Args:
        store: where the images are.
        of_class: theirs, with their maps.
        classes: names of all classes.
    """
    tiles, caption = make_sides(store, of_class), MEAN
    if not tiles:
        tiles, caption = make_missed(store, of_class, classes), EACH
    if not tiles:
        return st.container()
    pictures, words = roomy_columns("colours-answer", (PICTURES, WORDS), LEAST)
    pictures.html(tile_row(tiles))
    pictures.caption(caption, help=BRIGHT if caption == MEAN else None)
    return words.container()


def make_missed(
    store: Store, of_class: ClassMaps, classes: Sequence[str]
) -> Sequence[tuple[str, str]]:
    """Return missed images with their maps, (data URI, words) each, the most confident first.

    Returns:
        Nothing where there are enough to draw their mean map.
    """
    missed = of_class.of(~of_class.correct)
    if len(missed) >= MIN_GROUP:
        return ()
    tiles = []
    for place in np.argsort(-missed.confidence, kind="stable"):
        pixels = stored_images.image(store, missed.images_id, int(missed.images[place]))
        tile = make_tile(pixels, missed.maps[place], TILE)
        taken = f"taken for {quote(classes[int(missed.predicted[place])], LONGEST_NAME)}"
        tiles.append((tile.source, tile.caption(f"{taken} ({missed.confidence[place]:.0%})")))
    return tiles


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
