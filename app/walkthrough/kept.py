"""The walkthroughs that people kept with a run: to present, to hand over, to go on from."""

from functools import partial

import streamlit as st

from app.parts.pins import pinned_views, put_pins
from app.parts.presenting import open_presentation
from app.parts.report import offer_file
from app.parts.widgets import plain
from app.parts.wishing import wish_button
from app.reads import stored_runs
from pipelines.computing.asking import compute
from pipelines.report.make import make_report
from pipelines.report.pins import told_runs
from saliencnn.common.sentences import count
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.walkthroughs import Walkthrough


def draw_kept(store: Store, run: RunInfo) -> None:
    """Draw the walkthroughs that are kept with a run, newest first."""
    st.subheader(f"Kept with {plain(run.name, LONGEST_NAME)}")
    kept = stored_runs.walkthroughs(store, run.run_id)
    if not kept:
        st.caption("No walkthrough is kept with this run yet.")
    for one in kept:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            _draw_walkthrough(store, one)


def _draw_walkthrough(store: Store, kept: Walkthrough) -> None:
    when = f"{kept.time[:10]} {kept.time[11:16]} UTC"
    views = count(len(kept.pins), "view", "views")
    st.markdown(
        f"**{plain(kept.name)}**  \n{views} · {plain(kept.person)}, {when}", width="stretch"
    )
    if wish_button("Present", f"present-{kept.id}", icon=":material/slideshow:", type="primary"):
        open_presentation("walkthrough", {"walkthrough": [f"{kept.run_id}:{kept.id}"]})
    offer_file(
        kept.name,
        [kept.id],
        partial(_make_report, store, kept),
        "this walkthrough, and the story of its runs",
        key=f"report-{kept.id}",
    )
    st.button(
        "Take over",
        icon=":material/playlist_add:",
        key=f"take-{kept.id}",
        on_click=lambda: put_pins((*pinned_views(), *kept.pins)),
        help="Add its views to the pinned ones, to change them and keep the result as another.",
    )


def _make_report(store: Store, kept: Walkthrough) -> str:
    return compute(make_report, store, told_runs(store, kept), walkthrough=kept)
