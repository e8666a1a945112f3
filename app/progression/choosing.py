"""Which example of a class the Progression page shows, and where it leads on."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.runs import STATE
from app.parts.shared_choice import show, take_known
from app.parts.widgets import plain
from app.progression.context import CaseContext
from app.reads import stored_runs
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.maps.examples import KINDS, Case, begins_usual
from saliencnn.store.runs import RunInfo

NONE_OF_KIND = {
    "correct": "none of this class is classified correctly",
    "false_positive": "none of another class is predicted as this one",
    "missed": "none of this class is missed",
}
_IMAGE = "progression-image"
"""Key in the session of the chosen validation image's number."""


def choose_case(shown: CaseContext, row: DeltaGenerator, line: DeltaGenerator) -> Case | None:
    """Let the person choose an example, in a row; say why where there is none.

    Args:
        shown: the page.
        row: where to choose.
        line: where it is said which example of how many this is.
    """
    store, run, target = shown.store, shown.run, shown.target
    if not shown.view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return None
    cases = stored_runs.examples(store, run, run.epoch, target)
    cases, confused = _keep_confused(cases, shown.index.classes)
    case = _choose_case(row, line, run, cases, confused)
    if case is None:
        st.info("No image of this class was validated, and none is predicted as it.")
    else:
        _offer_other_class(row, case, shown.index.classes)
    return case


def _keep_confused(
    cases: dict[str, list[Case]], classes: tuple[str, ...]
) -> tuple[dict[str, list[Case]], str]:
    """Keep of the false positives those of the class that a link names, and return its name.

    Where a link names none there is nothing to leave out, and the name is "".
    """
    name = STATE.get().confused_with
    if name not in classes:
        return cases, ""
    confused = [one for one in cases["false_positive"] if one.true == classes.index(name)]
    if not confused:
        st.info(f"At the newest epoch no {plain(quote(name))} is predicted as this class.")
        return cases, ""
    return {**cases, "false_positive": confused}, name


def _offer_other_class(row: DeltaGenerator, case: Case, classes: tuple[str, ...]) -> None:
    """Offer of an image that is wrong to explain the other of its true and predicted class."""
    if case.true == case.predicted:
        return
    missed = case.kind == "missed"
    name = classes[case.predicted if missed else case.true]
    if row.button(
        f"Explain {plain(quote(name, LONGEST_NAME))} instead",
        icon=":material/swap_horiz:",
        key="other-class",
        help="Changes the class at the side: maps of the same image for "
        + ("the class that the network names." if missed else "its true class."),
        on_click=_explain_other,
        args=(case.image, name, classes[case.true] if missed else ""),
    ):
        st.rerun()  # the class stands in the sidebar


def _explain_other(image: int, name: str, confused_with: str) -> None:
    _choose_image(image)
    STATE.update(class_name=name, confused_with=confused_with)


def _choose_case(
    row: DeltaGenerator,
    line: DeltaGenerator,
    run: RunInfo,
    cases: dict[str, list[Case]],
    confused: str,
) -> Case | None:
    """Let the person choose a kind of example and an image of it; the image is in the URL.

    Args:
        row: where to choose.
        line: see ``choose_case``.
        run: whose examples they are.
        cases: of each kind.
        confused: the class of all false positives, where a link asks for those alone; else "".
    """
    known = {case.image: case for candidates in cases.values() for case in candidates}
    if not known:
        return None
    kinds = [kind for kind in KINDS if cases[kind]]
    if (asked := STATE.asks_once("image")) is not None:
        st.session_state[_IMAGE] = next((one for one in known if [str(one)] == asked[:1]), None)
    first = "false_positive" if confused else "correct"
    default = cases[first if first in kinds else kinds[0]][0]
    case = known.get(st.session_state.get(_IMAGE), default)
    STATE.write({"image": [str(case.image)]}, defaults={"image": [str(default.image)]}, keep=True)
    key, names = "kind-choice", KINDS
    if confused:
        names = {**KINDS, "false_positive": f"{plain(confused, LONGEST_NAME)} taken for it"}
    row.segmented_control(
        "Kind of example",
        kinds,
        key=show(key, case.kind),
        required=True,
        format_func=lambda kind: f"{names[kind]} · {len(cases[kind])}",
        label_visibility="collapsed",
        on_change=take_known(
            key, kinds, lambda: _choose_image(cases[st.session_state[key]][0].image)
        ),
    )
    candidates = cases[case.kind]
    place = candidates.index(case)
    for icon, step, name in (
        (":material/chevron_left:", -1, "Previous image"),
        (":material/chevron_right:", 1, "Next image"),
    ):
        row.button(
            "",
            icon=icon,
            help=name,
            key=f"{key}-{name}",
            disabled=len(candidates) == 1,
            on_click=_choose_image,
            args=(candidates[(place + step) % len(candidates)].image,),
        )
    STATE.write({"from": [STATE.get().confused_with]}, keep=True)
    none = [NONE_OF_KIND[kind] for kind in KINDS if kind not in kinds]
    lacking = f" At epoch {run.epoch} {', and '.join(none)}." if none else ""
    first = "those with logged maps, then " if run.map_images else ""
    if case.kind == "missed" and begins_usual(candidates):
        first += "the usual mistake, then "
    line.caption(
        f"Image {place + 1} of {len(candidates)}, {first}the most confident first.{lacking}",
        width="content",
    )
    if confused:
        line.button(
            "All false positives",
            type="tertiary",
            key=f"{key}-all",
            on_click=lambda: STATE.update(confused_with=""),
        )
    return case


def _choose_image(image: int) -> None:
    st.session_state[_IMAGE] = image
