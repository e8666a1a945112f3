"""The examples of a class on the Progression page: a correct, a false positive, a missed image."""

import streamlit as st

from app.drawing.grid_html import image_tile, legend_html
from app.parts.grids import View, draw_grid, draw_tracks
from app.parts.runs import STATE
from app.parts.sheets import name_image
from app.parts.verdicts import draw_verdicts, follow_verdict
from app.parts.widgets import plain, report_on
from app.progression.context import CaseContext
from app.progression.playback import control_epoch
from app.reads import stored_runs
from saliencnn.maps.examples import KINDS, Case, recommend
from saliencnn.maps.progression import MapHistory, compute_missing
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

IMAGE_WIDTH = 132
PIXEL_MAPS = (
    " Maps of single pixels have no contour lines and are scaled by their 99th percentile, which "
    "1% of the pixels exceed."
)
CHECKED = (
    " Under a method's name: how many sanity checks it passes (✓), how many are borderline (~) and "
    "how many it fails (✗); the Trust page shows which."
)
NONE_OF_KIND = {
    "correct": "No image of this class is classified correctly at epoch {epoch}.",
    "false_positive": "No image of another class is predicted as this class at epoch {epoch}.",
    "missed": "No image of this class is missed at epoch {epoch}.",
}


def draw_cases(store: Store, run: RunInfo, target: int, view: View) -> None:
    """Draw the epoch control and the examples; redrawn on its own while playing."""
    shown = CaseContext(store, run, target, view, control_epoch(run))
    st.html(legend_html(view.threshold))
    st.caption(
        "Bright regions raise the score of the class, and each line stands for a fraction of the "
        "maximum. The first column is the chosen epoch. Maps are scaled "
        + ("by one maximum over all epochs." if view.jointly else "by each map's own maximum.")
        + (PIXEL_MAPS if any(METHODS[method].family == "input" for method in view.methods) else "")
        + (CHECKED if any(method in view.trust for method in view.methods) else "")
    )
    if not view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    cases = recommend(stored_runs.predictions(store, run.run_id, run.epoch), target)
    confused, classes = STATE.get().confused_with, shown.index.classes
    for kind, candidates in cases.items():
        if kind == "false_positive" and confused in classes:
            candidates = _put_first(candidates, classes.index(confused), confused)
        with st.container(border=True):
            _draw_kind(shown, kind, candidates)
    follow_verdict()


def _put_first(candidates: list[Case], true: int, name: str) -> list[Case]:
    """Put the images of the class that a link names first, or say that there are none."""
    if not any(case.true == true for case in candidates):
        st.info(f"At the newest epoch no {plain(name)} is predicted as this class.")
    return sorted(candidates, key=lambda case: case.true != true)


def _draw_kind(shown: CaseContext, kind: str, candidates: list[Case]) -> None:
    run, view, index = shown.run, shown.view, shown.index
    if not candidates:
        st.markdown(f"**{KINDS[kind]}**")
        st.caption(NONE_OF_KIND[kind].format(epoch=run.epoch))
        return
    case = _choose_candidate(shown, kind, candidates)
    history = shown.read_history(case.image)
    pixels = stored_runs.image(shown.store, run.images_id, case.image)
    outline = stored_runs.region(shown.store, run.images_id, case.image, "object")
    tile, grid = st.columns([1, 6])
    tile.html(image_tile(pixels, index.names[case.image], outline, IMAGE_WIDTH))
    with grid:
        title = name_image(shown.store, run, case.image, shown.target)
        draw_grid(
            title,
            f"grid-{kind}",
            pixels,
            history,
            view,
            index.classes,
            case.true,
            run.epochs,
            shown.epoch,
        )
        draw_tracks(history, view, run.epochs, shown.epoch, f"{kind}-{case.image}")
    _offer_missing(shown, case, history)
    draw_verdicts(shown.store, run, shown.epoch, case.image)


def _choose_candidate(shown: CaseContext, kind: str, candidates: list[Case]) -> Case:
    """Describe an example, with buttons that lead to the others of its kind."""
    run, confused = shown.run, STATE.get().confused_with
    key = f"candidate-{run.run_id}-{run.epoch}-{shown.target}-{kind}-{confused}"
    place = st.session_state.get(key, 0) % len(candidates)
    case = candidates[place]
    words, before, after = st.columns([10, 1, 1], vertical_alignment="center")
    words.markdown(
        f"**{KINDS[kind]}** · {plain(case.describe(shown.index.classes))} "
        f"_(image {place + 1} of {len(candidates)})_"
    )
    for column, icon, step, name in (
        (before, ":material/chevron_left:", -1, "previous"),
        (after, ":material/chevron_right:", 1, "next"),
    ):
        column.button(
            "",
            icon=icon,
            key=f"{key}-{name}",
            disabled=len(candidates) == 1,
            help=f"{name.capitalize()} image",
            on_click=_turn_to,
            args=(key, place + step),
            width="stretch",
        )
    return case


def _turn_to(key: str, place: int) -> None:
    st.session_state[key] = place


def _offer_missing(shown: CaseContext, case: Case, history: MapHistory) -> None:
    """Offer to compute the maps that training did not log; what is computed is stored."""
    store, run, target = shown.store, shown.run, shown.target
    kept = stored_runs.kept_checkpoints(store, run.run_id, run.epoch)
    missing = history.missing(shown.view.methods, run.epochs)
    gone = [str(epoch) for epoch in missing if epoch not in kept]
    missing = {epoch: methods for epoch, methods in missing.items() if epoch in kept}
    if gone:
        st.caption(
            f"Some maps were not logged at epochs {', '.join(gone)}, and no checkpoint was kept "
            "there to compute them from."
        )
    if not missing:
        return
    count = sum(map(len, missing.values()))
    words, action = st.columns([5, 2], vertical_alignment="center")
    words.caption(
        f"{count} maps of this image with {plain(shown.index.classes[target])} as target class "
        "were not logged: training logs the true and the predicted class, and few methods."
    )
    key = f"compute-{case.kind}-{case.image}-{target}"
    if not action.button("Compute them from the checkpoints", key=key, width="stretch"):
        return
    bar = st.progress(0.0, "Loading checkpoints…")
    compute_missing(store, run, shown.index, case.image, target, missing, report_on(bar))
    stored_runs.computed_maps.clear()
    stored_runs.kept_checkpoints.clear()
    st.rerun()
