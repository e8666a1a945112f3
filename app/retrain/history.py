"""The history of a question: every run on the same images, and what made the difference."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.parts.widgets import plain
from app.reads import stored_queue, stored_runs
from app.retrain.charts import front_chart, importance_chart, parallel_chart
from app.retrain.criterion import choose_criterion, format_direction
from pipelines.retry.explain_proposals import format_value, importances, pareto_front
from pipelines.retry.history import FOCUS, LABELS, Comparable, comparable
from pipelines.retry.propose import FEW
from pipelines.retry.space import SPACE, inside, to_unit
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def draw_history(store: Store, run: RunInfo) -> None:
    """Draw the Pareto front, all runs' values, and which of them mattered."""
    history = stored_queue.history_of(store, run)
    judge = choose_criterion(run, list(history.values()))
    judged = comparable(list(history.values()), judge)
    if len(judged.runs) < 2:
        known = f" whose {LABELS[judge]} is known" if len(judged.runs) < len(history) else ""
        st.info(
            f"A history needs two runs{known}; there is {len(judged.runs) or 'none'} so far. Queue "
            "a retry under *Change and queue*.",
            icon=":material/timeline:",
        )
        return
    kept = {id(past): run_id for run_id, past in history.items()}
    run_ids = [kept[id(past)] for past in judged.runs]
    runs = {r.run_id: r for r in stored_runs.all_runs(store)}
    left, right = st.columns([3, 2])
    with left:
        _draw_front(judged, run_ids, runs, run.run_id)
    with right:
        _draw_importance(judged)
    _draw_values(judged, run_ids, runs, run.run_id)


def _draw_front(
    judged: Comparable, run_ids: list[str], runs: dict[str, RunInfo], selected: str
) -> None:
    st.subheader("Best so far")
    title, hint = _name_criterion(judged.judge)
    frame = pd.DataFrame(
        {
            "run_id": run_ids,
            "run": [past.name for past in judged.runs],
            "accuracy": [past.accuracy for past in judged.runs],
            "measure": judged.values[:, -1] if judged.judge else 0.0,
            "standing": [runs[run_id].standing or "no verdict" for run_id in run_ids],
            "front": pareto_front(judged),
        }
    )
    picked = st.altair_chart(
        front_chart(frame, title, selected), on_select="rerun", key=f"front-{selected}"
    )
    st.caption(
        f"Each mark is a run, the ring is the chosen one. {hint} The dashed line joins the runs "
        "that no other beats in both, rejected ones apart. Click a mark to go to its run."
    )
    _draw_links(picked["selection"], runs)


def _name_criterion(judge: str) -> tuple[str, str]:
    """Return the title of the vertical axis and a sentence on where the better runs lie."""
    if not judge:
        return "", "Right is better; nothing is known of where these networks look."
    if judge == FOCUS:
        return "focus (share of attention on the object)", "Up and to the right is better."
    less = " (less is higher)" if format_direction(judge) == "less" else ""
    return f"{LABELS[judge]}{less}", "Up and to the right is better."


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


def _draw_importance(judged: Comparable) -> None:
    st.subheader("What mattered")
    shares = importances(judged)
    if not shares:
        st.caption(
            f"From {FEW} runs on, this shows which values explain the differences between "
            f"runs; there are {len(judged.runs)} so far."
        )
        return
    frame = pd.DataFrame({"name": [n.replace("_", " ") for n in shares], "share": shares.values()})
    st.altair_chart(importance_chart(frame))
    st.caption(
        "How much of the runs' differences each value explains by itself (PED-ANOVA). With few "
        "runs it is a hint, no proof."
    )


def _draw_values(
    judged: Comparable, run_ids: list[str], runs: dict[str, RunInfo], selected: str
) -> None:
    st.subheader("All values")
    names = [name.replace("_", " ") for name in SPACE]
    rows = []
    for run_id, past in zip(run_ids, judged.runs, strict=True):
        own = past.hyperparameters.as_dict()
        for name, share in to_unit(inside(own)).items():
            text = format_value(own[name])
            rows.append((run_id, past.name, name.replace("_", " "), share, text, past.accuracy))
    frame = pd.DataFrame(rows, columns=["run_id", "run", "name", "share", "value", "accuracy"])
    chart = parallel_chart(frame, names, selected, st.context.theme.type == "dark")
    picked = st.altair_chart(chart, on_select="rerun", key=f"values-{selected}")
    st.caption(
        "Each line is a run through all its values, from the low to the high end of what a retry "
        "may choose; the thick one is the chosen run. Lines of one colour that meet at an axis "
        "agree there. Click a point to go to its run."
    )
    _draw_links(picked["selection"], runs)
