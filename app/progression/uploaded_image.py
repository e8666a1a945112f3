"""An uploaded image on the Progression page."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.parts.grids import View, draw_alike_once, draw_once
from app.parts.lacking import draw_lacking
from app.parts.memos import memos
from app.parts.saving import offer_figure
from app.parts.sheets import name_image
from app.parts.upload import Upload, take_upload
from app.parts.waiting import working
from app.progression.cut import choose_part, doubt_part, say_part
from app.progression.epoch import choose_epoch, follow_epoch
from app.progression.film import draw_figure, draw_film
from app.progression.legend import draw_legend
from app.progression.other_networks import draw_network
from app.progression.prediction import Asked
from app.progression.reel import Film, Reel
from app.progression.side import Side, list_offers
from app.progression.target import choose_target
from app.progression.tracks import draw_tracks
from app.progression.upload_cautions import LEAST_CUT, cautions, measure_seen, say_seen
from app.progression.uploaded_answer import draw_answer, note_maps
from app.reads import stored_images, stored_runs
from pipelines.computing.asking import compute
from saliencnn.findings.map_course import describe_course
from saliencnn.maps.history import MapHistory, UploadedImageHistory
from saliencnn.maps.progression import explain_upload
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import applicable
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.retention import name_keep
from saliencnn.store.runs import RunInfo

KEPT = 4
"""Uploads, each with one target class, whose maps of all epochs a session keeps."""
_ADDED = "method-added"


def draw_uploaded_image(
    store: Store, run: RunInfo, runs: Sequence[RunInfo], target: int, view: View
) -> None:
    """Take an upload, explain it over the run's checkpoints, and draw its progression."""
    if st.session_state.pop(_ADDED, False):
        st.rerun()  # the methods stand in the sidebar
    if lacking := describe_missing(run):
        draw_lacking(lacking)
        return
    classes = stored_images.image_index(store, run.images_id).classes
    draw_network(store, run, runs)
    place, beside = st.columns([3, 2])
    with place:
        upload = take_upload("see where the network looks in it at each checkpoint.", run.window)
    if upload is None:
        return
    if not view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    with place:
        seen = choose_part(run, upload.pixels)
    doubts, run = doubt_part(run, seen), seen
    key = f"own-target-{'-'.join(_name_seen(run, upload))}"
    wanted: int | None = st.session_state.get(key)
    try:
        found = _explain(store, run, upload, wanted, view)
    except MissingArtifact:
        st.warning("No checkpoint of this run was kept, so maps of a new image cannot be computed.")
        return
    with beside:
        choose_target(found, classes, target, key)
    _draw_found(store, run, found, view, upload, doubts)


def _draw_found(
    store: Store,
    run: RunInfo,
    found: UploadedImageHistory,
    asked: View,
    upload: Upload,
    doubts: Sequence[str],
) -> None:
    """Draw the answer, the methods at the chosen epoch, and then the epochs.

    Args:
        store: where the run is.
        run: the run.
        found: what its network makes of the image.
        asked: which maps.
        upload: the image as it was brought.
        doubts: what speaks against the answer, in clauses.
    """
    shape, geometry = upload.pixels.shape, run.preparation.geometry
    odd = [*doubts, *cautions(shape, geometry)]
    history, classes = found.history, stored_images.image_index(store, run.images_id).classes
    view = draw_alike_once(draw_once(asked, [run]), history.maps)
    epochs = sorted(history.predictions)
    chosen = min(epochs, key=lambda epoch: abs(epoch - follow_epoch(run)))
    film = Film(
        title=name_image(store, run, None, found.target),
        image=found.pixels,
        image_name=f"all that it sees: the middle {say_seen(shape, geometry)} of your image"
        if geometry.cuts and measure_seen(shape, geometry) < 1 - LEAST_CUT
        else "your image as the network sees it",
        outline=None,
        reels=(Reel("", history, history.predictions, epochs),),
        classes=classes,
        true=None,
        chosen=chosen,
    )
    digest = "-".join(_name_seen(run, upload))
    draw_answer(store, run, film, view, Asked(found.target, digest, say_part(shape, geometry), odd))
    shown = asked.methods
    offers = list_offers(shown, run, found.pace, len(epochs))
    notes = note_maps(store, run, view, chosen)
    side = Side(_describe_course(film, view), notes, offers, partial(_add_method, shown))
    draw_film(film, view, "own-film", lambda epoch: choose_epoch(run, epoch), side=side)
    gone = [str(number) for number in run.epochs if number not in history.predictions]
    if gone:
        st.caption(
            f"There are no maps at epochs {', '.join(gone)}: no checkpoint was kept there"
            f"{name_keep(run)}."
        )
    draw_legend(view, run.score)
    offer_figure(partial(draw_figure, film, view), film.title, "own-figure")
    draw_tracks(film.reels, view, chosen, "own")


def _add_method(shown: tuple[str, ...], name: str) -> None:
    """Choose what is shown and one more method; a callback."""
    st.session_state["methods"] = [*shown, name]
    st.session_state[_ADDED] = True


def _describe_course(film: Film, view: View) -> str:
    """Say what changed over the epochs in the prediction, and in the first method's map."""
    (reel,) = film.reels
    said = {epoch: film.classes[one.predicted] for epoch, one in reel.predictions.items()}
    maps = reel.history.maps
    method = next((name for name in view.methods if name in maps), view.methods[0])
    return describe_course(said, maps.get(method, {}), METHODS[method].label)


def _explain(
    store: Store, run: RunInfo, upload: Upload, target: int | None, view: View
) -> UploadedImageHistory:
    """Return an upload's maps at all kept checkpoints; what the session knows is not computed."""
    histories = memos("uploaded-image", KEPT)
    first: UploadedImageHistory | None = histories.get((*_name_seen(run, upload), None))
    target = None if first and first.target == target else target
    key = (*_name_seen(run, upload), target)
    known: UploadedImageHistory | None = histories.get(key)
    history = known.history if known else MapHistory()
    kept = stored_runs.kept_checkpoints(store, run.run_id, run.epoch)
    if known and not history.missing(applicable(view.methods, run.spec), kept):
        return known
    target = known.target if known else target
    given = (store, run, upload.pixels, target, view.methods, history)
    with working("Loading checkpoints…") as report:
        found = compute(explain_upload, *given, report=report)
    histories.put(key, found)
    return found


def _name_seen(run: RunInfo, upload: Upload) -> tuple[str, str, str]:
    """Return what tells an upload, as a run's network sees it, from others."""
    return (run.run_id, upload.digest, run.preparation.geometry.slug)
