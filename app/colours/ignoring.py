"""Choosing groups of maps that must not count, and queueing a network that ignores them."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.colours.map_clusters import Clustered
from app.colours.network import Network
from app.colours.selection import Selection
from app.colours.state import STATE
from app.parts.outcome import describe_outcome
from app.parts.queueing import draw_under_way, offer_request
from app.parts.requests import UNDER_WAY
from app.parts.widgets import plain
from app.parts.writing import may_write
from app.reads import stored_images, stored_queue, stored_runs
from pipelines.retry.ignoring import METHOD, label_group, request_ignoring, why_not_ignored
from pipelines.retry.request_state import RequestInfo
from saliencnn.common.errors import UserError
from saliencnn.common.sentences import count, list_some
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

WORDS = (
    "It does not always help. What these maps look at is taken out of the features, and the head "
    "alone is fitted anew: all groups of the demo's reader of a sticker ignored, its accuracy "
    "without the shortcut rose from 20.0 to 70.8% and its accuracy fell from 97.1 to 85.8%; the "
    "groups of one class alone brought 31%. A group that is right to count costs accuracy."
)

HELP = (
    "Puts it on a list below, where a button makes a new network from this one: what is on the "
    "list is taken out of what the network sees, and its last layer is trained anew. This network "
    "stays as it is."
)


def can_ignore(network: Network, selection: Selection) -> bool:
    """Whether the groups that the page shows can be chosen to be ignored."""
    return (
        isinstance(network, RunInfo)
        and may_write()
        and selection.method == METHOD
        and not why_not_ignored(network)
    )


def offer_group(network: Network, selection: Selection, number: int | None = None) -> None:
    """Draw the button that chooses a group, or all of the class, to be ignored.

    Args:
        network: a run, see ``can_ignore``.
        selection: what the page shows.
        number: of the group, from 0; None for all of the class.
    """
    name = selection.classes[selection.target]
    label = name if number is None else label_group(name, number + 1)
    chosen = label in st.session_state.get(_key(network, selection), [])
    if chosen and number is None:
        return
    what = "this group" if number is not None else "what these maps look at"
    st.button(
        "Ignored below" if chosen else f"Ignore {what}",
        key=f"{_key(network, selection)}-{number}",
        icon=":material/block:",
        disabled=chosen,
        help=HELP,
        on_click=_choose,
        args=(network, selection, label),
    )


def draw_ignoring(
    store: Store, network: Network, selection: Selection, clustered: Clustered
) -> None:
    """Draw the chosen groups and the button that makes a network without them, where one can.

    Args:
        store: where the network is.
        network: the network.
        selection: what the page shows.
        clustered: the groups of the class's maps.
    """
    if not isinstance(network, RunInfo) or why_not_ignored(network):
        return
    chosen = _take_link(network, selection)
    try:
        _draw_requests(store, network)
        queue = stored_queue.find_queue(store)
    except UserError as error:  # a lab's queue that is away or not set up
        st.caption(plain(str(error)))
        return
    if selection.method != METHOD:
        st.caption(
            "To make a network that ignores a group of maps, choose the method "
            f"{METHODS[METHOD].label} at the left: its maps say what is taken out of the features."
        )
    if not chosen or not may_write():
        return
    with st.container(border=True):
        key, groups = _key(network, selection), _list_groups(selection, clustered, chosen)
        chosen = st.multiselect(
            "Must not count",
            groups,
            key=key,
            help="A class stands for all groups of its maps, NAME:1 for its largest one.",
        )
        if chosen:
            offer_request(
                "colours-ignore",
                f"Make a network that ignores {'it' if len(chosen) == 1 else 'them'}",
                WORDS,
                queue,
                network,
                partial(request_ignoring, network, selection.epoch, tuple(chosen)),
                f"Ignores {list_some(chosen, 20)}.",
            )


def _list_groups(selection: Selection, clustered: Clustered, chosen: Sequence[str]) -> list[str]:
    name = selection.classes[selection.target]
    shown = [label_group(name, number + 1) for number in range(len(clustered.groups))]
    return [*dict.fromkeys([*chosen, *shown, *selection.classes])]


def _take_link(network: RunInfo, selection: Selection) -> list[str]:
    """Return the chosen groups, at first those that a link names; the address says them."""
    key = _key(network, selection)
    if (asked := STATE.asks_once("ignore")) is not None:
        classes = {*selection.classes}
        st.session_state[key] = [
            one for one in asked if one in classes or one.rpartition(":")[0] in classes
        ]
    chosen: list[str] = st.session_state.setdefault(key, [])
    st.session_state[key] = chosen  # kept although another class's page did not draw it
    STATE.write({"ignore": chosen}, keep=True)
    return chosen


def _draw_requests(store: Store, run: RunInfo) -> None:
    """Say what came of the newest request of this kind."""
    found = [
        info
        for info in stored_queue.all_requests(store)
        if info.from_run == run.run_id and info.wanted.get("ignored_groups")
    ]
    if not found:
        return
    info = found[-1]
    if info.state in UNDER_WAY:
        draw_under_way(info, run, f"a network that ignores {_count_groups(info)}")
        return
    made = next((r for r in stored_runs.all_runs(store) if r.run_id == info.run_id), None)
    if info.state == "completed" and made:
        images = len(stored_images.image_index(store, run.images_id))
        told = describe_outcome(run.metrics, made.metrics, images)
        st.markdown(f"**{_count_groups(info)} ignored. {plain(told)}**")
        st.page_link(
            "views/retrain.py",
            label="Before and after",
            icon=":material/compare:",
            query_params={"run": run.run_id, "section": "before-after", "beside": made.run_id},
        )
    elif info.state == "failed":
        st.error(f"{_count_groups(info)} could not be ignored: {plain(info.reason)}")


def _count_groups(info: RequestInfo) -> str:
    return count(len(info.wanted["ignored_groups"]), "group or class", "groups or classes")


def _choose(network: Network, selection: Selection, label: str) -> None:
    key = _key(network, selection)
    st.session_state[key] = [*st.session_state.get(key, []), label]


def _key(network: Network, selection: Selection) -> str:
    return f"colours-ignore-{network.run_id}-{selection.epoch}"
