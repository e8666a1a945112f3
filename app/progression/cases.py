"""The progression page: the epoch control and the three cases of a class."""

import streamlit as st

from app.drawing.grid_html import image_tile, legend_html
from app.parts.grids import View, draw_grid, draw_tracks
from app.parts.runs import STATE
from app.parts.verdicts import draw_verdicts, follow_verdict
from app.parts.widgets import choose_epoch, epoch_options, plain
from app.reads import stored_runs
from saliencnn.data.image_index import ImageIndex
from saliencnn.maps.examples import KINDS, Case, recommend
from saliencnn.maps.progression import MapHistory, compute_missing
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

FINE = (
    " Maps of single pixels have no lines and are scaled by their 99th percentile, above which "
    "only a hundredth of the pixels lies."
)
TRUST = (
    " Under a method's name: how many sanity checks it passes (✓), passes in part (~) and fails "
    "(✗); the Trust page shows which."
)
EMPTY = {
    "correct": "The network recognised no image of this class at epoch {epoch}.",
    "false_positive": "The network took no other image for this class at epoch {epoch}.",
    "missed": "The network missed no image of this class at epoch {epoch}.",
}


def draw_cases(store: Store, run: RunInfo, target: int, view: View) -> None:
    """Draw the epoch control and the three cases; redrawn on its own while playing."""
    index = stored_runs.image_index(store, run.images_id)
    epoch = _control_epoch(run)
    st.html(legend_html(view.threshold))
    st.caption(
        "Bright is where the class gets its score from, and the lines carry the share of the "
        "maximum. The first column is the chosen epoch. Maps are scaled "
        + ("by one maximum over all epochs." if view.jointly else "by each map's own maximum.")
        + (FINE if any(METHODS[method].family == "input" for method in view.methods) else "")
        + (TRUST if any(method in view.trust for method in view.methods) else "")
    )
    if not view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    cases = recommend(stored_runs.predictions(store, run.run_id, run.epoch), target)
    came_from = STATE.get().confused_with
    for kind, candidates in cases.items():
        if kind == "false_positive" and came_from in index.classes:
            candidates = _pair_first(candidates, index.classes.index(came_from), came_from)
        with st.container(border=True):
            _draw_case(store, run, index, target, view, kind, candidates, epoch)
    follow_verdict()


def _pair_first(candidates: list[Case], true: int, name: str) -> list[Case]:
    """Put the images of the class that a link asked for first, or say that there are none."""
    if not any(case.true == true for case in candidates):
        st.info(f"At the newest epoch no {plain(name)} is taken for this class any more.")
    return sorted(candidates, key=lambda case: case.true != true)


def _control_epoch(run: RunInfo) -> int:
    """One control for everything: a slider, and a button that plays the epochs."""
    key, growing = f"epoch-{run.run_id}", run.status == "running"
    playing = st.session_state.get("playing", False)
    if len(run.epochs) == 1:
        return run.epoch
    if playing:
        options = epoch_options(run.epochs, growing)
        shown = st.session_state.get(key, options[-1])
        if st.session_state.get("play_from") is None:
            st.session_state["play_from"] = st.session_state[key] = options[0]
        elif shown in options[:-1]:
            st.session_state[key] = options[options.index(shown) + 1]
        else:
            st.session_state["playing"] = False
            st.rerun()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    if row.button(
        "Pause" if playing else "Play",
        icon=":material/pause:" if playing else ":material/play_arrow:",
    ):
        st.session_state["playing"] = not playing
        st.session_state["play_from"] = None
        st.rerun()
    with row:
        return choose_epoch(key, run.epochs, growing)


def _draw_case(
    store: Store,
    run: RunInfo,
    index: ImageIndex,
    target: int,
    view: View,
    kind: str,
    candidates: list[Case],
    epoch: int,
) -> None:
    if not candidates:
        st.markdown(f"**{KINDS[kind]}**")
        st.caption(EMPTY[kind].format(epoch=run.epoch))
        return
    case = _choose_candidate(run, index, target, kind, candidates)
    track = _track(store, run, target, case.image)
    image = stored_runs.image(store, run.images_id, case.image)
    outline = stored_runs.region(store, run.images_id, case.image, "object")
    tile, grid = st.columns([1, 6])
    with tile:
        st.html(image_tile(image, index.names[case.image], outline, 132))
    with grid:
        draw_grid(image, track, view, index.classes, case.true, run.epochs, epoch)
        draw_tracks(track, view, run.epochs, epoch, f"{kind}-{case.image}")
    _offer_missing(store, run, index, target, view, kind, case, track)
    draw_verdicts(store, run, epoch, case.image)


def _choose_candidate(
    run: RunInfo, index: ImageIndex, target: int, kind: str, candidates: list[Case]
) -> Case:
    """Show the case's sentence and buttons that lead to the next candidates."""
    came_from = STATE.get().confused_with
    key = f"candidate-{run.run_id}-{run.epoch}-{target}-{kind}-{came_from}"
    place = st.session_state.get(key, 0) % len(candidates)
    words, before, after = st.columns([10, 1, 1], vertical_alignment="center")
    case = candidates[place]
    counted = f"image {place + 1} of {len(candidates)}"
    words.markdown(f"**{KINDS[kind]}** · {plain(case.describe(index.classes))} _({counted})_")
    several = len(candidates) > 1
    for column, icon, step, name in (
        (before, ":material/chevron_left:", -1, "previous"),
        (after, ":material/chevron_right:", 1, "next"),
    ):
        column.button(
            "",
            icon=icon,
            key=f"{key}-{name}",
            disabled=not several,
            help=f"{name.capitalize()} image",
            on_click=_turn_to,
            args=(key, place + step),
            width="stretch",
        )
    return case


def _turn_to(key: str, place: int) -> None:
    st.session_state[key] = place


def _track(store: Store, run: RunInfo, target: int, image: int) -> MapHistory:
    """Join what was logged of an image and what was computed later."""
    track = MapHistory()
    logged = stored_runs.class_maps(store, run.run_id, run.epoch, target)
    for epoch, tables in logged.items():
        for table in tables:
            track.add(epoch, table, image)
    for epoch, table in stored_runs.computed_maps(store, run.run_id, target):
        track.add(epoch, table, image)
    return track


def _offer_missing(
    store: Store,
    run: RunInfo,
    index: ImageIndex,
    target: int,
    view: View,
    kind: str,
    case: Case,
    track: MapHistory,
) -> None:
    """Offer to compute the maps that training did not log; what is done is kept."""
    kept = stored_runs.kept_checkpoints(store, run.run_id, run.epoch)
    missing = track.missing(view.methods, run.epochs)
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
    said, action = st.columns([5, 2], vertical_alignment="center")
    said.caption(
        f"{count} maps of this image with {plain(index.classes[target])} as target were not "
        "logged (training logs the true and the predicted class, and the commonest methods)."
    )
    key = f"compute-{kind}-{case.image}-{target}"
    if not action.button("Compute them from the checkpoints", key=key, width="stretch"):
        return
    bar = st.progress(0.0, "Loading checkpoints…")
    compute_missing(
        store,
        run,
        index,
        case.image,
        target,
        missing,
        bar.progress,
    )
    stored_runs.computed_maps.clear()
    stored_runs.kept_checkpoints.clear()
    st.rerun()
