"""The runs' settings beside each other, what differs first."""

import shlex
from dataclasses import fields

import pandas as pd
import streamlit as st

from app.parts.curves import unique_names
from app.parts.run_names import STANDINGS
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.markdown import code
from saliencnn.common.shown import one_line
from saliencnn.store.connection import Store
from saliencnn.store.run_info import NOT_KNOWN
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import find_deciding

SETTING_WIDTH, RUN_WIDTH = 140, 130
"""Pixels of a setting's name and of its value in a run: what it means can be read beside them."""


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
    widths = {"_index": SETTING_WIDTH, **dict.fromkeys(names.values(), RUN_WIDTH)}
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
