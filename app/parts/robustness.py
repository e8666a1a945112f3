"""Curves of accuracy on corrupted images: a line for each network, and their numbers to save."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app.parts.chart import draw_chart
from app.parts.estimates import describe_corruptions
from app.parts.saving import offer_numbers
from app.parts.slow_work import offer_work
from app.parts.widgets import plain
from app.parts.works import try_corruptions
from saliencnn.checks.interventions.corruptions import CurvePoint
from saliencnn.drawing.robustness_chart import robustness_chart
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo


def make_frame(curves: Mapping[str, Sequence[CurvePoint]]) -> pd.DataFrame:
    """Return networks' curves, by their names, as ``robustness_chart`` takes them."""
    return pd.DataFrame(
        {
            "model": name,
            "corruption": point.corruption,
            "strength": point.strength,
            "told": point.told,
            "accuracy": point.accuracy,
            "low": point.interval[0],
            "high": point.interval[1],
            "right": point.right,
            "images": point.images,
        }
        for name, points in curves.items()
        for point in points
    )


def draw_curves(frame: pd.DataFrame, names: Sequence[str], key: str) -> None:
    """Draw the curves and say how to read them.

    Args:
        frame: of ``make_frame``, with at least one row.
        names: of all networks, in the order of their colours.
        key: of the chart.
    """
    draw_chart(robustness_chart, frame, list(names), key=key, width="content")
    st.caption(
        f"Of {' or '.join(f'{n:,}' for n in sorted({*frame['images']}))} images, spread evenly "
        "over the classes; strength 0 is as they are, 1 to 5 are those of ImageNet-C (Hendrycks "
        "2019), and bands are 95% intervals. Robust is not right: a shortcut may outlive what "
        "honest networks read."
    )
    offer_numbers(frame, "Corrupted images")


def offer_robustness(
    store: Store, network: RunInfo | EvaluationInfo, epoch: int, name: str
) -> None:
    """Say that nobody has measured the curves, and offer to do it where that is possible.

    Args:
        store: where the network is.
        network: a run or an evaluated one.
        epoch: of the run; 0 for an evaluation.
        name: of the network, for people.
    """
    st.markdown(
        f"How the accuracy of {plain(name)} falls with noise, blur and other corruptions is not "
        "measured."
    )
    if isinstance(network, RunInfo) and describe_missing(network):
        return
    words = describe_corruptions(store, network)
    offer_work(try_corruptions(store, network, epoch), "Measure it", words)
