"""The chosen epoch of the Progression page, which its film, its address and other pages share."""

import streamlit as st

from app.parts.runs import STATE
from app.parts.widgets import NEWEST
from saliencnn.store.runs import RunInfo


def follow_epoch(run: RunInfo) -> int:
    """Return the chosen epoch, at first the one that a link names, and write it into the address.

    Of a run in progress the newest epoch moves along by itself.
    """
    key, newest = _key(run), str(run.epoch)
    for text in (STATE.asks_once("epoch") or [])[:1]:
        _keep(run, int(text) if text in map(str, run.epochs) else run.epoch)
    kept = st.session_state.get(key)
    epoch = kept if kept in run.epochs else run.epoch
    STATE.write({"epoch": [str(epoch)]}, defaults={"epoch": [newest]}, keep=True)
    return epoch


def choose_epoch(run: RunInfo, epoch: int) -> None:
    """Take over the epoch that a person has chosen; for callbacks."""
    _keep(run, epoch)


def _keep(run: RunInfo, epoch: int) -> None:
    growing = run.status == "running" and epoch == run.epoch
    st.session_state[_key(run)] = NEWEST if growing else epoch


def _key(run: RunInfo) -> str:
    return f"epoch-{run.run_id}"
