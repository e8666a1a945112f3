"""What heads a run's card: its newest numbers, since when it looks at the object, its methods."""

import streamlit as st

from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.reads import stored_images
from app.reads.stored_advice import read_advice_at
from app.reads.stored_arrival import arrival_of, place_of
from saliencnn.common.metrics import METRICS
from saliencnn.findings.focus_words import AT_NO_EPOCH, name_arrival
from saliencnn.findings.method_groups import explain_methods, name_believed
from saliencnn.findings.methods import FOCUS_METHOD, is_doubted
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

HEADING = {
    "val_accuracy": "accuracy **{}**",
    "counterfactual_accuracy": "without the shortcut **{}**",
    "focus": "focus **{}**",
}
"""The metrics of a run's newest epoch that head its card, and how they are said there."""


def draw_heading(store: Store, run: RunInfo) -> None:
    """Draw a run's newest numbers, and since when it looks at the object."""
    told = [
        words.format(METRICS[name].write(run.metrics[name]))
        for name, words in HEADING.items()
        if name in run.metrics
    ]
    if "focus" in run.metrics:
        told[-1] += _say_chance(store, run.images_id)
    judged = read_advice_at(store, run.run_id, run.epoch)
    arrival = arrival_of(store, run)
    if arrival is not None:
        words = place_of(store, run.images_id).words
        believed = FOCUS_METHOD in judged and not is_doubted(judged)
        who, does = (
            ("", f"looks {words['at']}") if believed else ("its maps ", f"lie {words['inside']}")
        )
        told.append(
            f"{who}**never** {does} in most images"
            if arrival == AT_NO_EPOCH
            else f"{who}{does} in most images **{name_arrival(arrival)}**"
        )
    st.markdown(" · ".join(told))


def draw_methods(store: Store, run: RunInfo) -> None:
    """Draw which of a run's maps to believe."""
    judged = read_advice_at(store, run.run_id, run.epoch)
    if run.epoch:
        told_of_maps = plain(name_believed(judged, run.head_kind))
        row = draw_row(told_of_maps, plain(explain_methods(judged)))
        lead(row, "trust", "Which maps to believe", {"run": run.run_id})


def _say_chance(store: Store, images_id: str) -> str:
    """Say how much focus a map of anything has, since the object fills so much; "" if unknown."""
    area = stored_images.object_area(store, images_id)
    if area is None:
        return ""
    what = "the object" if place_of(store, images_id).box_area is None else "the object's box"
    return f" (by chance {area:.2f}: so much of an image {what} fills)"
