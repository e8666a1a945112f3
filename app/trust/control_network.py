"""How to get the control network, trained on randomized labels, that a check needs."""

from functools import partial

import streamlit as st

from app.parts.queueing import draw_under_way, offer_request
from app.parts.requests import UNDER_WAY
from app.parts.widgets import plain
from app.parts.writing import may_write
from app.reads import stored_queue
from pipelines.retry.request_state import RequestInfo, request_retry
from pipelines.training.request import Request
from pipelines.trust.answers import MapQuery
from pipelines.trust.single_image import MISSING
from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

WHY = "Label randomization: a map that looks the same in this network says nothing about the class."


def offer_control_network(query: MapQuery, missing: str) -> None:
    """Say that there is no such network, and queue the training of one at a click.

    Args:
        query: what needs it.
        missing: the sentence that says so, with the command that trains one.
    """
    run = query.run
    if run.watched:
        st.info(plain(missing), icon=":material/shuffle:")
        return
    try:
        queue = stored_queue.find_queue(query.store)
        under_way = _find_under_way(query.store, run)
    except UserError:  # a lab's queue that is away or not set up: the command works without it
        st.info(plain(missing), icon=":material/shuffle:")
        return
    if under_way is None:
        st.info(MISSING if may_write() else plain(missing), icon=":material/shuffle:")
        if may_write():
            offer_request(
                "control",
                "Queue a control network",
                f"It is trained as {run.name} was, but on randomized labels.",
                queue,
                run,
                partial(
                    request_retry, run, {"shuffle_labels": True}, f"{run.name} · randomized labels"
                ),
                WHY,
            )
        return
    draw_under_way(under_way, run, "a control network with randomized labels")


def _find_under_way(store: Store, run: RunInfo) -> RequestInfo | None:
    found = (
        info
        for info in stored_queue.all_requests(store)
        if info.state in UNDER_WAY
        and info.request.hyperparameters.shuffle_labels
        and _trains_on(info.request) == _trains_on(run)
    )
    return next(found, None)


def _trains_on(what: Request | RunInfo) -> tuple[object, ...]:
    return (what.data, what.arch, what.image_size, what.window, what.fit)
