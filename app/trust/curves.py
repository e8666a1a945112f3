"""Curves of the class's probability as pixels are removed or inserted, drawn."""

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.chart import draw_chart
from app.parts.grids import View
from app.reads import stored_runs
from app.trust.charts import curve_chart
from pipelines.trust.results import mean_curves
from saliencnn.common.sentences import count
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

TITLES = {
    "deletion": "Pixels removed",
    "insertion": "Pixels inserted",
    "road": "Pixels removed and filled in (ROAD)",
}
"""Kind of curve -> title of its chart."""


def draw_curves(
    place: DeltaGenerator,
    title: str,
    own: dict[str, np.ndarray],
    random_baseline: np.ndarray,
    fractions: np.ndarray,
) -> None:
    """Draw one kind of curve.

    Args:
        place: where.
        title: of the chart.
        own: method -> (S + 1,).
        random_baseline: (L, S + 1), of random orders; the band spans them.
        fractions: (S + 1,), of the pixels.
    """
    rows = [
        (METHODS[method].label, fraction, value)
        for method, values in own.items()
        for fraction, value in zip(fractions, values, strict=True)
        if np.isfinite(value)
    ]
    frame = pd.DataFrame(rows, columns=["method", "fraction", "value"])
    band = pd.DataFrame(
        {
            "fraction": fractions,
            "low": np.nanmin(random_baseline, axis=0),
            "high": np.nanmax(random_baseline, axis=0),
        }
    )
    with place:
        draw_chart(curve_chart, frame, band, title, width="content")


def draw_mean_curves(store: Store, run: RunInfo, epoch: int, view: View) -> None:
    """Draw the mean curves over the images of the trust table."""
    curves = mean_curves(stored_runs.audits(store, run.run_id), epoch)
    shown = {m: kinds for m, kinds in curves.items() if m in view.methods}
    if not shown:
        return
    st.markdown("**Mean over the checked images**")
    side_by_side = st.container(horizontal=True)
    for kind, title in TITLES.items():
        found = {m: kinds[kind] for m, kinds in shown.items() if kind in kinds}
        if found:
            own = {m: curves.own for m, curves in found.items()}
            baseline = np.stack([curves.random_baseline for curves in found.values()])
            first = next(iter(found.values()))
            title = f"{title}: {count(first.images, 'image', 'images')}"
            draw_curves(side_by_side, title, own, baseline, first.fractions)
    st.caption(
        "The class's mean probability over the images of the trust table. The sooner a method's "
        "line falls where pixels are removed, or rises where they are inserted, compared with the "
        "gray band of random orders, the more the network uses what the method shows."
    )
