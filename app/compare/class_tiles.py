"""Maps of all images of a class or a kind: each network's mean map, and where maps disagree."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app.attention.map_tile import make_tile
from app.attention.mean_maps import make_mean_tile
from app.drawing.thumbnails import TILE, tile_row
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.measures.map_clusters import disagreement
from saliencnn.measures.resolution import at_common_size
from saliencnn.store.connection import Store

DISPUTED = 4
"""Images on which the networks disagree most that are drawn."""


def draw_means(store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps]) -> None:
    """Draw each network's mean map."""
    tiles = []
    for name, one in zip(names, class_maps, strict=True):
        tile = make_mean_tile(store, one)
        tiles.append((tile.source, tile.caption(name)))
    st.html(tile_row(tiles))
    st.caption(
        "Mean map of each network: bright where its maps are bright for most of the images. "
        "A bright border or corner hints at something other than the object."
    )


def draw_disputed(store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps]) -> None:
    """Draw the images on which the networks' maps are furthest apart."""
    flat = at_common_size([saliency for one in class_maps for saliency in one.maps])
    stack = flat.reshape(len(class_maps), len(class_maps[0]), *flat.shape[1:])
    apart = disagreement(stack)
    disputed = np.argsort(-np.nan_to_num(apart, nan=-1))[:DISPUTED]
    for place in (int(place) for place in disputed if np.isfinite(apart[place])):
        image = int(class_maps[0].images[place])
        index = stored_images.image_index(store, class_maps[0].images_id)
        tiles = []
        for name, one in zip(names, class_maps, strict=True):
            pixels = stored_images.image(store, one.images_id, image)
            tile = make_tile(pixels, one.maps[place], TILE)
            told = "right" if one.correct[place] else "wrong"
            tiles.append((tile.source, tile.caption(f"{name}: {told}")))
        of = plain(f"{index.names[image]} ({index.classes[index.labels[image]]})")
        st.markdown(f"**{apart[place]:.0%}** apart · {of}")
        st.html(tile_row(tiles))
    if np.isfinite(apart).any():
        st.caption(
            "The images on which the networks disagree most: the fraction of a map's energy that "
            "would have to be moved to get another network's map, averaged over all pairs."
        )
    else:
        st.caption("On no image do two networks have a map that is not empty.")
