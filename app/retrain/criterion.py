"""What maps are judged by: focus where an object's place is known, else what a person chooses."""

from collections.abc import Sequence

import streamlit as st

from pipelines.retry.history import FOCUS, LABELS, SIGNS, PastRun
from saliencnn.common.metrics import METRICS
from saliencnn.store.runs import RunInfo


def choose_criterion(run: RunInfo, history: Sequence[PastRun]) -> str:
    """Return what the maps of comparable runs are judged by; empty where nothing is known of them.

    Where no run knows an object's place, a person chooses among what was measured; the form and
    the history of runs on the same images share the choice.

    Args:
        run: the chosen one.
        history: the runs comparable to it.

    Returns:
        A name of ``SIGNS``, or empty.
    """
    known = [name for name in SIGNS if any(name in past.measures for past in history)]
    if not known or FOCUS in known:
        return next(iter(known), "")
    key = f"judge-{run.images_id}"
    # Kept although another section of the page does not draw it.
    st.session_state[key] = st.session_state.get(key, known[0])
    return st.selectbox(
        "What the maps are judged by",
        known,
        format_func=lambda name: f"{LABELS[name]} ({format_direction(name)} is better)",
        key=key,
        help="No object's place is known in these images, so focus cannot be measured. "
        + " ".join(f"**{METRICS[name].title}:** {METRICS[name].help}" for name in known),
        width=420,
    )


def format_direction(judge: str) -> str:
    """Say whether more or less of a measure is better."""
    return "more" if SIGNS[judge] > 0 else "less"
