"""The form in which a person accepts or rejects a run, one of its epochs, or an image."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from app.parts.verdict_reason import offer_reason
from app.parts.widgets import guarded, plain, say_error
from app.parts.writing import ask_name, decide, typed_name
from app.reads import stored_images, stored_runs
from saliencnn.common.errors import UserError
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.common.terms import define
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED, MAX_REASON_LENGTH, REJECTED, Decision

Scope = tuple[int | None, int | None]
"""An epoch and an image's number, None for all."""
WHOLE: Scope = (None, None)
OFFERS = {ACCEPTED: ("Accept", ":material/check:"), REJECTED: ("Reject", ":material/close:")}
"""Verdict -> how a button proposes it."""
GIVEN = "verdict-given"
"""Key of the session's state: whether a verdict was just given."""
SAID = "verdict-said"
"""Key of the session's state: what came of the last verdict."""
_COUNT = "verdicts-said"
"""Likewise: how often that has been said."""
OPEN = "verdict-open"
"""Likewise: with which the keys of the form's fields begin that a dialog shows."""


@dataclass(frozen=True)
class Said:
    """What came of the last verdict, which is said until the person turns to something else.

    Attributes:
        key: with which the keys of the form's fields begin that gave it.
        address: parameters of the page where it was given.
        good: whether it was kept.
        sentence: what followed, or why nothing did; the verdict itself stands above.
        number: of this among all that were said to the person.
    """

    key: str
    address: Mapping[str, list[str]]
    good: bool
    sentence: str
    number: int = 0


def name_scope(store: Store, run: RunInfo, scope: Scope) -> str:
    """Say what a verdict is about."""
    epoch, image = scope
    if image is not None:
        names = stored_images.image_index(store, run.images_id).names
        name = names[image] if image in range(len(names)) else str(image)
        return f"image {one_line(name, LONGEST_NAME)} at epoch {epoch}"
    return "the run as a whole" if epoch is None else f"epoch {epoch}"


def list_scopes(run: RunInfo, epoch: int | None, image: int | None) -> list[Scope]:
    """Return what a verdict can be about on this page, first the run: whoever rejects means it."""
    if epoch is None:
        return [WHOLE, *((known, None) for known in reversed(run.epochs))]
    pixels: list[Scope] = [] if image is None else [(epoch, image)]
    return [WHOLE, (epoch, None), *pixels]


def draw_verdict_form(
    store: Store,
    run: RunInfo,
    scopes: list[Scope],
    key: str,
    proposed: Decision | None = None,
    said: str = "",
) -> None:
    """Draw the form, and below it what came of the last verdict that it gave.

    Args:
        store: where the run is.
        run: the run.
        scopes: what the verdict can be about; the first is chosen.
        key: with which the keys of the form's fields begin.
        proposed: the verdict that leads, if one does.
        said: see ``offer_reason``.
    """
    if st.session_state.get(f"{key}-scope") not in scopes:
        st.session_state[f"{key}-scope"] = scopes[0]
    # Enter would press the first button: it accepted what a person was about to reject.
    with st.form(f"{key}-form", border=False, enter_to_submit=False):
        about, who = st.columns(2)
        # An epoch's name must never change: the browser sends it back as the choice.
        about.selectbox(
            f"Verdict on {plain(run.name, LONGEST_NAME)}",
            scopes,
            format_func=lambda scope: name_scope(store, run, scope),
            key=f"{key}-scope",
        )
        with who:
            ask_name(f"{key}-name")
        with guarded():  # a verdict needs no findings
            offer_reason(store, run, key, proposed, said)
        st.text_input(
            "Reason",
            max_chars=MAX_REASON_LENGTH,
            key=f"{key}-reason",
            placeholder="What did you see that others should know?",
        )
        buttons = st.container(horizontal=True, vertical_alignment="center")
        for decision, (label, icon) in OFFERS.items():
            buttons.form_submit_button(
                label,
                icon=icon,
                type="primary" if decision == proposed else "secondary",
                key=f"{key}-{decision}",
                on_click=_submit,
                args=(store, run.run_id, decision, key),
            )
        registering = _format_registering(store, run)
        buttons.caption(f"Earlier verdicts stay. {registering}", help=define("model registry"))
    draw_followed(key, problems=True)


def draw_followed(key: str, problems: bool) -> str:
    """Say what came of the last verdict that a form gave.

    Args:
        key: with which the keys of the form's fields begin.
        problems: whether to say too why nothing came of it.

    Returns:
        What tells the verdict that was kept from others; "" where none was.
    """
    said: Said | None = st.session_state.get(SAID)
    if said is None:
        return ""
    if said.address != _read_address():
        forget_said()  # also where another run's form is drawn: what was left stays unsaid
    elif said.key != key:
        return ""
    elif said.good:
        st.success(plain(f"Your verdict is saved. {said.sentence}".strip()))
        return f"{key} {said.number}"
    elif problems:
        st.error(plain(said.sentence))
    return ""


def open_dialog(key: str) -> None:
    """Let the dialog show a form; a callback. A page that redraws by itself does not close it."""
    st.session_state[OPEN] = key


def close_dialog() -> None:
    """Let the dialog show nothing; a callback."""
    st.session_state.pop(OPEN, None)


def is_open(key: str) -> bool:
    """Whether the dialog shows a form."""
    return bool(st.session_state.get(OPEN) == key)


def forget_said() -> None:
    """Say no longer what came of the last verdict."""
    st.session_state.pop(SAID, None)


def _read_address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _format_registering(store: Store, run: RunInfo) -> str:
    kept = sorted(stored_runs.kept_checkpoints(store, run.run_id, run.epoch))
    if not kept:
        return "No checkpoint of this run was kept, so none gets into the model registry."
    last = f"epoch {kept[-1]}, its last that was kept"
    return (
        f"Accepting the run as a whole puts {last}, into the model registry, where others load it; "
        "accepting one epoch that was kept puts that one there."
    )


def _submit(store: Store, run_id: str, decision: Decision, key: str) -> None:
    """Keep the form's verdict; a callback, since it empties a field that is drawn before it."""
    state = st.session_state
    scope = state[f"{key}-scope"]
    if not isinstance(scope, tuple):  # the words of a choice that is no longer offered
        _say(key, False, f"The page no longer shows {scope}; please choose again.")
        return
    reason = state[f"{key}-reason"] or ""
    _keep(store, run_id, decision, reason, typed_name(f"{key}-name"), scope, key)


def _keep(
    store: Store, run_id: str, decision: Decision, reason: str, typed: str, scope: Scope, key: str
) -> None:
    """Keep a verdict, and what came of it for the page."""
    state = st.session_state
    try:
        decided = decide(store, run_id, decision, reason, typed, *scope)
        _say(key, True, decided.followed)
        state[f"{key}-reason"] = ""
        close_dialog()
    except UserError as error:
        _say(key, False, say_error(error))
        return
    except Exception as error:
        kept = "See above whether the verdict was kept, and try again."
        _say(key, False, f"{say_error(error)} {kept}")
    stored_runs.all_runs.clear()
    stored_runs.registered.clear()
    state[GIVEN] = True


def _say(key: str, good: bool, sentence: str) -> None:
    number = st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
    st.session_state[SAID] = Said(key, _read_address(), good, sentence, number)
