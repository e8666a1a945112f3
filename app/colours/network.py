"""The network that the Colours page shows: an evaluated one or a training run."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.colours.state import STATE, settle
from app.parts.carried import carried_to
from app.parts.run_names import LONGEST_OPTION, STANDINGS, label, short_id
from app.parts.runs import list_unreadable
from app.parts.shared_choice import draw_choice
from app.parts.standing_choice import offer_by_standing, offer_hidden, stop_without
from app.reads import stored_evaluations, stored_runs
from saliencnn.common.errors import UserError
from saliencnn.common.markdown import code
from saliencnn.common.shown import LONGEST_NAME, one_line, tell_apart
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo, network_names
from saliencnn.store.runs import RunInfo

Network = RunInfo | EvaluationInfo
NOUNS = ("network", "networks")
HELP = "Evaluated networks first, then training runs. Type to search."


def choose_network() -> tuple[Store, Network]:
    """Let the person choose an evaluated network or a training run."""
    store, wanted = stored_runs.find_store(), settle().run
    listed = _list_networks(store, wanted)
    standings = _standings(store, listed)
    list_unreadable(store, "run", "evaluation")
    if not listed:
        st.info(
            f"The store {code(store.address)} holds no network yet. Evaluate some with `saliencnn "
            "evaluate --models efficientnet_lite0 --images PATH`, or train the demo's with "
            "`make demo`.",
            icon=":material/school:",
        )
        st.stop()
    named = [wanted, *carried_to(STATE.page).networks]
    offered = {*offer_by_standing(standings, named)}
    networks = {one.run_id: one for one in listed if one.run_id in offered}
    hidden = _list_hidden([one for one in listed if one.run_id not in offered], standings)
    if not networks:
        offer_hidden(st.sidebar, hidden, NOUNS)
        stop_without("network")
    linked = (one for one in named if one in networks)
    shown = next(linked, "") or _choose_first(store, networks)
    STATE.update(run=shown)
    names = network_names(one for one in listed if isinstance(one, EvaluationInfo))
    called = {
        one: network.name if isinstance(network, RunInfo) else names[one]
        for one, network in networks.items()
    }
    called = tell_apart(called, LONGEST_OPTION, mark=short_id)
    labels = {one: _label(networks[one], name, standings[one]) for one, name in called.items()}
    with st.sidebar:
        key = "colours-network"
        draw_choice("Network", list(networks), shown, key, STATE.take(key, "run"), labels, HELP)
        offer_hidden(st.sidebar, hidden, NOUNS, [standings[one] for one in networks])
    return store, networks[shown]


def _list_hidden(networks: Sequence[Network], standings: Mapping[str, str]) -> list[str]:
    """Return how networks stand, once of a run and of the evaluations of its epochs together."""
    judged = {(_trained_by(one), standings[one.run_id]) for one in networks}
    return [standing for _, standing in judged]


def _trained_by(network: Network) -> str:
    """Return the run that a person judges where it is about a network."""
    trained = network.trained_run if isinstance(network, EvaluationInfo) else ""
    return trained or network.run_id


def count_images(store: Store, network: Network, epoch: int) -> pd.DataFrame:
    """Return how many images of each class a network was asked of, and misses.

    Args:
        store: where its predictions are.
        network: a training run or an evaluation.
        epoch: of a training run.

    Returns:
        Columns images, missed and pairs, the smaller of the counts of missed and correct ones.
    """
    if isinstance(network, RunInfo):
        table, rate = stored_runs.per_class(store, network.run_id, epoch), "recall"
    else:
        table, rate = stored_evaluations.by_class(store, network.run_id), "accuracy"
    images = table["images"].to_numpy().astype(int)
    missed = (images * (1 - np.nan_to_num(table[rate].to_numpy(), nan=1.0))).round().astype(int)
    pairs = np.minimum(missed, images - missed)
    return pd.DataFrame({"images": images, "missed": missed, "pairs": pairs})


def _choose_first(store: Store, networks: Mapping[str, Network]) -> str:
    """Return the first network with a class whose missed images can be compared, else the first."""

    def compares(network: Network) -> bool:
        epoch = network.epoch if isinstance(network, RunInfo) else 0
        try:
            return bool((count_images(store, network, epoch)["pairs"] >= MIN_GROUP).any())
        except UserError:  # one that cannot be read says so once it is chosen
            return False

    return next(filter(lambda one: compares(networks[one]), networks), next(iter(networks)))


def _list_networks(store: Store, wanted: str) -> list[Network]:
    """Return evaluations, then runs with an epoch, read anew where they lack the wanted one."""
    link = {wanted} if wanted else set()
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


def _label(network: Network, name: str, standing: str) -> str:
    """Return a network in one line, first what helps to choose."""
    if isinstance(network, RunInfo):
        return f"{label(network, name)} · trained here"
    verdict = [STANDINGS[standing]] if standing else []
    accuracy, image_set = (
        f"{network.metrics['top1']:.1%}",
        one_line(network.image_set, LONGEST_NAME),
    )
    return " · ".join([name, accuracy, *verdict, image_set, "evaluated"])
