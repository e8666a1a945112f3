"""What each cluster of a class's maps needs: interventions on its images, beside their controls."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from app.colours.map_clusters import Clustered
from app.colours.network import Network
from app.parts.slow_work import offer_work, take_done
from app.parts.works import try_interventions
from app.reads import stored_images, stored_interventions
from pipelines.trust.interventions import MAX_IMAGES
from saliencnn.checks.interventions.effects import Effects
from saliencnn.common.evenly import choose_evenly
from saliencnn.common.shown import tell_apart
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

MAX_HEIGHT = 320
_UNKNOWN = "What each cluster needs is not known: nobody has tried interventions."


@dataclass(frozen=True, eq=False)
class TriedClusters:
    """Interventions on the clustered images.

    Attributes:
        effects: on those M of them on which any were tried.
        clusters: int (M,), the cluster of each.
    """

    effects: Effects
    clusters: np.ndarray


def read_tried(
    store: Store, network: Network, epoch: int, clustered: Clustered
) -> TriedClusters | None:
    """Return what interventions did to the clustered images; None where none were tried on them."""
    found = stored_interventions.found(store, network.run_id, epoch)
    if found is None or not clustered.groups:
        return None
    place = {int(image): number for number, image in enumerate(found.images)}
    images = [int(image) for image in clustered.class_maps.images]
    known = np.array([image in place for image in images], bool)
    if not known.any():
        return None
    places = np.array([place[image] for image in images if image in place])
    return TriedClusters(found.effects.of(places), clustered.labels[known])


def make_table(tried: TriedClusters, names: Mapping[int, str]) -> pd.DataFrame:
    """Return a row for each intervention, those first that part the clusters most.

    Columns: change, and for each cluster how many of its images are right after it, and in brackets
    after its control, or as they are where it has none.

    Args:
        tried: the interventions.
        names: number of a cluster -> its name, unique.
    """
    own = {names[number]: tried.clusters == number for number in names}
    rows, spread = [], []
    for effect in tried.effects.rows.values():
        costs = [effect.of(one).cost for one in own.values() if one.sum() >= MIN_GROUP]
        spread.append(max(costs) - min(costs) if costs else 0.0)
        cells = {
            name: f"{effect.right[one].sum()} of {one.sum()} ({effect.before[one].sum()})"
            for name, one in own.items()
        }
        rows.append({"change": effect.row.label, **cells})
    order = np.argsort(-np.array(spread), kind="stable")
    return pd.DataFrame(rows).iloc[order]


def draw_tried(
    store: Store,
    tried: TriedClusters | None,
    clustered: Clustered,
    network: Network,
    epoch: int,
) -> None:
    """Draw what each cluster needs, or offer to find out where there are clear clusters."""
    if not clustered.groups:
        return
    if tried is None:
        if not clustered.may_be_one:
            _offer(store, clustered, network, epoch)
        return
    names = tell_apart({number: group.name for number, group in enumerate(clustered.groups)})
    key = f"clusters-{network.run_id}-{epoch}"
    done = take_done(try_interventions(store, network, epoch).key)
    st.session_state[key] = done is not None or st.session_state.get(key, False)
    with st.expander("What each cluster needs", expanded=st.session_state[key]):
        st.dataframe(make_table(tried, names), hide_index=True, width="stretch", height=MAX_HEIGHT)
        st.caption(
            f"Interventions on {len(tried.clusters)} of these {len(clustered.labels)} images: how "
            "many are right after a change, and in brackets beside it (after its control, or as "
            "they are). Changes that part the clusters most come first."
        )


def _offer(store: Store, clustered: Clustered, network: Network, epoch: int) -> None:
    """Say that it is not known what the clusters need, and offer to find out where that can be."""
    labels = stored_images.image_index(store, network.images_id).labels
    chosen = choose_evenly(labels, MAX_IMAGES)
    if not np.isin(clustered.class_maps.images, chosen).any():
        st.caption(
            f"What each cluster needs is not known: interventions are tried on {MAX_IMAGES} images "
            "of all classes, and none of these is among them."
        )
    elif isinstance(network, RunInfo) and describe_missing(network):
        st.caption(_UNKNOWN)
    else:
        offer_work(
            try_interventions(store, network, epoch),
            "What does each cluster need?",
            f"Changes parts of {len(chosen)} images, such as the background, and says which "
            "clusters turn.",
            _UNKNOWN,
        )
