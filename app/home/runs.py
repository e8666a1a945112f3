"""The table of runs: search, filter, sort, tick and open."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.home.tables import NO_VERDICT, keep, runs_frame, search
from app.home.ticked import draw_ticked
from app.parts.columns import PERCENT, header_width, in_percent
from app.parts.leads import draw_row, lead
from app.parts.run_names import STANDINGS
from app.parts.widgets import REFRESH, guarded, plain
from app.reads import stored_runs
from saliencnn.common.metrics import METRICS
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.common.terms import ON_OBJECT
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

CURVES = 100
"""Newest runs whose curves are read; of older ones the last accuracy is enough."""
MOST_RUNNING = 3
"""Trainings in progress that are named above the table."""
FILTERS = {
    "images": "Image set",
    "network": "Network",
    "verdict": "Verdict",
    "people": "Person",
    "experiment": "Experiment",
    "study": "Study",
}
"""Column -> what a person filters by."""
PARAMETERS = {"images": "set", "verdict": "standing"}
"""Column -> its parameter of the URL, where that is not the column: a widget takes its parameter
out of the URL when its page is left, also where a link to the next page has one of that name."""
NOT_SHOWN = ("people", "study")
"""What a person filters by, and a window 1,024 pixels wide has no room for."""
NAME_WIDTH, SAID_BY_NAME = 208, {"images": 76, "network": 98}
"""Pixels of a run's name in a window 1,024 pixels wide, and of the columns that names may say,
whose room it then has."""
AGE_WIDTH = 112
"""Pixels of the longest age, such as *15 minutes ago*: the table's own guess knows no ages."""
TABLE_WIDTH, TICK_WIDTH, CURVE_WIDTH = 928, 34, 66
"""Pixels of the table in a window 1,024 pixels wide, of its ticks, and of a curve."""
TITLES = {"images": "image set", "without_shortcut": "without shortcut"}
"""Column -> its heading, where that is another."""
WARNED = "What its last numbers and the checks of its maps warn of. Its own page says more."
NUMBERS = ("accuracy", "without_shortcut", "focus")
"""Columns that are as wide as their headings."""
SEARCHED = ("name", "images", "network", "warning", "verdict", "status", "experiment", "study")


def draw_runs(store: Store, runs: list[RunInfo]) -> None:
    """Draw the runs; those that are ticked can be opened together."""
    everything = runs_frame(runs, stored_runs.accuracy_curves(store, runs[:CURVES]))
    found = _filter(everything)
    if found.empty:
        st.info("No run is like that; take back a filter or a word.", icon=":material/search_off:")
        return
    shown = in_percent(found.drop(columns=["run_id", *NOT_SHOWN]), "accuracy", "without_shortcut")
    if shown["without_shortcut"].isna().all():
        shown = shown.drop(columns="without_shortcut")
    # A column that says the same of every run says nothing.
    usual = {
        "status": "finished",
        "experiment": everything["experiment"].iloc[0],
        "verdict": NO_VERDICT,
    }
    shown = shown.drop(columns=[name for name in usual if (everything[name] == usual[name]).all()])
    room = {name: width for name, width in SAID_BY_NAME.items() if _is_in_names(everything, name)}
    shown = shown.drop(columns=[*room])
    if "verdict" in shown:
        shown["verdict"] = [STANDINGS.get(verdict, verdict) for verdict in found["verdict"]]
    shown["warning"] = [f"⚠ {warning}" if warning else "" for warning in found["warning"]]
    longest = max(header_width(name) for name in found["name"])
    name_width = max(NAME_WIDTH, min(longest, NAME_WIDTH + sum(room.values())))
    needed = _need_widths(shown, name_width)
    for name in _yielding(shown):
        if name in shown and sum(needed.values()) > TABLE_WIDTH:
            shown, needed = shown.drop(columns=name), needed | {name: 0}
    columns = _columns(name_width, needed["warning"])
    draw_ticked(shown, found["run_id"], "home-runs", columns, "overview", _ask, _offer)
    if len(found) < len(everything):
        st.caption(f"{len(found):,} of {len(everything):,} runs.")


def draw_running(store: Store, runs: list[RunInfo]) -> None:
    """Say which trainings are in progress, the newest first, and lead to them.

    That is drawn anew every few seconds, and the whole page once one of them has ended.
    """
    running = [one.run_id for one in runs if one.status == "running"][:MOST_RUNNING]
    if running:
        st.fragment(guarded()(_draw_running), run_every=REFRESH)(store, running)


def _draw_running(store: Store, run_ids: list[str]) -> None:
    known = {run.run_id: run for run in stored_runs.all_runs(store)}
    running = [known[one] for one in run_ids if one in known and known[one].status == "running"]
    if len(running) < len(run_ids):
        st.rerun()
    for run in running:
        done = run.progress or f"epoch {run.epoch} of {run.hyperparameters.get('epochs', '?')}"
        name = plain(run.name, LONGEST_NAME)
        row = draw_row(f":material/play_arrow: In progress: **{name}**, {plain(done)}")
        lead(row, "overview", "Follow it", {"run": run.run_id})


def _filter(frame: pd.DataFrame) -> pd.DataFrame:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    words = row.text_input(
        "Search runs",
        placeholder="name, network, warning ...",
        key="search",
        bind="query-params",
        width=260,
    )
    found = search(frame, words, SEARCHED)
    for column, label in FILTERS.items():
        options = sorted({*frame[column].explode().dropna()} - {""}, key=str.casefold)
        key = PARAMETERS.get(column, column)
        if len(options) > 1 or key in st.query_params:
            wanted = row.multiselect(label, options, key=key, bind="query-params", width=190)
            found = keep(found, column, wanted)
    return found


def _is_in_names(frame: pd.DataFrame, column: str) -> bool:
    """Whether every run's name says what a column says of it, as names that nobody chose do."""
    pairs = zip(frame["name"], frame[column], strict=True)
    return all(said in name for name, said in pairs)


def _need_widths(shown: pd.DataFrame, name_width: int) -> dict[str, int]:
    """Return the pixels that each column needs so that nothing in it is cut."""
    fixed = {"ticks": TICK_WIDTH, "name": name_width, "started": AGE_WIDTH, "curve": CURVE_WIDTH}
    texts = shown.drop(columns=["name", "started", "curve"]).astype(str)
    own = {name: () if name in NUMBERS else texts[name] for name in texts.columns}
    titled = {name: (TITLES.get(name, name), *cells) for name, cells in own.items()}
    return fixed | {name: max(map(header_width, words)) for name, words in titled.items()}


def _yielding(shown: pd.DataFrame) -> list[str]:
    """Return the columns that go, the first first, where a narrow window would cut another.

    What filters hold goes before the curve, which stands nowhere else.
    """
    same = [name for name in SAID_BY_NAME if name in shown and shown[name].nunique() == 1]
    return [*same, *SAID_BY_NAME, "curve"] if (shown["warning"] != "").any() else []


def _columns(name_width: int, warning_width: int) -> dict[str, object]:
    config = st.column_config
    return {
        "name": config.TextColumn("run", width=name_width),
        "images": TITLES["images"],
        "accuracy": config.NumberColumn("accuracy", format=PERCENT, help="Of the last epoch."),
        "without_shortcut": config.NumberColumn(
            TITLES["without_shortcut"], format=PERCENT, help=METRICS["counterfactual_accuracy"].help
        ),
        "curve": config.LineChartColumn(
            "by epoch",
            width=CURVE_WIDTH,
            y_min=0,
            y_max=1,
            help="Validation accuracy, epoch by epoch.",
        ),
        "focus": config.NumberColumn(
            "focus",
            format="%.2f",
            help=METRICS["focus"].help,
        ),
        "warning": config.TextColumn("warning", width=warning_width, help=WARNED),
        "started": config.DatetimeColumn("started", format="distance", width=AGE_WIDTH),
    }


def _ask(ids: Sequence[str]) -> dict[str, Sequence[str]]:
    return {"run": ids}


def _offer(ids: Sequence[str]) -> None:
    if not ids:
        st.caption(
            "Click a run's name to open it, or tick several to open them together; click a heading "
            "to sort. Focus: how "
            f"much of the maps lies {ON_OBJECT}, from 0 to 1."
        )
        return
    label = "Open this run" if len(ids) == 1 else f"Open these {len(ids)} runs side by side"
    st.page_link(
        "views/overview.py",
        label=f"**{label}**",
        icon=":material/arrow_forward:",
        query_params=_ask(ids),
    )
