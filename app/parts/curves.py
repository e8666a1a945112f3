"""Curves of runs, epoch by epoch."""

from collections.abc import Collection

import pandas as pd
import streamlit as st

from app.parts.chart import draw_chart
from app.parts.run_names import short_id
from app.parts.saving import offer_numbers
from app.reads import stored_runs
from saliencnn.common.metrics import AFTER
from saliencnn.common.shown import tell_apart
from saliencnn.common.terms import ON_OBJECT, define
from saliencnn.drawing.run_charts import (
    APART,
    accuracy_chart,
    interventions_chart,
    line_chart,
    part_by_size,
)
from saliencnn.findings.run_facts import ALL_CLASSES
from saliencnn.store.connection import Store
from saliencnn.store.map_sample import describe_sample
from saliencnn.store.runs import RunInfo

DRAWN = (
    *("val_accuracy", "counterfactual_accuracy"),
    *("train_loss", "val_loss"),
    *("focus", "head_focus"),
)


def draw_curves(store: Store, runs: list[RunInfo]) -> None:
    """Draw accuracy, losses and focus over the epochs."""
    trained = [run for run in runs if run.epoch]
    if not trained:
        st.info("No epoch is complete yet; the curves appear with the first.", icon="⏳")
        return
    ends = tuple((run.run_id, run.epoch) for run in trained)
    after = (name for name in AFTER if any(name in run.metrics for run in trained))
    history = stored_runs.history(store, ends, (*DRAWN, *after))
    names = unique_names(trained)
    history = history.assign(run=history["run_id"].map(names))
    shown = list(names.values())
    metrics = set(history["metric"])
    columns = st.columns(2)
    with columns[0]:
        st.subheader("Accuracy")
        draw_chart(accuracy_chart, history, shown)
        st.caption(
            "Bars: fraction of validation images classified correctly after each epoch."
            + (
                " Diamonds: accuracy without the shortcut, on counterfactual images."
                if "counterfactual_accuracy" in metrics
                else ""
            )
        )
    if "focus" in metrics:
        with columns[1]:
            st.subheader("Focus")
            focus = history[history["metric"].isin(["focus", "head_focus"])]
            parts = part_by_size(focus, {names[run.run_id]: run.input_size for run in trained})
            for of, part in parts.items():
                title, measure = f"Focus after each epoch{of}", "fraction of the map's energy"
                draw_chart(line_chart, part, shown, title, measure, (0.0, 1.0))
            st.caption(
                f"Mean over the validation images ({ALL_CLASSES}){_name_sample(trained)}: fraction "
                f"of the Grad-CAM maps' energy {ON_OBJECT} (solid); likewise its head "
                "(dashed). High accuracy with low focus: correct for the wrong reason."
                f"{APART if len(parts) > 1 else ''}",
                help=define("energy"),
            )
    with st.container() if "focus" in metrics else columns[1]:
        st.subheader("Loss")
        losses = history[history["metric"].isin(["train_loss", "val_loss"])]
        draw_chart(line_chart, losses, shown, "Loss after each epoch", "cross entropy", None)
        st.caption(
            "Validation (solid) and training (dashed); lower is better. A validation loss that "
            "rises while the training loss falls means overfitting."
        )
    if tried := metrics & {*AFTER}:
        _draw_interventions(history[history["metric"].isin([*tried, "val_accuracy"])])
    offer_numbers(history[["run", "epoch", "metric", "value"]], "Metrics by epoch")


def _draw_interventions(history: pd.DataFrame) -> None:
    """Draw what was left of the accuracy after changes, of the runs on which any were tried."""
    tried = history[history["metric"] != "val_accuracy"]["run"]
    history = history[history["run"].isin(tried)]
    st.subheader("Interventions")
    shown = list(dict.fromkeys(history["run"]))
    draw_chart(interventions_chart, history, shown, key="interventions-curves", width="content")
    st.caption(
        "What is left of the accuracy after a change, on at most 120 validation images, always the "
        "same. Hues, the border and the background should cost nothing where they do not define "
        "the classes, and hiding the object nearly all."
    )


def _name_sample(runs: list[RunInfo]) -> str:
    sampled = [run for run in runs if run.map_images]
    return f",{describe_sample(sampled[0])}," if sampled else ""


def unique_names(runs: list[RunInfo], taken: Collection[str] = ()) -> dict[str, str]:
    """Return run id -> name, told apart by the id where runs share a name.

    Args:
        runs: to be named.
        taken: names that mean something else.
    """
    return tell_apart({run.run_id: run.name for run in runs}, mark=short_id, taken=taken)
