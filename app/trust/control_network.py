"""How to get the control network, trained on randomized labels, that a check needs."""

import streamlit as st

from app.parts.requests import STATES, UNDER_WAY
from app.parts.widgets import FIELD_WIDTH, plain, say_error
from app.parts.writing import ask_name, enqueue, may_write, typed_name
from app.reads import stored_queue
from pipelines.retry.request_state import RequestInfo, request_retry
from pipelines.retry.studies import Queue
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
            _draw_button(queue, run)
        return
    st.info(
        f"{STATES[under_way.state]}: a control network with randomized labels, requested by "
        f"{plain(under_way.asked_by)}. Its maps appear here once it is trained."
    )
    st.page_link(
        "views/retrain.py",
        label="Follow it, or start a worker, on the Retrain page",
        icon=":material/arrow_forward:",
        query_params={"run": run.run_id},
    )


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


def _draw_button(queue: Queue, run: RunInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ask_name("control-person", FIELD_WIDTH)
        st.button(
            "Queue a control network",
            icon=":material/queue:",
            on_click=_submit,
            args=(queue, run),
        )
        st.caption(f"It is trained as {plain(run.name)} was, but on randomized labels.")
    if "control-error" in st.session_state:
        st.error(plain(st.session_state.pop("control-error")))


def _submit(queue: Queue, run: RunInfo) -> None:
    try:
        request = request_retry(run, {"shuffle_labels": True}, f"{run.name} · randomized labels")
        enqueue(queue, run, request, typed_name("control-person"), WHY)
    except Exception as error:
        st.session_state["control-error"] = say_error(error)
    stored_queue.forget_queue()
