"""The sections of the overview page."""

import shlex
from dataclasses import fields

import numpy as np
import pandas as pd
import streamlit as st

from app.drawing.charts import CELL, FEW_CLASSES, confusion_chart
from app.parts.answer import draw_answer
from app.parts.chart import draw_chart
from app.parts.columns import PERCENT, in_percent, roomy_columns
from app.parts.curves import unique_names
from app.parts.epochs import choose_linked_epoch
from app.parts.findings import draw_findings, link_query
from app.parts.missed import lead_to_colours
from app.parts.page_state import Query
from app.parts.runs import MARKS, STANDINGS, STATE
from app.parts.saving import offer_numbers
from app.parts.stopping import draw_stop
from app.parts.verdicts import draw_verdicts
from app.parts.widgets import plain
from app.reads import stored_findings, stored_runs
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.markdown import code
from saliencnn.common.metrics import METRICS, OF_MAPS
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.data.leaks import LEAKS
from saliencnn.findings.few import mark_few
from saliencnn.findings.finding import MOST, Evidence
from saliencnn.measures.classification import confused_pairs
from saliencnn.measures.rates import wilson_interval
from saliencnn.store.connection import Store
from saliencnn.store.map_sample import describe_sample
from saliencnn.store.run_record import NOT_KNOWN
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import find_deciding

NUMBERS = (
    *("val_accuracy", "best_val_accuracy", "val_balanced_accuracy", "val_top5", "val_macro_f1"),
    *("test_accuracy", "test_balanced_accuracy", "counterfactual_accuracy"),
    *("focus", "focus_gradcampp", "empty_maps", "negative_energy"),
)
"""The metrics of a run's newest epoch that head the page."""
BALANCED = {"val_balanced_accuracy": "val_accuracy", "test_balanced_accuracy": "test_accuracy"}
"""Shown only where it differs from the other, so where classes are unbalanced."""
BESIDE, CARD = 2, 440
"""Runs beside each other where the page has room, and pixels that each must have."""
FEW = 2
"""Findings of each run where several are shown."""
RUN_WIDTH = 170
"""Pixels of a run's settings, so that what they mean can be read beside them."""
WEAKEST = 3
"""Classes whose maps are one click from a run's findings."""
FEW_ROWS = 10
"""A table with at most so many rows is as high as its content."""


def draw_head(store: Store, run_ids: list[str]) -> list[RunInfo]:
    """Draw which run to take, and of each its numbers and verdicts; return the runs as of now."""
    known = {run.run_id: run for run in stored_runs.all_runs(store)}
    shown = [known[run_id] for run_id in run_ids if run_id in known]
    draw_answer(store, shown)
    beside = roomy_columns("overview-cards", (1,) * min(len(shown) or 1, BESIDE), CARD)
    shared = _list_shared_notes(shown)
    for place, run in enumerate(shown):
        with beside[place % len(beside)], st.container(border=True):
            _draw_card(run, store, MOST if len(shown) == 1 else FEW, shared)
    for sentence in shared:
        st.caption(plain(sentence))
    return shown


def _list_shared_notes(runs: list[RunInfo]) -> list[str]:
    """Return the notes that all of several runs have: they stand below their cards, once."""
    if len(runs) < 2:
        return []
    return [note for note in runs[0].notes if all(note in run.notes for run in runs)]


def _draw_card(run: RunInfo, store: Store, most: int, shared: list[str]) -> None:
    """Draw one run: what stands out, up to so many findings, its numbers and its verdicts."""
    _draw_name(run, store)
    if run.epoch:
        draw_findings(stored_findings.of_run(store, run), "overview", most)
        _lead_to_weakest(store, run)
    _draw_numbers(run, store, shared)
    if run.status == "running":
        draw_stop(store, run)
    draw_verdicts(store, run)


def _draw_name(run: RunInfo, store: Store) -> None:
    planned = run.hyperparameters.get("epochs", "" if run.watched else "?")
    of_planned = f" of {plain(planned, LONGEST_NAME)}" if planned else ""
    link, speed = run_link(store, run), run.metrics.get("images_per_second")
    row = st.container(horizontal=True, vertical_alignment="center")
    row.page_link(
        "views/progression.py",
        label=f"**{plain(run.name, LONGEST_NAME)}**",
        query_params={"run": run.run_id},
        width="content",
        help="See its maps, epoch by epoch.",
    )
    row.markdown(
        f"{MARKS[run.status]} {run.status} · {plain(run.arch)} on "
        f"{plain(run.image_set, LONGEST_NAME)} · epoch {run.epoch}{of_planned}"
        + (f" · trained on {speed:,.0f} images a second" if speed else "")
        + (f" · [open in MLflow]({link})" if link else "")
        + (f" · _{plain(run.progress)}_" if run.progress and run.status == "running" else ""),
        width="stretch",
    )
    if run.reason:
        st.warning(plain(run.reason), icon=":material/report:")


def _draw_numbers(run: RunInfo, store: Store, shared: list[str]) -> None:
    row = st.container(horizontal=True)
    numbers = {
        name: METRICS[name].write(run.metrics[name]) for name in NUMBERS if name in run.metrics
    }
    for name, value in numbers.items():
        if value != numbers.get(BALANCED.get(name, "")):
            sample = describe_sample(run) if name in OF_MAPS else ""
            row.metric(
                METRICS[name].title + sample, value, help=METRICS[name].help, width="content"
            )
    for sentence in (*run.notes, *run.unreadable):
        if sentence not in shared:
            st.caption(plain(sentence))
    skipped = stored_runs.skipped(store, run.run_id, run.epoch > 0)
    if len(skipped):
        with st.expander(f"Skipped images ({len(skipped)})"):
            st.dataframe(skipped, hide_index=True)
    if any(LEAKS in sentence for sentence in run.notes):
        leaks = stored_runs.leaks(store, run.run_id)
        with st.expander(f"Images that are there twice ({len(leaks)} pairs)"):
            st.dataframe(leaks, hide_index=True)


def _lead_to_weakest(store: Store, run: RunInfo) -> None:
    """Link to the maps of the classes of which images prove most that the network misses them."""
    table = stored_runs.per_class(store, run.run_id, run.epoch)
    table = table[(table["images"] > 0) & (table["recall"] < 1)]
    if table.empty:
        return
    _, high = wilson_interval(table["recall"].to_numpy(), table["images"].to_numpy())
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown("Maps of the weakest classes:", width="content")
    for place in np.argsort(high, kind="stable")[:WEAKEST]:
        name, recall, images = table.iloc[place][["class", "recall", "images"]]
        row.page_link(
            "views/progression.py",
            label=f"{plain(quote(name, LONGEST_NAME))} {round(recall * images)} of {images} right"
            f"{mark_few(images)}",
            icon=":material/arrow_forward:",
            query_params=_maps_of(run, name),
            width="content",
        )


def _maps_of(run: RunInfo, name: str) -> Query:
    """Return the parameters of a link to the maps of a class."""
    return link_query(Evidence("progression", {"run": run.run_id, "class": name}))


def run_link(store: Store, run: RunInfo) -> str | None:
    """Return the run's address in MLflow's own pages, where a server shows them."""
    if not store.is_server:
        return None
    page = f"#/experiments/{run.experiment_id}/runs/{run.run_id}"
    # MLflow's own page would else be the one for language models, whatever the experiment says.
    return f"{store.address}/{page}?workflowType=machine_learning"


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
    classes = stored_runs.image_index(store, run.images_id).classes
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
    key, now = f"pairs-{run.run_id}-{epoch}", STATE.get()
    is_chosen = (pairs["true"] == now.confused_with) & (pairs["predicted"] == now.class_name)

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
    STATE.update(class_name=predicted, confused_with=true if true != predicted else "")


def _lead_to_images(store: Store, run: RunInfo, epoch: int, classes: tuple[str, ...]) -> None:
    """Link to the images of the chosen cell, which the URL says too, and to what they differ in."""
    now = STATE.get()
    predicted, true = (
        name if name in classes else "" for name in (now.class_name, now.confused_with)
    )
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
        st.switch_page("views/progression.py", query_params=_maps_of(run, name))
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


def draw_settings(store: Store, runs: list[RunInfo]) -> None:
    """Draw the runs' hyperparameters; with several runs, what differs comes first."""
    st.subheader("Settings")
    names = unique_names(runs, taken=("differs", "meaning"))
    settings = {
        names[run.run_id]: {
            "image set": run.image_set,
            **run.settings,
            **_name_verdict(run),
        }
        for run in runs
    }
    helps = {spec.name: spec.metadata["help"] for spec in fields(Hyperparameters)}
    unknown = {names[run.run_id]: NOT_KNOWN if run.watched else "" for run in runs}
    table = pd.DataFrame(settings).fillna(unknown).map(one_line)
    if len(runs) > 1:
        differs = table.nunique(axis=1) > 1
        table = pd.concat([table[differs], table[~differs]])
        table.insert(0, "differs", ["yes" if d else "" for d in sorted(differs, reverse=True)])
    table["meaning"] = [helps.get(name, "") for name in table.index]
    table.index.name = "setting"
    widths = {"_index": 170, **dict.fromkeys(names.values(), RUN_WIDTH)}
    columns = {name: st.column_config.TextColumn(width=width) for name, width in widths.items()}
    st.dataframe(table, height="content", column_config=columns)
    if not store.is_server:
        name = store.uri.rpartition("/")[2]
        st.caption(
            "MLflow's own pages on this store: "
            + code(f"mlflow ui --backend-store-uri {shlex.quote(f'sqlite:///{name}')}")
            + " in the folder of its database. Choose Model training at their top left; each "
            "epoch's maps are under a run's Model metrics."
        )


def _name_verdict(run: RunInfo) -> dict[str, str]:
    """Return the rows about a run's deciding verdict; none without one."""
    verdict = find_deciding(run.verdicts)
    if verdict is None:
        return {}
    by = f"{STANDINGS[verdict.decision]} by {verdict.person} ({verdict.scope})"
    return {"verdict": by, "reason": verdict.reason}
