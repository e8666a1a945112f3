"""What the page does not show of retries: those under way, and finished ones of other runs."""

from collections.abc import Sequence
from functools import partial

from app.parts.leads import draw_row, lead
from app.parts.queueing import follow_under_way
from app.parts.requests import STATES, UNDER_WAY
from app.parts.widgets import plain
from app.reads import stored_queue
from pipelines.retry.request_state import RequestInfo
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

MOST = 3
"""Finished retries to which the page leads, the newest ones."""


def say_under_way(store: Store, run: RunInfo) -> None:
    """Say which retries of a run wait or are being trained, before others are taken for them."""
    own = [one for one in stored_queue.find_requests(store) if one.from_run == run.run_id]
    follow_under_way([one for one in own if one.state in UNDER_WAY], partial(_say, run=run))


def _say(request: RequestInfo, run: RunInfo) -> None:
    doing = "is being trained" if request.state == "running" else "waits for a worker"
    name = plain(request.request.name or run.name, LONGEST_NAME)
    row = draw_row(
        f"{STATES[request.state].split()[0]} A retry of this run {doing}: **{name}**. It stands "
        "here with its first epoch."
    )
    lead(row, "retrain", "Follow it", {"run": run.run_id})


def lead_to_retries(store: Store, requests: Sequence[RequestInfo]) -> None:
    """Lead to the newest finished retries among requests, each beside the run that it is of."""
    runs = stored_queue.runs_of(store, requests)
    for one in [one for one in requests if one.state == "completed"][: -MOST - 1 : -1]:
        before, after = runs.get(one.from_run), runs.get(one.run_id or "")
        if before and after and after.epoch:
            query = {"run": before.run_id, "section": "before-after", "beside": after.run_id}
            name = plain(after.name, LONGEST_NAME)
            of = f" of {plain(before.name, LONGEST_NAME)}"
            row = draw_row(f":material/check: A retry{of} has finished: **{name}**")
            lead(row, "retrain", "Its before and after", query)
