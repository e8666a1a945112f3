"""The tab Networks: which one to take, by accuracy, cost and kind of thing."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from app.compare.picking import is_dark
from app.compare.radar import LEGEND, radar_chart
from app.compare.robustness import draw_robustness
from app.compare.state import STATE, roots_of
from app.compare.weaknesses import draw_weaknesses
from app.parts.chart import draw_chart
from app.parts.columns import (
    PERCENT,
    UNKNOWN,
    header_width,
    in_percent,
    roomy_columns,
    table_height,
)
from app.parts.findings import draw_findings
from app.parts.saving import offer_numbers
from app.parts.widgets import guarded, plain
from app.reads import stored_evaluations, stored_findings
from pipelines.comparison.groups import Group, cost_frame, kind_frame, known_costs
from pipelines.comparison.task import Task
from pipelines.comparison.view import CLASSES
from saliencnn.common.sentences import join_words
from saliencnn.common.terms import define
from saliencnn.drawing.network_charts import PICK, complexity_chart
from saliencnn.findings.finding import Evidence, Finding
from saliencnn.findings.kind_rates import MIN_OF_WEAK
from saliencnn.findings.of_comparison import SINGLE
from saliencnn.findings.weak_kinds import RULE
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import CORRUPTED_TOP1

FEWEST_ROOTS = 3
"""With fewer, nothing can be drawn around a circle."""
MOST = 6
"""Findings that stand before the charts: each answers a question that people come with."""
NUMBERS = {
    "top 1": PERCENT,
    "top 5": PERCENT,
    "corrupted": PERCENT,
    "parameters": "compact",
    "multiply-adds": "compact",
    "images a second": "%.0f",
}
"""Column of numbers -> its format; each is as wide as its header needs."""
WIDEST = "100.0%"
"""The longest number of them."""
NUMBER_HELP = {
    "corrupted": "Mean top 1 over all corruptions and strengths below.",
    "images a second": "Images that it classified in a second when it was evaluated. It depends on "
    "that machine too; multiply-adds do not.",
}
MIN_WIDTH = 480
"""Pixels that a chart needs: those with names have a size of their own."""


def draw_networks(store: Store, task: Task, group: Group) -> None:
    """Draw what stands out among the networks, accuracies, costs, all numbers, and robustness."""
    roots = roots_of(group)
    weak: list[Finding] = []
    with guarded():
        found = stored_findings.of_comparison(store, group)
        weak = [one for one in found if one.rule == RULE and len(roots) >= FEWEST_ROOTS]
        others = [_without_link(one) for one in found if one not in weak]
        draw_findings(others, "compare", MOST, one_answer=True)
    if len(roots) >= FEWEST_ROOTS:
        left, right = roomy_columns("compare-models", [1, 1], MIN_WIDTH)
        with left:
            _draw_complexity(group)
        with right:
            for told in weak:
                draw_weaknesses(store, group, told)
            _draw_radar(store, task, group, roots)
        _draw_numbers(group)
    else:
        _draw_numbers(group)
        _draw_complexity(group)
    draw_robustness(store, task, group)
    for note in group.notes:
        st.caption(plain(note))


def _without_link(told: Finding) -> Finding:
    """Return what is said, without offering what the button above it offers, too."""
    if told.rule != SINGLE or len(told.evidence.query) < 2:
        return told
    return replace(told, advice="", evidence=Evidence("compare"))


def _draw_complexity(group: Group) -> None:
    costs = known_costs(group)
    unit = st.segmented_control(
        "Complexity",
        list(costs),
        default=next(iter(costs)),
        format_func=costs.get,
        key="cost",
        bind="query-params",
        persist_state="session",
        required=True,
        label_visibility="collapsed",
        help="Multiply-adds are those of one image.",
    )
    pinned = STATE.get().pinned
    frame = cost_frame(group, unit, pinned)
    # A chart that shows another network as pinned is another chart: its own click is forgotten.
    key = f"compare-complexity-{unit}-{pinned}"
    draw_chart(
        complexity_chart,
        frame,
        costs[unit],
        is_dark(),
        key=key,
        width="content",
        on_select=lambda: _pin_picked(key),
        selection_mode=[PICK],
    )
    st.caption(
        "Each point is a network: higher is more accurate, further left is cheaper. Click a point "
        f"to pin its network; **{plain(group.names[pinned])}** is pinned.",
        help=define("pinned"),
    )


def _pin_picked(key: str) -> None:
    for picked in st.session_state[key]["selection"].get(PICK, []):
        STATE.update(pinned=picked["run_id"])


def _draw_radar(store: Store, task: Task, group: Group, roots: list[str]) -> None:
    now, names = STATE.get(), group.names
    table = stored_evaluations.class_tables(store, group.run_ids)[group.run_ids[0]]
    frame = kind_frame(group, table, roots)
    strong = [name for run_id, name in names.items() if run_id in {now.pinned, *task.models}]
    key = f"compare-radar-{now.pinned}-{now.root}"
    draw_chart(
        radar_chart,
        frame,
        roots,
        list(names.values()),
        strong,
        is_dark(),
        key=key,
        width="content",
        on_select=lambda: _take_from_radar(key, {name: i for i, name in names.items()}),
    )
    st.caption(
        f"{_say_rare(frame)}Accuracy by root class, the kind of thing that a class is: 0% in the "
        "middle, 100% at the rim; the number at a name is that of its images. Click a corner or a "
        "name to see its classes, the legend to pin a network. The pinned "
        "network and those of the task have strong lines.",
        help=define("root class"),
    )


def _say_rare(frame: pd.DataFrame) -> str:
    """Say of which kinds of thing a chart has too few images to compare networks; "" of none."""
    images = frame.groupby("root", sort=False)["images"].max()
    rare = [str(one) for one in images.index[images < MIN_OF_WEAK]]
    if not rare:
        return ""
    named = plain(join_words(rare, len(rare)))
    return f"Kinds with fewer than {MIN_OF_WEAK} images prove nothing: {named}. "


def _take_from_radar(key: str, ids: dict[str, str]) -> None:
    for name, picked in st.session_state[key]["selection"].items():
        for values in picked if name != LEGEND else picked[-1:]:
            if values.get("model") in ids:
                STATE.update(pinned=ids[values["model"]])
            if values.get("root"):
                STATE.update(root=values["root"], tab=CLASSES)


def _draw_numbers(group: Group) -> None:
    """Draw the networks as a table."""
    frame = pd.DataFrame(
        {
            "network": group.names[info.run_id],
            "top 1": info.metrics["top1"],
            "top 5": info.metrics.get("top5"),
            "corrupted": info.metrics.get(CORRUPTED_TOP1),
            "parameters": info.metrics["parameters"],
            "multiply-adds": info.metrics.get("multiply_adds"),
            "images a second": info.metrics.get("images_per_second"),
        }
        for info in group.models
    )
    frame = frame.dropna(axis="columns", how="all")
    st.dataframe(
        in_percent(frame, *(name for name in ("top 1", "top 5", "corrupted") if name in frame)),
        hide_index=True,
        placeholder=UNKNOWN,
        height=table_height(len(frame)),
        column_config={
            name: st.column_config.NumberColumn(
                format=form,
                help=NUMBER_HELP.get(name),
                width=max(map(header_width, (name, WIDEST))),
            )
            for name, form in NUMBERS.items()
        },
    )
    among = "; top 5: how often the true class is among the five most likely"
    cost = f" {define('multiply-adds')}" if "multiply-adds" in frame else ""
    st.caption(
        f"Of {group.images:,} images. Top 1: how often the most likely class is the true one"
        f"{among if 'top 5' in frame else ''}.{cost}"
    )
    offer_numbers(frame, "Networks")
