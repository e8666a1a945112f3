"""The chosen epoch of the Progression page, which its film, its address and other pages share."""

import streamlit as st

from app.parts.epochs import epoch_key
from app.parts.runs import STATE
from app.parts.widgets import NEWEST
from saliencnn.store.runs import RunInfo


def follow_epoch(run: RunInfo) -> int:
    """Return the chosen epoch, at first the one that a link names, and write it into the address.

    Of a run in progress the newest epoch moves along by itself.
    """
    newest = str(run.epoch)
    asked = STATE.asks_once("epoch")
    if asked is not None:
        known = [int(text) for text in asked[:1] if text in map(str, run.epochs)]
        _keep(run, known[0] if known else run.epoch)
    kept = st.session_state.get(epoch_key(run))
    epoch = kept if kept in run.epochs else run.epoch
    STATE.write({"epoch": [str(epoch)]}, defaults={"epoch": [newest]}, keep=True)
    return epoch


def choose_epoch(run: RunInfo, epoch: int) -> None:
    """Take over the epoch that a person has chosen; for callbacks."""
    _keep(run, epoch)


def _keep(run: RunInfo, epoch: int) -> None:
    growing = run.status == "running" and epoch == run.epoch
    st.session_state[epoch_key(run)] = NEWEST if growing else epoch
