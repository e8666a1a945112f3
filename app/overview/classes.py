"""Which classes one run confuses: its confusion matrix, the pairs, and each class's rates."""

import numpy as np
import pandas as pd
import streamlit as st

from app.drawing.charts import CELL, FEW_CLASSES, confusion_chart
from app.overview.cards import link_to_maps
from app.parts.chart import draw_chart
from app.parts.columns import PERCENT, in_percent, roomy_columns
from app.parts.curves import unique_names
from app.parts.epochs import choose_linked_epoch
from app.parts.missed import lead_to_colours
from app.parts.runs import STATE, choose_on_overview
from app.parts.saving import offer_numbers
from app.parts.widgets import plain
from app.reads import stored_images, stored_runs
from saliencnn.common.sentences import quote
from saliencnn.measures.classification import confused_pairs
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

FEW_ROWS = 10
"""A table with at most so many rows is as high as its content."""


def draw_classes(store: Store, runs: list[RunInfo]) -> None:
    """Draw the confusion matrix, the most confused pairs and the per-class table of one run."""
    trained = {run.run_id: run for run in runs if run.epoch}
    if not trained:
        return
    st.subheader("Classes")
    names = unique_names(list(trained.values()))
    run_id = next(iter(trained))
    control, slider = st.columns([1, 2])
    if len(trained) > 1:
        by_name = {names[one]: one for one in trained}
        run_id = by_name[control.selectbox("Of run", list(by_name), key="of", bind="query-params")]
    run = trained[run_id]
    with slider:
        epoch = choose_linked_epoch(STATE, run)
    classes = stored_images.image_index(store, run.images_id).classes
    matrix = stored_runs.confusion(store, run_id, epoch)
    left, right = roomy_columns("overview-confusion", (1, 1), 360)
    with left:
        _draw_confusion(run, epoch, matrix, classes, names[run_id])
    with right:
        _draw_pairs(run, epoch, confused_pairs(matrix, classes))
        _lead_to_images(store, run, epoch, classes)
    _draw_per_class(run, stored_runs.per_class(store, run_id, epoch))
    with st.container(horizontal=True):
        named = f"{names[run_id]} epoch {epoch}"
        offer_numbers(stored_runs.per_class(store, run_id, epoch), "Classes", named)
        counts = pd.DataFrame(matrix, index=classes, columns=classes)
        offer_numbers(counts.rename_axis("true class"), "Confusion matrix", named)


def _draw_confusion(
    run: RunInfo, epoch: int, matrix: np.ndarray, classes: tuple[str, ...], name: str
) -> None:
    key = f"confusion-{run.run_id}-{epoch}"

    def take() -> None:
        cells = st.session_state[key]["selection"].get(CELL, [])
        _choose_cell(*((classes[cells[0]["row"]], classes[cells[0]["column"]]) if cells else ()))

    dark = st.context.theme.type == "dark"
    title = f"Confusion matrix of {name}, epoch {epoch}"
    inputs = matrix, classes, title, dark
    draw_chart(confusion_chart, *inputs, key=key, on_select=take, selection_mode=[CELL])
    hint = "" if len(classes) <= FEW_CLASSES else " Scroll to zoom, drag to move."
    st.caption(
        f"Rows: true class; columns: predicted class; epoch {epoch}. Click a cell for its "
        f"images.{hint}"
    )


def _draw_pairs(run: RunInfo, epoch: int, pairs: pd.DataFrame) -> None:
    if pairs.empty:
        st.success(f"No validation image is confused at epoch {epoch}.", icon=":material/check:")
        return
    key, (predicted, true) = f"pairs-{run.run_id}-{epoch}", STATE.get().on_overview
    is_chosen = (pairs["true"] == true) & (pairs["predicted"] == predicted)

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        _choose_cell(*(pairs.iloc[rows[0]][["true", "predicted"]] if rows else ()))

    st.dataframe(
        in_percent(pairs, "fraction"),
        hide_index=True,
        on_select=take,
        selection_mode="single-row",
        selection_default={"selection": {"rows": np.flatnonzero(is_chosen).tolist()}},
        key=key,
        column_order=("true", "predicted", "images", "fraction"),
        column_config={
            "images": st.column_config.NumberColumn(width=64),
            "fraction": st.column_config.NumberColumn(
                format=PERCENT, width=76, help="Of the true class's images."
            ),
        },
        height="content" if len(pairs) <= FEW_ROWS else 380,
    )
    st.caption("The most frequent confusions. Tick a row for its images.")


def _choose_cell(true: str = "", predicted: str = "") -> None:
    """Choose the images of a class that are predicted as another, or as itself."""
    choose_on_overview(predicted, true if true != predicted else "")


def _lead_to_images(store: Store, run: RunInfo, epoch: int, classes: tuple[str, ...]) -> None:
    """Link to the images of the chosen cell, which the URL says too, and to what they differ in."""
    predicted, true = (name if name in classes else "" for name in STATE.get().on_overview)
    STATE.write({"class": [predicted], "from": [true]}, keep=True)
    if not predicted:
        return
    taken = f"{quote(true)} predicted as {quote(predicted)}" if true else quote(predicted)
    st.page_link(
        "views/progression.py",
        label=f"Maps of {plain(taken)}",
        icon=":material/arrow_forward:",
        query_params={"run": run.run_id, "class": predicted, "from": true, "epoch": str(epoch)},
    )
    lead_to_colours(st.container(), store, run, epoch, classes.index(true or predicted), named=True)


def _draw_per_class(run: RunInfo, table: pd.DataFrame) -> None:
    """Draw the numbers of each class, the least recognized first; a click shows its maps."""
    key, clicked = f"per-class-{run.run_id}", "overview-clicked-class"
    if name := st.session_state.pop(clicked, ""):
        st.switch_page("views/progression.py", query_params=link_to_maps(run, name))
    wanted = st.text_input(
        "Find a class", placeholder="part of its name", key="find", bind="query-params"
    )
    found = table[table["class"].str.contains(wanted, case=False, regex=False)]
    found = found.sort_values("recall", kind="stable")

    def take() -> None:
        for row, _ in st.session_state[key]["selection"]["cells"]:
            st.session_state[clicked] = found["class"].iloc[row]

    bar = {
        name: st.column_config.ProgressColumn(name, min_value=0, max_value=100, format=PERCENT)
        for name in ("precision", "recall", "f1")
    }
    height = "content" if len(found) <= FEW_ROWS else 420
    st.dataframe(
        in_percent(found, *bar),
        hide_index=True,
        column_config=bar,
        height=height,
        on_select=take,
        selection_mode="single-cell",
        key=key,
    )
    st.caption(
        "Precision: fraction of the images predicted as the class that belong to it. Recall: "
        "fraction of the class's images that are predicted as it. F1: their harmonic mean. "
        "**Click a class to see its maps**, a heading to sort."
    )
