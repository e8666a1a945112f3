"""What numbers before and after do not say by themselves: an untested retry, a loss that rose."""

from collections.abc import Mapping

import streamlit as st

from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.reads import stored_interventions
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

LOSS_AND_ACCURACY = ("val_loss", "val_accuracy")


def draw_cautions(store: Store, before: RunInfo, after: RunInfo) -> None:
    """Say why a loss rose beside a better accuracy, and lead to the test that a retry lacks."""
    if sentence := explain_loss(before.metrics, after.metrics):
        st.caption(sentence)
    tested, retested = (
        stored_interventions.found(store, run.run_id, run.epoch) is not None
        for run in (before, after)
    )
    if tested and not retested:
        row = draw_row(
            f"**{plain(after.name)}** has not been tested for shortcuts yet, as "
            f"**{plain(before.name)}** has: these numbers do not show whether it still needs one."
        )
        lead(row, "trust", "Try interventions", {"run": after.run_id})


def explain_loss(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """Say what it means that both validation loss and accuracy rose; "" where they did not.

    Args:
        before: metrics of the run before.
        after: of the run after.
    """
    risen = (name in before and after.get(name, 0.0) > before[name] for name in LOSS_AND_ACCURACY)
    if not all(risen):
        return ""
    return (
        "Validation loss rose although more images are right: the network is less sure where it is "
        "right, or surer where it is wrong."
    )
