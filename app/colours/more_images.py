"""How to evaluate a network on more images, where too few are missed or right to say anything."""

import streamlit as st

from app.colours.network import Network
from app.colours.selection import Selection
from app.parts.widgets import plain
from app.reads import stored_runs
from saliencnn.common.commands import evaluate_command
from saliencnn.common.shown import one_line
from saliencnn.models.own_networks import is_own
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing, setting_for_code
from saliencnn.store.runs import RunInfo

FOLDER = "FOLDER"
"""Stands for the folder that a person fills in."""


def offer_more(store: Store, network: Network, selection: Selection) -> None:
    """Draw, folded, the command that evaluates the network on more images."""
    command, epoch = write_command(store, network, selection.epoch)
    if not command:
        return
    # The page does not do it: the images are not where the dashboard is.
    named = one_line(selection.classes[selection.target])
    fold = st.expander("Or evaluate it on more images (a command)")
    fold.caption(
        "Lay more labelled images, other than these, in folders named like their classes, e.g. "
        f"*FOLDER/{plain(named)}*, and run this where the dashboard was started. The result is "
        f"then among the networks of this page.{_name_other(epoch, selection.epoch)}"
    )
    fold.code(command, language=None, wrap_lines=True)  # its colours are too pale to read


def write_command(store: Store, network: Network, epoch: int) -> tuple[str, int]:
    """Return the command, "" for a network that it cannot open, and the epoch that it evaluates.

    Args:
        store: where the network is.
        network: a training run or an evaluation.
        epoch: of a run, that is looked at; one that is not kept is replaced by the nearest one.
    """
    if isinstance(network, RunInfo):
        kept = stored_runs.kept_checkpoints(store, network.run_id, network.epoch)
        if not kept or network.preparation.planes != 3 or describe_missing(network):
            return "", 0
        nearest = min(kept, key=lambda one: (abs(one - epoch), -one))
        command = evaluate_command([f"run:{network.run_id}:{nearest}"], FOLDER)
        return f"{setting_for_code(network)} {command}".strip(), nearest
    if not network.trained_run and (network.place or is_own(network.arch)):
        return "", 0
    return evaluate_command([network.argument], FOLDER), epoch


def _name_other(evaluated: int, shown: int) -> str:
    """Say which epoch the command evaluates, where the one that is shown is not kept."""
    if evaluated == shown:
        return ""
    return f" No checkpoint of epoch {shown} is kept, so this evaluates epoch {evaluated}."
