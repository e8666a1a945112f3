"""The examples of a class on the Progression page: correct, false positive and missed images."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.grids import View
from app.parts.page_state import show, take_known
from app.parts.runs import STATE
from app.parts.saving import offer_figure
from app.parts.sheets import name_image
from app.parts.verdicts import draw_verdicts, follow_verdict
from app.parts.waiting import working
from app.parts.widgets import plain
from app.progression.context import CaseContext
from app.progression.epoch import choose_epoch, follow_epoch
from app.progression.film import Film, Reel, draw_figure, draw_film
from app.progression.legend import draw_legend
from app.progression.tracks import draw_tracks
from app.reads import stored_runs
from saliencnn.common.sentences import count
from saliencnn.maps.examples import KINDS, Case, recommend
from saliencnn.maps.progression import compute_missing
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

NONE_OF_KIND = {
    "correct": "none of this class is classified correctly",
    "false_positive": "none of another class is predicted as this one",
    "missed": "none of this class is missed",
}
_IMAGE = "progression-image"
"""Key in the session of the chosen validation image's number."""


def draw_cases(
    store: Store,
    run: RunInfo,
    beside: RunInfo | None,
    target: int,
    view: View,
    row: DeltaGenerator,
) -> None:
    """Draw the choice of an example, in a row, its maps over the epochs, and the verdicts."""
    shown = CaseContext(store, run, beside, target, view, follow_epoch(run))
    if case := choose_case(shown, row):
        film = draw_case(shown, case)
        draw_legend(view, run.score)
        offer_figure(partial(draw_figure, film, view), film.title, "film-figure")
        draw_tracks(film.reels, view.methods, shown.epoch, "track")
        draw_verdicts(store, run, shown.epoch, case.image)
        follow_verdict()


def choose_case(shown: CaseContext, row: DeltaGenerator) -> Case | None:
    """Let the person choose an example, in a row; say why where there is none."""
    store, run, target = shown.store, shown.run, shown.target
    if not shown.view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return None
    cases = recommend(stored_runs.predictions(store, run.run_id, run.epoch), target)
    confused, classes = STATE.get().confused_with, shown.index.classes
    if confused in classes:
        true = classes.index(confused)
        _put_first(cases, true, confused)
    case = _choose_case(row, run, cases, "false_positive" if confused in classes else "correct")
    if case is None:
        st.info("No image of this class was validated, and none is predicted as it.")
    return case


def _put_first(cases: dict[str, list[Case]], true: int, name: str) -> None:
    """Put the images of the class that a link names first, or say that there are none."""
    if not any(case.true == true for case in cases["false_positive"]):
        st.info(f"At the newest epoch no {plain(name)} is predicted as this class.")
    cases["false_positive"].sort(key=lambda case: case.true != true)


def _choose_case(
    row: DeltaGenerator, run: RunInfo, cases: dict[str, list[Case]], first: str
) -> Case | None:
    """Let the person choose a kind of example and an image of it; the image is in the URL."""
    known = {case.image: case for candidates in cases.values() for case in candidates}
    if not known:
        return None
    kinds = [kind for kind in KINDS if cases[kind]]
    if (asked := STATE.asks_once("image")) is not None:
        st.session_state[_IMAGE] = next((one for one in known if [str(one)] == asked[:1]), None)
    default = cases[first if first in kinds else kinds[0]][0]
    case = known.get(st.session_state.get(_IMAGE), default)
    STATE.write({"image": [str(case.image)]}, defaults={"image": [str(default.image)]}, keep=True)
    key = "kind-choice"
    row.segmented_control(
        "Kind of example",
        kinds,
        key=show(key, case.kind),
        required=True,
        format_func=lambda kind: f"{KINDS[kind]} · {len(cases[kind])}",
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
    none = [NONE_OF_KIND[kind] for kind in KINDS if kind not in kinds]
    lacking = f" At epoch {run.epoch} {', and '.join(none)}." if none else ""
    st.caption(f"Image {place + 1} of {len(candidates)}, the most confident first.{lacking}")
    return case


def _choose_image(image: int) -> None:
    st.session_state[_IMAGE] = image


def draw_case(shown: CaseContext, case: Case, fits: bool = False) -> Film:
    """Draw an example's maps over the epochs, on one screen if they must, and return them."""
    store, run, view, index = shown.store, shown.run, shown.view, shown.index
    reels = shown.read_reels(case.image)
    for one, reel in zip(shown.runs, reels, strict=True):
        _offer_missing(shown, one, reel, case)
    film = Film(
        title=name_image(store, run, case.image, shown.target, beside=shown.beside),
        image=stored_runs.image(store, run.images_id, case.image),
        image_name=index.names[case.image],
        outline=stored_runs.region(store, run.images_id, case.image, "object"),
        reels=reels,
        classes=index.classes,
        true=case.true,
        chosen=shown.epoch,
    )
    draw_film(film, view, "film", lambda epoch: choose_epoch(run, epoch), fits)
    return film


def _offer_missing(shown: CaseContext, run: RunInfo, reel: Reel, case: Case) -> None:
    """Offer to compute the maps that training did not log; what is computed is stored."""
    store, target = shown.store, shown.target
    kept = stored_runs.kept_checkpoints(store, run.run_id, run.epoch)
    missing = reel.history.missing(shown.methods_of(run), run.epochs)
    gone = [str(epoch) for epoch in missing if epoch not in kept]
    missing = {epoch: methods for epoch, methods in missing.items() if epoch in kept}
    whose = f" of {plain(reel.name)}" if reel.name else ""
    if gone:
        st.caption(
            f"Some maps{whose} were not logged at epochs {', '.join(gone)}, and no checkpoint was "
            "kept there to compute them from."
        )
    if not missing:
        return
    which = f"{whose} of this image"
    told = count(sum(map(len, missing.values())), f"map{which} was", f"maps{which} were")
    words, action = st.columns([5, 2], vertical_alignment="center")
    words.markdown(
        f":material/info: {told} not logged: training logs the "
        "true and the predicted class, and few methods."
    )
    if lacking := describe_missing(run):
        st.caption(plain(lacking))
        return
    key = f"compute-{case.kind}-{case.image}-{target}-{run.run_id}"
    if not action.button("Compute them from the checkpoints", key=key, width="stretch"):
        return
    with working("Loading checkpoints…") as report:
        compute_missing(store, run, shown.index, case.image, target, missing, report)
    stored_runs.computed_maps.clear()
    stored_runs.kept_checkpoints.clear()
    st.rerun()
