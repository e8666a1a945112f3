"""Verdicts on a page: what people decided, and the form to decide."""

import json

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.leads import draw_row, lead
from app.parts.run_names import STANDINGS
from app.parts.widgets import plain, say_error
from app.parts.writing import ask_name, decide, may_write, typed_name
from app.reads import stored_runs
from saliencnn.common.errors import UserError
from saliencnn.common.markdown import code
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.networks import setting_for_code
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import (
    ACCEPTED,
    MAX_REASON_LENGTH,
    REJECTED,
    Decision,
    Verdict,
    find_deciding,
)

Scope = tuple[int | None, int | None]
"""An epoch and an image's number, None for all."""
WHOLE: Scope = (None, None)
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
    key = f"verdicts-{run.run_id}-{'run' if image is None else image}"
    told = [verdict for verdict in run.verdicts if image in (None, verdict.image)]
    newest = find_deciding(told) if image is None else next(reversed(told), None)
    row = draw_row(_format_short(newest) if newest else "")
    # Streamlit forgets that it is open when its label changes, so nothing of this goes there.
    box = st.expander("Accept or reject", key=key, icon=":material/gavel:", on_change="rerun")
    if retry:
        _offer_retry(row, run)
    if not box.open:
        return
    with box:
        for verdict in reversed(told):
            if verdict is not newest or len(verdict.reason) > SHORT:  # else it stands above
                st.markdown(_tell(store, run, verdict))
        if run.standing == ACCEPTED and image is None:
            _draw_registered(store, run)
        if may_write():
            _draw_form(store, run, _scopes(run, epoch, image), key)
        else:
            ask_name(f"{key}-name")


def follow_verdict() -> None:
    """Redraw the whole page if a verdict was just given; to be called at the end of a fragment.

    Labels outside the fragment name the run's standing as well. At its end, since what a fragment
    has not drawn forgets whether it was open.
    """
    if st.session_state.pop("verdict-given", False):
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
    about = _name_scope(store, run, (verdict.epoch, verdict.image))
    who = f"**{STANDINGS[verdict.decision]}**: {plain(about)}, by {plain(verdict.person)}, {time}"
    return f"{who}  \n{plain(verdict.reason)}"


def _name_scope(store: Store, run: RunInfo, scope: Scope) -> str:
    epoch, image = scope
    if image is not None:
        names = stored_runs.image_index(store, run.images_id).names
        name = names[image] if image in range(len(names)) else str(image)
        return f"image {one_line(name, LONGEST_NAME)} at epoch {epoch}"
    return "the run as a whole" if epoch is None else f"epoch {epoch}"


def _draw_registered(store: Store, run: RunInfo) -> None:
    for registered in stored_runs.registered(store, run.run_id):
        if registered.accepted:
            st.caption(
                f"Epoch {registered.epoch} is version {registered.version} of "
                f"{code(registered.name)} in the model registry. Load it anywhere:"
            )
            st.code(
                "from saliencnn.store.registry import load_accepted\n"
                f"classifier = load_accepted({json.dumps(one_line(registered.name))})",
                language="python",
            )
            if setting := setting_for_code(run):
                st.caption("Its network is code of its own. Name there what builds it:")
                st.code(setting, language="bash")


def _scopes(run: RunInfo, epoch: int | None, image: int | None) -> list[Scope]:
    """Return what a verdict can be about on this page, first the run: whoever rejects means it."""
    if epoch is None:
        return [WHOLE, *((known, None) for known in reversed(run.epochs))]
    pixels: list[Scope] = [] if image is None else [(epoch, image)]
    return [WHOLE, (epoch, None), *pixels]


def _draw_form(store: Store, run: RunInfo, scopes: list[Scope], key: str) -> None:
    if st.session_state.get(f"{key}-scope") not in scopes:
        st.session_state[f"{key}-scope"] = scopes[0]
    with st.form(f"{key}-form", border=False):
        about, who = st.columns(2)
        # An epoch's name must never change: the browser sends it back as the choice.
        about.selectbox(
            "Verdict on",
            scopes,
            format_func=lambda scope: _name_scope(store, run, scope),
            key=f"{key}-scope",
        )
        with who:
            ask_name(f"{key}-name")
        st.text_input(
            "Reason",
            max_chars=MAX_REASON_LENGTH,
            key=f"{key}-reason",
            placeholder="What did you see that others should know?",
        )
        buttons = st.container(horizontal=True, vertical_alignment="center")
        for decision, label, icon in (
            (ACCEPTED, "Accept", ":material/check:"),
            (REJECTED, "Reject", ":material/close:"),
        ):
            buttons.form_submit_button(
                label,
                icon=icon,
                key=f"{key}-{decision}",
                on_click=_submit,
                args=(store, run.run_id, decision, key),
            )
        registering = _format_registering(store, run)
        buttons.caption(f"Earlier verdicts stay. {registering}", help=define("model registry"))
    good, sentence = st.session_state.get(f"{key}-said", (True, ""))
    if sentence:
        (st.success if good else st.error)(plain(sentence))


def _offer_retry(row: DeltaGenerator, run: RunInfo) -> None:
    """Draw where a rejected run leads next: to proposals of what to change."""
    if run.standing == REJECTED and not run.watched and may_write():
        lead(row, "retrain", "**Propose a retry**", {"run": run.run_id})


def _format_registering(store: Store, run: RunInfo) -> str:
    kept = sorted(stored_runs.kept_checkpoints(store, run.run_id, run.epoch))
    if len(kept) == run.epoch:
        whose = "an epoch"
    else:
        whose = f"epoch {' or '.join(map(str, kept)) or '(none is kept)'}"
    return f"Accepting {whose} puts its checkpoint into the model registry."


def _submit(store: Store, run_id: str, decision: Decision, key: str) -> None:
    """Keep the form's verdict; a callback, since it empties a field that is drawn before it."""
    state = st.session_state
    scope = state[f"{key}-scope"]
    if not isinstance(scope, tuple):  # the words of a choice that is no longer offered
        state[f"{key}-said"] = (False, f"The page no longer shows {scope}; please choose again.")
        return
    reason = state[f"{key}-reason"] or ""
    try:
        decided = decide(store, run_id, decision, reason, typed_name(f"{key}-name"), *scope)
        state[f"{key}-said"] = (True, decided.followed)  # the verdict itself stands above
        state[f"{key}-reason"] = ""
    except UserError as error:
        state[f"{key}-said"] = (False, say_error(error))
        return
    except Exception as error:
        kept = "See above whether the verdict was kept, and try again."
        state[f"{key}-said"] = (False, f"{say_error(error)} {kept}")
    stored_runs.all_runs.clear()
    stored_runs.registered.clear()
    state["verdict-given"] = True
