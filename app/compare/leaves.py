"""The accuracy of one network on each class: the best and the worst, a search, or all."""

import numpy as np
import streamlit as st

from app.compare.class_charts import READABLE, bars_of, leaves_chart
from app.compare.class_search import matches
from app.compare.picking import draw_zoomable, is_dark, take_picked
from app.compare.state import STATE, roots_of
from app.parts.chart import specify
from app.parts.shared_choice import draw_choice
from app.parts.widgets import plain
from app.reads import stored_evaluations
from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import classes_of
from pipelines.comparison.rankings import leaves_of, shortlist
from pipelines.comparison.task import Task
from saliencnn.common.terms import define
from saliencnn.drawing.network_charts import PICK
from saliencnn.store.connection import Store

MOST = 24
"""Bars of the best and worst ones, and of those chosen."""
ALL_KINDS = ""
SCOPES = {"short": "Best and worst", "all": "All classes"}


def draw_leaves(store: Store, task: Task, group: Group) -> None:
    """Draw a network's accuracy by class, with what chooses network and classes above it."""
    roots, kind = roots_of(group), STATE.get().root
    with st.container(horizontal=True):
        _choose_network(group)
        if roots or kind:
            _choose_root(kind, roots)
    wanted = st.text_input(
        "Find classes", placeholder="part of a name, or a kind of thing such as bird",
        key="find", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    now = STATE.get()
    table = stored_evaluations.class_tables(store, group.run_ids)[now.pinned]
    classes = classes_of(group.class_set, kind) if kind else None
    frame = leaves_of(table, group.class_set, classes)
    found = frame[matches(group.class_set, wanted)[frame["index"]]] if wanted.strip() else frame
    if found.empty:
        st.info(f"No class here is “{plain(wanted)}”.", icon=":material/search_off:")
        return
    found = found.assign(chosen=found["index"].isin(task.classes), part="all")
    scope = "all" if len(found) <= READABLE else _choose_scope()
    shown = found if scope == "all" else shortlist(found, MOST)
    bars = bars_of(shown)
    key = f"compare-leaves-{kind}-{now.pinned}-{wanted}-{scope}"
    spec = specify(leaves_chart, float(np.ceil(bars["end"].iloc[-1])), roots, is_dark(), True)
    draw_zoomable(spec, bars, key, take_picked, [PICK])
    st.caption(_explain(scope, len(found), len(frame)))


def _explain(scope: str, found: int, of: int) -> str:
    count = f"{found:,} classes" if found == of else f"{found:,} of {of:,} classes"
    which = (
        f"The network's best and worst classes, of {count}. One image proves "
        "little, so the best go by the lower end of their accuracy's 95% interval, the worst by "
        "its upper end."
        if scope == "short"
        else f"{count}, the most accurate first."
    )
    return (
        f"{which} At the right, how many of a class's images are classified correctly. Scroll to "
        f"zoom, drag to move; names appear with {READABLE} bars or fewer. Click a bar to choose "
        "its class; ● marks chosen ones."
    )


def _choose_network(group: Group) -> None:
    pinned, ids = STATE.get().pinned, list(group.run_ids)
    take = STATE.take("compare-pinned", "pinned")
    draw_choice("Network", ids, pinned, "compare-pinned", take, group.names)


def _choose_root(kind: str, roots: list[str]) -> None:
    """Let the person choose a root class, or all; a narrower kind is there where one is shown."""
    kinds = {root: root or "all kinds" for root in (ALL_KINDS, *roots, kind)}
    take = STATE.take("compare-root", "root")
    help_text = define("root class")
    draw_choice("Kind of thing", list(kinds), kind, "compare-root", take, kinds, help_text)


def _choose_scope() -> str:
    return str(
        st.segmented_control(
            "Classes shown",
            list(SCOPES),
            default="short",
            format_func=SCOPES.get,
            key="scope",
            bind="query-params",
            persist_state="session",
            required=True,
            label_visibility="collapsed",
        )
    )
