"""The ranking criterion of maps: focus where the objects' places are known, else a choice."""

from collections.abc import Sequence

import streamlit as st

from app.parts.runs import STATE
from pipelines.retry.history import FOCUS, PastRun, criteria
from saliencnn.common.metrics import METRICS
from saliencnn.store.runs import RunInfo


def choose_criterion(run: RunInfo, history: Sequence[PastRun]) -> str:
    """Return the metric that ranks comparable runs by their maps; empty where none was measured.

    Where no object's place is known, a person chooses among the metrics that were measured. The
    form and the history of runs on the same images share the choice, which is in the URL.

    Args:
        run: the chosen one.
        history: the runs comparable to it.

    Returns:
        One of ``criteria()``, or empty.
    """
    known = [name for name in criteria() if any(name in past.measures for past in history)]
    if not known or FOCUS in known:
        return next(iter(known), "")
    key = f"ranking-criterion-{run.images_id}"
    # Kept although another section of the page does not draw it.
    st.session_state[key] = st.session_state.get(key, "")
    for asked in STATE.asks_once("criterion") or []:
        if asked in known:
            st.session_state[key] = asked
    chosen = st.selectbox(
        "Ranking criterion of the maps",
        ["", *known],
        format_func=_describe,
        key=key,
        help="No object's place is known in these images, so focus cannot be measured, and no "
        "measure of maps alone tells a right network from a wrong one. Try interventions instead. "
        + " ".join(f"**{METRICS[name].title}:** {METRICS[name].help}" for name in known),
        width=420,
    )
    STATE.write({"criterion": [chosen]}, keep=True)
    return chosen


def _describe(name: str) -> str:
    if not name:
        return "none: accuracy alone"
    return f"{METRICS[name].label} ({METRICS[name].better} is better)"
