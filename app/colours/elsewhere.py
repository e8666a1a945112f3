"""Where to ask instead, a click away, where too few images of a class are missed or right."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from app.colours.network import Network, count_images
from app.colours.selection import Selection
from app.colours.state import STATE
from app.parts.epochs import epoch_key
from app.parts.widgets import plain
from app.reads import stored_runs
from saliencnn.common.sentences import count_missed, quote
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

MOST_READ = 12
"""Epochs, the newest first, and other runs, in which it is looked for."""


def offer_elsewhere(store: Store, network: Network, selection: Selection) -> None:
    """Draw a button for each place where images enough are missed and right."""
    with st.container(horizontal=True):
        counts = count_images(store, network, selection.epoch)
        if method := find_fuller(store, network, selection):
            # Elsewhere this method would have few maps as well.
            said = f"By {METHODS[method].label}: {_count(counts.iloc[selection.target])}"
            _draw(said, "method", partial(STATE.update, method=method))
            return
        if nearest := selection.nearest:
            said = f"Ask it of {plain(nearest.name)}: {nearest.counted}"
            _draw(said, "wider", partial(STATE.update, subject=nearest.key))
        if (other := find_class(counts, selection.target)) is not None:
            name, row = selection.classes[other], counts.iloc[other]
            said = f"See {plain(quote(name, LONGEST_NAME))}: {_count(row)}"
            _draw(said, "class", partial(STATE.update, class_name=name, subject=name))
        if selection.of_class and isinstance(network, RunInfo):
            _offer_epoch(store, network, selection)
            _offer_run(store, network, selection)


def find_class(counts: pd.DataFrame, target: int) -> int | None:
    """Return the class with most missed and right images to compare; None where none has enough.

    Args:
        counts: of ``count_images``.
        target: the class that is left out.
    """
    pairs = counts["pairs"].to_numpy().copy()
    pairs[target] = 0
    return int(pairs.argmax()) if pairs.max(initial=0) >= MIN_GROUP else None


def find_fuller(store: Store, network: Network, selection: Selection) -> str:
    """Return a method of which training logged maps of more images of the class, "" without one."""
    if not isinstance(network, RunInfo):
        return ""
    tables = stored_runs.epoch_maps(store, network.run_id, selection.epoch, selection.target)
    own = {
        method: int((table.rows["true"] == selection.target).sum())
        for table in tables
        for method in table.methods
    }
    most = max(selection.methods, key=lambda method: own[method])
    return most if own[most] > own[selection.method] else ""


def _offer_epoch(store: Store, run: RunInfo, selection: Selection) -> None:
    """Offer the newest other epoch at which images enough of the class are missed and right."""
    for epoch in [one for one in reversed(run.epochs) if one != selection.epoch][:MOST_READ]:
        row = count_images(store, run, epoch).iloc[selection.target]
        if row["pairs"] >= MIN_GROUP:
            take = partial(st.session_state.update, {epoch_key(run): epoch})
            _draw(f"At epoch {epoch}: {_count(row)}", "epoch", take)
            return


def _offer_run(store: Store, run: RunInfo, selection: Selection) -> None:
    """Offer another run on the same images that misses enough of the class, and not too many."""
    others = (one for one in stored_runs.all_runs(store) if one.images_id == run.images_id)
    sound = [one for one in others if one.epoch and one.standing != "rejected"]
    for other in [one for one in sound if one.run_id != run.run_id][:MOST_READ]:
        row = count_images(store, other, other.epoch).iloc[selection.target]
        if row["pairs"] >= MIN_GROUP:
            name = plain(one_line(other.name, LONGEST_NAME))
            take = partial(STATE.update, run=other.run_id)
            _draw(f"By {name}: {_count(row)}", "network", take)
            return


def _count(row: pd.Series) -> str:
    return count_missed(int(row["missed"]), int(row["images"]))


def _draw(label: str, what: str, take: Callable[[], None]) -> None:
    st.button(
        label,
        key=f"colours-ask-{what}",
        type="tertiary",
        icon=":material/troubleshoot:",
        help="There are missed and right images enough to say whether missed ones differ.",
        on_click=take,
    )
