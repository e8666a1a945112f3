"""The button that hands over what runs learned, as one HTML file."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pipelines.report.chapters import MOST_RUNS
from pipelines.report.make import make_report
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def offer_report(store: Store, runs: Sequence[RunInfo]) -> None:
    """Offer a report of runs; it is made when a person asks for it.

    Args:
        store: where they are.
        runs: what the page shows; those without a complete epoch are left out.
    """
    told = [run for run in runs if run.epoch]
    if not told:
        return
    hindrance = _hinder(told)
    st.download_button(
        "Report",
        partial(make_report, store, [run.run_id for run in told]),
        "report.html",
        "text/html",
        icon=":material/description:",
        on_click="ignore",
        disabled=bool(hindrance),
        help=hindrance
        or "One file for somebody without an account: numbers, maps at every epoch, findings and "
        "verdicts. It opens in any browser, also offline, and takes some seconds to make.",
    )


def _hinder(runs: Sequence[RunInfo]) -> str:
    """Say why no report can tell of runs together; "" where one can."""
    if len(runs) > MOST_RUNS:
        return f"A report tells of at most {MOST_RUNS} runs; choose fewer."
    if len({run.images_id for run in runs}) > 1:
        return "A report tells of runs on the same validation images."
    return ""
