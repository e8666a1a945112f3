"""How to evaluate a network on more images, where too few are missed or right to say anything."""

from shlex import quote

import streamlit as st

from app.colours.network import Network
from app.colours.selection import Selection
from app.parts.widgets import plain
from app.reads import stored_runs
from saliencnn.common.shown import one_line
from saliencnn.models.own_networks import is_own
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing, setting_for_code
from saliencnn.store.runs import RunInfo


def offer_more(store: Store, network: Network, selection: Selection) -> None:
    """Draw the command that evaluates the network on more images, with a button that copies it."""
    command = write_command(store, network)
    if not command:
        return
    # The page does not do it: the images are not where the dashboard is.
    named = one_line(selection.classes[selection.target])
    st.caption(
        "Lay more labelled images, other than these, in folders named like their classes, e.g. "
        f"*FOLDER/{plain(named)}*, and run this where the dashboard was started. The result is "
        "then among the networks of this page."
    )
    st.code(command, language=None, wrap_lines=True)  # its colours are too pale to read


def write_command(store: Store, network: Network) -> str:
    """Return the command; "" for a network that it cannot open."""
    if isinstance(network, RunInfo):
        kept = stored_runs.kept_checkpoints(store, network.run_id, network.epoch)
        if not kept or network.preparation.planes != 3 or describe_missing(network):
            return ""
        setting = setting_for_code(network)
        return f"{setting} {_evaluate(f'run:{network.run_id}:{max(kept)}')}".strip()
    if not network.trained_run and (network.place or is_own(network.arch)):
        return ""
    return _evaluate(network.argument)


def _evaluate(model: str) -> str:
    return f"saliencnn evaluate --models {quote(one_line(model))} --images FOLDER"
