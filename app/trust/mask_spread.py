"""How unique BBMP's mask of an image is, drawn."""

import numpy as np
import streamlit as st

from app.drawing.grid_html import legend_html
from app.drawing.sheet import Cell, Sheet
from app.parts.grids import View
from app.parts.memos import memos
from app.parts.sheets import draw_sheet, name_image
from app.parts.slow_work import find_result, offer_work
from app.parts.works import learn_masks
from pipelines.computing.background import Work
from pipelines.trust.answers import MapQuery
from pipelines.trust.mask_spread import METHOD, MaskSpread, read_spread
from saliencnn.drawing.heat import rescale
from saliencnn.measures.energy import is_constant
from saliencnn.saliency import METHODS

_NAME = "mask-spread"
QUESTION = "How unique is this mask?"
CELL = 120
"""Pixels of a map's side: six stand in a row."""


def draw_mask_spread(query: MapQuery, view: View) -> None:
    """Draw BBMP's masks from several starts, or offer to learn them.

    Args:
        query: the image.
        view: how maps are drawn.
    """
    st.markdown(f"**{METHODS[METHOD].label}: is its mask the only one?**")
    st.caption(
        "BBMP searches for the smallest patch whose blurring makes the network lose the class. "
        "Several patches may be equally good, and which one it finds depends on where the search "
        "begins."
    )
    work = learn_masks(query)
    found = _find(query, work)
    if found is None:
        offer_work(work, QUESTION, "", "Nobody has asked this of the image yet.")
    else:
        _draw(query, view, found)


def _find(query: MapQuery, work: Work) -> MaskSpread | None:
    """Return the masks that are kept or were just learned; the session remembers them."""
    known = memos(_NAME)
    found: MaskSpread | None = known.get(work.key) or find_result(work.key) or read_spread(query)
    if found:
        known.put(work.key, found)
    return found


def _draw(query: MapQuery, view: View, found: MaskSpread) -> None:
    number = f"{found.correlation:.2f}" if np.isfinite(found.correlation) else "not defined"
    st.metric("Correlation of the masks, mean over all pairs", number)
    if not np.isfinite(found.correlation):
        st.caption(
            "At least one search ended at a constant mask: where the network has little "
            "confidence in the class, blurring nothing is as good as blurring anything."
        )
    moved = f"at most {found.deviation.max():.2f}"
    ends = zip(found.maps, found.objectives, strict=True)
    cells = [
        _cell(found.mean, found.mean),
        _cell(found.deviation, rescale(found.deviation[None], jointly=False)[0], moved),
        *(_cell(map01, map01, f"objective {objective:.2f}") for map01, objective in ends),
    ]
    st.html(legend_html(view.threshold, [METHOD]))
    title = name_image(query.store, query.run, query.image, query.target, query.epoch)
    rows, columns = [(METHODS[METHOD].label, cells)], ["mean", "deviation", *found.starts]
    sheet = Sheet(title, query.pixels, rows, columns, view.opacity, view.threshold)
    draw_sheet(sheet, "mask-spread", CELL)
    st.caption(
        f"The search began from {len(found.starts)} places. Correlation 1: all ended at the same "
        "mask, which is then *the* explanation; near 0: different patches explain the class, and "
        "one mask is only one of them. **Mean** shows what most searches agree on, **deviation** "
        "is bright where they differ. The objective says how good a mask is, the lower the "
        "better: different masks with similar objectives are equally good explanations."
    )


def _cell(raw: np.ndarray, map01: np.ndarray, *caption: str) -> Cell:
    if is_constant(raw[None])[0]:
        return Cell(None, caption, note="constant map")
    return Cell(map01, caption)
