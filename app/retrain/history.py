"""The history: all runs on the same images, the best of them, and what made the difference."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.parts.chart import draw_chart, note_subject
from app.parts.lacking import draw_lacking
from app.parts.widgets import plain
from app.reads import stored_queue, stored_runs
from app.retrain.charts import front_chart, importance_chart, parallel_chart
from app.retrain.criterion import choose_criterion
from pipelines.retry.explain_proposals import importances, pareto_front
from pipelines.retry.history import Comparable, comparable
from pipelines.retry.propose import MIN_RUNS
from pipelines.retry.reason import format_value
from pipelines.retry.request_state import why_not_retried
from pipelines.retry.space import SPACE, inside, to_unit
from saliencnn.common.hyperparameters import UNGUIDED
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

PARETO_LINE = (
    "The dashed line joins the runs that no other beats in both numbers (the Pareto front). Runs "
    "that were rejected, or that rely on a shortcut as interventions show, are left out of it. "
)


def draw_history(store: Store, run: RunInfo) -> None:
    """Draw the Pareto front, all runs' values, and which of them mattered."""
    history = stored_queue.history_of(store, run)
    criterion = choose_criterion(run, list(history.values()))
    ranked = comparable(list(history.values()), criterion)
    if reason := why_not_retried(run):
        draw_lacking(reason)
        return
    if len(ranked.runs) < 2:
        known = len(ranked.runs) < len(history)
        which = f" whose {METRICS[criterion].label} is known" if known else ""
        st.info(
            f"At least two runs{which} are needed; there is {len(ranked.runs) or 'none'} so far. "
            "Queue a retry under *Change and queue*.",
            icon=":material/timeline:",
        )
        return
    note_subject(f"{count(len(ranked.runs), 'run', 'runs')} on {run.image_set}")
    kept = {id(past): run_id for run_id, past in history.items()}
    run_ids = [kept[id(past)] for past in ranked.runs]
    runs = {r.run_id: r for r in stored_runs.all_runs(store)}
    left, right = st.columns([3, 2])
    with left:
        _draw_front(ranked, run_ids, runs, run.run_id)
    with right:
        _draw_importance(ranked)
    _draw_values(ranked, run_ids, runs, run.run_id)


def _draw_front(
    ranked: Comparable, run_ids: list[str], runs: dict[str, RunInfo], selected: str
) -> None:
    st.subheader("Best runs")
    metric = METRICS[ranked.criterion] if ranked.criterion else None
    values = [past.measures[ranked.criterion] if metric else 0.0 for past in ranked.runs]
    frame = pd.DataFrame(
        {
            "run_id": run_ids,
            "run": [past.name for past in ranked.runs],
            "accuracy": [past.accuracy for past in ranked.runs],
            "measure": values,
            "standing": [runs[run_id].standing or "no verdict" for run_id in run_ids],
            "front": pareto_front(ranked),
            "guided": [past.hyperparameters.guidance != UNGUIDED for past in ranked.runs],
        }
    )
    picked = draw_chart(
        front_chart, frame, metric, selected, on_select="rerun", key=f"front-{selected}"
    )
    st.caption(
        "Each mark is a run and the ring is the selected one. "
        + (
            f"Up and to the right is better. {PARETO_LINE if frame['front'].sum() > 1 else ''}"
            if metric
            else "Right is better; nothing was measured of these networks' maps. "
        )
        + (f"{metric.title}: {metric.help[0].lower()}{metric.help[1:]} " if metric else "")
        + "Click a mark to open its run."
    )
    _draw_links(picked["selection"], runs)


def _draw_links(selection: Mapping[str, Any], runs: dict[str, RunInfo]) -> None:
    """Draw links to the run whose mark was clicked, if any."""
    for point in list(selection.get("picked") or [])[:1]:
        found = runs.get(point["run_id"])
        if found:
            with st.container(horizontal=True):
                for page, icon in (("overview", "insights"), ("progression", "movie")):
                    st.page_link(
                        f"views/{page}.py",
                        label=f"{page.capitalize()} of {plain(found.name)}",
                        icon=f":material/{icon}:",
                        query_params={"run": found.run_id},
                    )


def _draw_importance(ranked: Comparable) -> None:
    st.subheader("Hyperparameter importance")
    fractions = importances(ranked)
    if not fractions:
        st.caption(
            f"From {MIN_RUNS} runs on, this shows which hyperparameters explain the differences "
            f"between runs; there are {len(ranked.runs)} so far."
        )
        return
    frame = pd.DataFrame(
        {"name": [n.replace("_", " ") for n in fractions], "fraction": fractions.values()}
    )
    draw_chart(importance_chart, frame)
    st.caption(
        "Fraction of the differences between runs that each hyperparameter explains by itself "
        "(PED-ANOVA). With few runs it is a hint, not a proof.",
        help=define("PED-ANOVA"),
    )


def _draw_values(
    ranked: Comparable, run_ids: list[str], runs: dict[str, RunInfo], selected: str
) -> None:
    st.subheader("All hyperparameters")
    names = [name.replace("_", " ") for name in SPACE]
    rows = []
    for run_id, past in zip(run_ids, ranked.runs, strict=True):
        own = past.hyperparameters.as_dict()
        for name, position in to_unit(inside(own)).items():
            text = format_value(own[name])
            rows.append((run_id, past.name, name.replace("_", " "), position, text, past.accuracy))
    frame = pd.DataFrame(rows, columns=["run_id", "run", "name", "position", "value", "accuracy"])
    picked = draw_chart(
        parallel_chart,
        frame,
        names,
        selected,
        st.context.theme.type == "dark",
        on_select="rerun",
        key=f"values-{selected}",
    )
    st.caption(
        "Each line is a run and its hyperparameters, each from the lowest to the highest value "
        "that a retry may choose; the thick line is the selected run. Where lines of one colour "
        "meet, runs of the same accuracy agree. Click a point to open its run."
    )
    _draw_links(picked["selection"], runs)
