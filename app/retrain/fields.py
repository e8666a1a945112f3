"""The fields of the form: one for each hyperparameter, in groups of which one is open."""

from dataclasses import Field, fields
from typing import Any

import streamlit as st

from app.parts.widgets import FIELD_WIDTH
from app.retrain.draft import FILLED, find_changes
from app.retrain.image_size import draw_image_size
from app.retrain.marking import draw_marking
from pipelines.retry.settings import Settings
from pipelines.training.request import IMAGE_SIZE
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import MAX_REASON_LENGTH

GROUPS: dict[str, tuple[str, ...]] = {
    "Optimization": (
        *("optimizer", "learning_rate", "head_factor", "warmup", "schedule"),
        *("weight_decay", "momentum"),
        *("batch_size", "accumulate", "balance", "epochs", "patience"),
    ),
    "Images and augmentation": (
        IMAGE_SIZE,
        *("crop", "flip", "color_jitter", "grayscale", "erasing", "degrade"),
        *("mixup", "cutmix"),
    ),
    "Regularization": ("label_smoothing", "dropout", "ema", "freeze_backbone"),
    "Guidance": ("guidance", "guidance_weight", "ignored", "new_background"),
    "Seed and control": ("seed", "shuffle_labels"),
}


def draw_fields(store: Store, run: RunInfo, start: Settings, key: str) -> None:
    """Draw the groups, of which that of the first change is open once the form was filled.

    Args:
        store: where the run is.
        run: the run to retrain.
        start: its values.
        key: with which the keys of the form's fields begin.
    """
    changed = {*find_changes(start, key)}
    touched = (group for group, names in GROUPS.items() if changed & {*names})
    first = next(touched, next(iter(GROUPS)))
    group = f"{key}-group"
    if st.session_state.pop(f"{key}-{FILLED}", False):
        st.session_state[group] = first
    tabs = st.tabs([*GROUPS], default=first, key=group, on_change="rerun")
    for tab, names in zip(tabs, GROUPS.values(), strict=True):
        if tab.open:  # a field takes long to draw, and there are thirty
            with tab:
                _draw_group(store, run, key, names)


def _draw_group(store: Store, run: RunInfo, key: str, names: tuple[str, ...]) -> None:
    if IMAGE_SIZE in names:
        draw_image_size(store, run, key)
    with st.container(horizontal=True):
        for spec in (f for f in fields(Hyperparameters) if f.name in names):
            _draw_field(spec, f"{key}-{spec.name}")
    if "ignored" in names:
        draw_marking(store, run, key)


def _draw_field(spec: Field[Any], key: str) -> None:
    meta, title = spec.metadata, spec.name.replace("_", " ")
    help_text = f"{meta['help']} Default {spec.default}."
    given: dict[str, Any] = {"key": key, "width": FIELD_WIDTH}
    if "choices" in meta:
        st.selectbox(title, meta["choices"], help=help_text, **given)
    elif isinstance(spec.default, str):
        st.text_input(title, help=help_text, max_chars=MAX_REASON_LENGTH, **given)
    elif isinstance(spec.default, bool):
        st.toggle(title, help=help_text, **given)
    elif isinstance(spec.default, int):
        st.number_input(title, meta["low"], meta["high"], step=1, help=help_text, **given)
    else:
        low, high = float(meta["low"]), float(meta["high"])
        step = low if meta["log"] else 0.05 if high >= 0.5 else 0.01
        bounds = f" From {low:g} to {high:g}."
        st.number_input(
            title, low, high, step=step, format="%.4g", help=help_text + bounds, **given
        )
