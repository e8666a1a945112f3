"""The top of the Compare page: which evaluations to compare."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from app.compare.adding import follow_store, list_networks, offer_runs
from app.compare.state import STATE, linked_group, linked_ids, wanted_ids
from app.parts.chart import note_subject
from app.parts.page_state import place_notice
from app.parts.runs import list_unreadable
from app.parts.shared_choice import show, take_known
from app.parts.standing_choice import offer_by_standing, offer_hidden, stop_without
from app.parts.widgets import REFRESH, guarded
from app.reads import stored_evaluations, stored_runs
from pipelines.comparison.groups import Group, group_evaluations
from saliencnn.common.markdown import code
from saliencnn.common.sentences import count
from saliencnn.common.shown import LONGEST_NAME, one_line, tell_apart
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.verdicts import REJECTED

_GROUP = "compare-group"


def open_comparison() -> tuple[Store, Group]:
    """Let the person choose a group of evaluations; for an empty store say what to run."""
    place_notice()
    store = stored_runs.find_store()
    listed = stored_runs.listed(stored_evaluations.all_evaluations, store, linked_ids())
    list_unreadable(store, "evaluation")
    if not listed:
        st.info(
            f"The store {code(store.address)} holds no evaluations yet. Evaluate networks on a "
            "folder of labelled images with `saliencnn evaluate --models resnet18,mobilenet_v2 "
            "--images DIR`, or trained runs below; name these `run:RUN_ID` beside the others. This "
            "page then updates by itself.",
            icon=":material/compare:",
        )
        offer_runs(store)
        _follow(store)
        st.stop()
    _follow(store)
    standings = stored_evaluations.standings(store, listed)
    groups = group_evaluations(listed)
    # A group of which nothing is shown at first comes last.
    groups.sort(key=lambda group: all(standings[one.run_id] == REJECTED for one in group))
    known = groups[_choose_group(groups, standings)]
    standings = {info.run_id: standings[info.run_id] for info in known}
    offered = {*offer_by_standing(standings, wanted_ids())}
    hidden = [standing for run_id, standing in standings.items() if run_id not in offered]
    shown = [standings[run_id] for run_id in offered]
    offer_hidden(st.container(), hidden, ("network", "networks"), shown)
    chosen = tuple(info for info in known if info.run_id in offered)
    if not chosen:
        stop_without("evaluated network")
    class_set = stored_evaluations.class_set(store, chosen[0].run_id)
    group = Group(chosen, class_set, standings)
    note_images(group)
    return store, group


def note_images(group: Group) -> None:
    """Note which images the page's charts are of."""
    note_subject(f"{group.models[0].image_set}, {count(group.images, 'image', 'images')}")


def _follow(store: Store) -> None:
    """Look for networks that the store gets while the page is open."""
    st.fragment(guarded()(follow_store), run_every=REFRESH)(store, list_networks(store))


def _choose_group(groups: Sequence[Sequence[EvaluationInfo]], standings: Mapping[str, str]) -> int:
    """Let the person choose images and classes, where there is a choice."""
    # Its position in the list changes with new evaluations, its images and classes do not.
    keys = [(group[0].images, group[0].class_set) for group in groups]
    linked = linked_group(groups)
    if linked is not None:
        st.session_state[_GROUP] = keys[linked]
    if st.session_state.get(_GROUP) not in keys:
        st.session_state[_GROUP] = keys[0]
    if len(groups) == 1:
        return 0
    by_key = dict(zip(keys, groups, strict=True))
    labels = tell_apart(
        {
            key: f"{one_line(group[0].image_set, LONGEST_NAME)} · "
            f"{_count_networks([standings[one.run_id] for one in group])}"
            for key, group in by_key.items()
        },
        2 * LONGEST_NAME,
        mark=lambda key: count(int(by_key[key][0].metrics["images"]), "image", "images"),
    )
    # By name: what stands at a position is another group once there is a new one.
    by_name = {" ".join(key): key for key in keys}
    shown, choice = " ".join(st.session_state[_GROUP]), f"{_GROUP}-choice"
    name = st.sidebar.selectbox(
        "Images",
        list(by_name),
        index=list(by_name).index(shown),
        key=show(choice, shown),
        format_func=lambda name: labels[by_name[name]],
        on_change=take_known(
            choice, by_name, lambda: _change_group(by_name[st.session_state[choice]])
        ),
        help="Only networks with the same classes, evaluated on the same images, are compared.",
    )
    return keys.index(by_name[name])


def _count_networks(standings: Sequence[str]) -> str:
    """Say how many networks there are, and how many of them were rejected, if any."""
    rejected = standings.count(REJECTED)
    told = count(len(standings), "network", "networks")
    return f"{told}, {rejected} rejected" if rejected else told


def _change_group(key: tuple[str, str]) -> None:
    st.session_state[_GROUP] = key
    task = STATE.get().task
    STATE.update(task=replace(task, models=(), classes=(), image=None), pinned="", root="")
