"""An image's maps before and after what a check changes, a row a method."""

import numpy as np
import streamlit as st

from app.drawing.grid_html import legend_html
from app.drawing.sheet import Cell, Sheet
from app.parts.grids import View
from app.parts.sheets import draw_sheet, name_image
from pipelines.trust.answers import MapQuery
from saliencnn.checks.evidence import MapComparison, moved_per_score
from saliencnn.drawing.heat import rescale
from saliencnn.measures.energy import is_constant
from saliencnn.saliency import METHODS


def draw_map_grid(
    query: MapQuery,
    changed: MapComparison,
    view: View,
    headers: list[str] | None = None,
    difference: bool = False,
    per_score: bool = False,
    wants_change: bool = False,
) -> None:
    """Draw a row a method and a column a change.

    Args:
        query: the image.
        changed: its maps.
        view: how they are drawn.
        headers: of the columns; by default the changes' names.
        difference: whether the difference of the maps is drawn as well; for a single change.
        per_score: whether to say how far the map moved for each unit that the score moved.
        wants_change: whether a good map changes: what is said is then the change.
    """
    columns = [*(headers or changed.names), *(["difference"] if difference else [])]
    rows = []
    for method, maps in changed.maps.items():
        scaled = rescale(maps, jointly=difference)
        cells = [_cell(scaled[0], maps[0], ())]
        for place in range(1, len(maps)):
            caption = _caption(changed, method, place - 1, per_score, wants_change)
            cells.append(_cell(scaled[place], maps[place], caption))
        if difference:
            # Of the maps themselves: drawn ones show no negative values.
            moved = abs(maps[1] - maps[0]) / max(abs(maps).max(), np.finfo(np.float32).tiny)
            farthest = f"differs by up to {moved.max():.0%}"
            cells.append(Cell(moved.clip(max=1.0), (*cells[1].caption, farthest)))
            cells[1] = _cell(scaled[1], maps[1], ())
        rows.append((METHODS[method].label, cells))
    st.html(legend_html(view.threshold, query.methods))
    title = name_image(query.store, query.run, query.image, query.target, query.epoch)
    sheet = Sheet(title, query.pixels, rows, columns, view.opacity, view.threshold)
    draw_sheet(sheet, "map-grid")


def _cell(scaled: np.ndarray, raw: np.ndarray, caption: tuple[str, ...]) -> Cell:
    if is_constant(raw[None])[0]:
        return Cell(None, (), note="constant map")
    return Cell(scaled, caption)


def _caption(
    changed: MapComparison, method: str, place: int, per_score: bool, wants_change: bool
) -> tuple[str, ...]:
    numbers = {name: found[method][place] for name, found in changed.similarity.items()}
    if not np.isfinite(numbers["spearman"]):
        return ("not judged",)
    if wants_change:
        return (f"change {1 - numbers['spearman']:.2f}",)
    lines = [f"rank correlation {numbers['spearman']:.2f}"]
    if "ssim" in numbers:
        lines.append(f"SSIM {numbers['ssim']:.2f}, top cells {numbers['top']:.2f}")
    ratio = moved_per_score(numbers["spearman"], changed.logit_change[place])
    if per_score and np.isfinite(ratio):
        lines.append(f"map moves {ratio:.2g} x the score")
    return tuple(lines)
