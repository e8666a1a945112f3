"""Verdicts on a page: what people decided, and the form to decide."""

import json
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.leads import draw_row, lead
from app.parts.run_names import STANDINGS
from app.parts.scrolling import bring_into_view
from app.parts.verdict_form import (
    GIVEN,
    OFFERS,
    WHOLE,
    Scope,
    close_dialog,
    draw_followed,
    draw_verdict_form,
    is_open,
    list_scopes,
    name_scope,
    open_dialog,
)
from app.parts.widgets import plain
from app.parts.writing import ask_name, may_write
from app.reads import stored_runs
from saliencnn.common.markdown import code
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.networks import setting_for_code
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED, REJECTED, Decision, Verdict, find_deciding

DECIDE, GAVEL = "Accept or reject", ":material/gavel:"
SHORT = 120
"""Characters of a reason that are shown while the history is folded up."""


def draw_verdicts(
    store: Store,
    run: RunInfo,
    epoch: int | None = None,
    image: int | None = None,
    retry: bool = True,
) -> None:
    """Draw what was decided in a line, and folded up the history and the form to decide.

    Args:
        store: where the run is.
        run: the run.
        epoch: the one that the page shows; without it the person chooses among all.
        image: number of the validation image beside it, which needs the epoch; the history is
            then that of the image.
        retry: whether to lead from a rejected run to proposals; not where they are already.
    """
    key = _key_of(run, image)
    _, newest = _find_told(run, image)
    row = draw_row(_format_short(newest) if newest else "")
    # Streamlit forgets that it is open when its label changes, so nothing of this goes there.
    box = st.expander(DECIDE, key=key, icon=GAVEL, on_change="rerun")
    if retry:
        _offer_retry(row, run)
    if box.open:
        with box:
            _draw_inside(store, run, (epoch, image), key)


def draw_verdict_line(store: Store, run: RunInfo, row: DeltaGenerator) -> None:
    """Draw in a row a button that opens history and form, and below it what was decided."""
    key = _key_of(run)
    row.button(DECIDE, key=f"{key}-open", icon=GAVEL, on_click=open_dialog, args=(key,))
    if newest := find_deciding(run.verdicts):
        _offer_retry(draw_row(_format_short(newest)), run)
    _draw_dialog(store, run, key)


def _draw_dialog(
    store: Store, run: RunInfo, key: str, proposed: Decision | None = None, said: str = ""
) -> None:
    """Draw history and form in the middle of the window if they are open, else what came of it."""
    if not is_open(key):
        with st.container(key=f"{key}-followed"):
            followed = draw_followed(key, problems=False)
        if followed:
            bring_into_view(f"{key}-followed", followed)
        return

    @st.dialog(f"{DECIDE} {plain(run.name, LONGEST_NAME)}", width="medium", on_dismiss=close_dialog)
    def draw() -> None:
        _draw_inside(store, run, WHOLE, key, proposed, said)
        if not is_open(key):
            st.rerun()

    draw()


def _key_of(run: RunInfo, image: int | None = None) -> str:
    return f"verdicts-{run.run_id}-{'run' if image is None else image}"


def offer_verdicts(
    store: Store, runs: Sequence[RunInfo], best: str, retry: bool = True, said: str = ""
) -> None:
    """Draw a button for each run that opens the form, and below what was decided about the runs.

    Args:
        store: where the runs are.
        runs: about which to decide.
        best: id of the one to take, which is to be accepted and the others rejected; "" where
            none clearly is, and nothing is proposed.
        retry: as for ``draw_verdicts``.
        said: what the page says of the first of them, see ``offer_reason``.
    """
    verdict: dict[bool, Decision] = {True: ACCEPTED, False: REJECTED} if best else {}
    offers = [(run, verdict.get(run.run_id == best)) for run in runs]
    offers.sort(key=lambda offer: offer[1] != ACCEPTED)
    buttons = st.container(horizontal=True)
    for run, proposed in offers:
        wanted = proposed if run.standing != proposed else None
        words, icon = OFFERS[wanted] if wanted else ("Verdict on", GAVEL)
        key = _key_of(run)
        buttons.button(
            f"{words} {plain(run.name, LONGEST_NAME)}",
            icon=icon,
            type="primary" if wanted == ACCEPTED else "secondary",
            key=f"{key}-open",
            on_click=open_dialog,
            args=(key,),
        )
        _draw_dialog(store, run, key, wanted, said if run is runs[0] else "")
    settled = not retry or any(run.standing == ACCEPTED for run in runs)
    rejected = [run for run in runs if run.standing == REJECTED]
    for run, _ in offers:
        if newest := find_deciding(run.verdicts):
            row = draw_row(f"**{plain(run.name, LONGEST_NAME)}**: {_format_short(newest)}")
            if not settled and run in rejected[:1]:
                _offer_retry(row, run)


def _find_told(run: RunInfo, image: int | None) -> tuple[list[Verdict], Verdict | None]:
    """Return the verdicts that a page shows, and the one of them that stands in sight."""
    told = [verdict for verdict in run.verdicts if image in (None, verdict.image)]
    return told, find_deciding(told) if image is None else next(reversed(told), None)


def _draw_inside(
    store: Store,
    run: RunInfo,
    shown: Scope,
    key: str,
    proposed: Decision | None = None,
    said: str = "",
) -> None:
    """Draw what is folded up: earlier verdicts, how to load what was accepted, and the form."""
    epoch, image = shown
    told, newest = _find_told(run, image)
    for verdict in reversed(told):
        if verdict is not newest or len(verdict.reason) > SHORT:  # else it stands in sight
            st.markdown(_tell(store, run, verdict))
    if run.standing == ACCEPTED and image is None:
        _draw_registered(store, run)
    if may_write():
        draw_verdict_form(store, run, list_scopes(run, epoch, image), key, proposed, said)
    else:
        ask_name(f"{key}-name")


def follow_verdict() -> None:
    """Redraw the whole page if a verdict was just given; to be called at the end of a fragment.

    Labels outside the fragment name the run's standing as well. At its end, since what a fragment
    has not drawn forgets whether it was open.
    """
    if st.session_state.pop(GIVEN, False):
        st.rerun()


def _format_short(verdict: Verdict) -> str:
    reason = verdict.reason
    short = reason if len(reason) <= SHORT else f"{reason[: SHORT - 1]}…"
    about = "" if verdict.epoch is None else f" at epoch {verdict.epoch}"
    who = (
        f"**{STANDINGS[verdict.decision]}**{about} by {plain(verdict.person)}, {verdict.time[:10]}"
    )
    return f"{who}: {plain(short)}"


def _tell(store: Store, run: RunInfo, verdict: Verdict) -> str:
    time = f"{verdict.time[:10]} {verdict.time[11:16]} UTC"
    about = name_scope(store, run, (verdict.epoch, verdict.image))
    who = f"**{STANDINGS[verdict.decision]}**: {plain(about)}, by {plain(verdict.person)}, {time}"
    return f"{who}  \n{plain(verdict.reason)}"


def _draw_registered(store: Store, run: RunInfo) -> None:
    for registered in stored_runs.registered(store, run.run_id):
        if registered.accepted:
            st.caption(
                f"Others can use epoch {registered.epoch}: it is version {registered.version} of "
                f"{code(registered.name)} in the model registry. In Python it is loaded by",
                help=define("model registry"),
            )
            st.code(
                "from saliencnn.store.registry import load_accepted\n"
                f"classifier = load_accepted({json.dumps(one_line(registered.name))})",
                language="python",
            )
            if setting := setting_for_code(run):
                st.caption("Its network is code of its own. Name there what builds it:")
                st.code(setting, language="bash")


def _offer_retry(row: DeltaGenerator, run: RunInfo) -> None:
    """Draw where a rejected run leads next: to proposals of what to change."""
    if run.standing == REJECTED and not run.watched and may_write():
        lead(row, "retrain", "**Propose a retry**", {"run": run.run_id, "section": "change"})
