"""Which network the colours page is about: an evaluated one or a training run."""

from collections.abc import Sequence

import streamlit as st

from app.parts.widgets import STANDINGS, label, offer_by_standing, stop_without
from app.reads import stored_evaluations, stored_runs
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo

Network = RunInfo | EvaluationInfo


def choose_network() -> tuple[Store, Network]:
    """Let the person choose an evaluated network or a training run; the choice is in the URL."""
    store = stored_runs.find_store()
    asked, key = st.query_params.get("run"), "colours-network"
    listed = _list_networks(store, asked)
    standings = _standings(store, listed)
    if not listed:
        st.info(
            f"The store `{store.uri}` holds no network yet. Evaluate some with `saliencnn evaluate "
            "--models efficientnet_lite0 --images PATH`, or train the demo's with `make demo`.",
            icon=":material/school:",
        )
        st.stop()
    named = {asked, st.session_state.get(key), *st.session_state.get("chosen_runs", [])}
    offered = {*offer_by_standing(standings, named)}
    networks = {one.run_id: one for one in listed if one.run_id in offered}
    if not networks:
        stop_without("network")
    remembered = [asked, *st.session_state.get("chosen_runs", []), next(iter(networks))]
    if (
        asked != st.session_state.get("colours-written")
        or st.session_state.get(key) not in networks
    ):
        st.session_state[key] = next(one for one in remembered if one in networks)
    chosen = st.sidebar.selectbox(
        "Network",
        list(networks),
        index=list(networks).index(st.session_state[key]),  # see ``widgets.pick_run``
        key=key,
        format_func=lambda run_id: _label(networks[run_id], standings[run_id]),
        help="Evaluated networks first, then training runs. Type to search.",
    )
    st.session_state["colours-written"] = chosen
    if st.query_params.get("run") != chosen:
        st.query_params["run"] = chosen
    return store, networks[chosen]


def _list_networks(store: Store, asked: str | None) -> list[Network]:
    """Return evaluations, then runs with an epoch, read anew where they lack what a link names."""
    link = {asked} if asked else set()
    ids = {run.run_id for run in stored_runs.all_runs(store)}
    infos = stored_runs.listed(stored_evaluations.all_evaluations, store, link - ids)
    ids = {info.run_id for info in infos}
    runs = stored_runs.listed(stored_runs.all_runs, store, link - ids)
    return [*infos, *(run for run in runs if run.epoch)]


def _standings(store: Store, networks: Sequence[Network]) -> dict[str, str]:
    """Return id -> ``accepted``, ``rejected`` or empty, in the networks' order."""
    infos = [network for network in networks if isinstance(network, EvaluationInfo)]
    runs = [network for network in networks if isinstance(network, RunInfo)]
    return {
        **stored_evaluations.standings(store, infos),
        **{run.run_id: run.standing for run in runs},
    }


def _label(network: Network, standing: str) -> str:
    if isinstance(network, RunInfo):
        return f"trained · {label(network)}"
    judged = [STANDINGS[standing]] if standing else []
    accuracy = f"{network.metrics['top1']:.1%}"
    return " · ".join(["evaluated", network.model, *judged, network.image_set, accuracy])
