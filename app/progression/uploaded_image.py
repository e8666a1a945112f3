"""An uploaded image on the Progression page."""

from functools import partial

import streamlit as st

from app.parts.grids import View, draw_once
from app.parts.lacking import draw_lacking
from app.parts.memos import memos
from app.parts.saving import offer_figure
from app.parts.sheets import name_image
from app.parts.upload import Upload, take_upload
from app.parts.waiting import working
from app.parts.widgets import plain
from app.progression.epoch import choose_epoch, follow_epoch
from app.progression.film import Film, Reel, draw_figure, draw_film
from app.progression.legend import draw_legend
from app.progression.tracks import draw_tracks
from app.progression.uploaded_answer import draw_answer
from app.reads import stored_runs
from pipelines.computing.asking import compute
from saliencnn.common.sentences import join_words, quote
from saliencnn.data.geometry import Geometry
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

PREDICTED = "the predicted class"
MAX_ASPECT = 2
"""Longer side by shorter side up to which the middle square stands for the image."""
LEAST_CUT = 0.01
"""Of a side, that is told."""
MAX_ENLARGED = 2
"""Times that a small image may be enlarged without a word."""
KEPT = 4
"""Uploads, each with one target class, whose maps of all epochs a session keeps."""


def draw_uploaded_image(store: Store, run: RunInfo, target: int, view: View) -> None:
    """Take an upload, explain it over the run's checkpoints, and draw its progression."""
    classes = stored_runs.image_index(store, run.images_id).classes
    if lacking := describe_missing(run):
        draw_lacking(lacking)
        return
    place, beside = st.columns([3, 2])
    with place:
        upload = take_upload("see where the network looks in it at each checkpoint.", run.window)
    if upload is None:
        return
    choice = beside.radio(
        "Explain",
        [PREDICTED, plain(classes[target])],
        horizontal=True,
        help="The maps' target class.",
    )
    if not view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    view = draw_once(view, [run])
    wanted = None if choice == PREDICTED else target
    try:
        found = _explain(store, run, upload, wanted, view)
    except MissingArtifact:
        st.warning("No checkpoint of this run was kept, so maps of a new image cannot be computed.")
        return
    history, explained = found.history, found.target
    epochs = sorted(history.predictions)
    chosen = min(epochs, key=lambda epoch: abs(epoch - follow_epoch(run)))
    reels = (Reel("", history, history.predictions, epochs),)
    film = Film(
        title=name_image(store, run, None, explained),
        image=found.pixels,
        image_name="as the network sees it",
        outline=None,
        reels=reels,
        classes=classes,
        true=None,
        chosen=chosen,
    )
    draw_answer(store, run, film, view)
    st.caption(
        f"The maps show what speaks for {plain(quote(classes[explained]))}. This network knows "
        f"only its {len(classes):,} classes and always names one of them: its confidence does not "
        "say that it knows what the image shows."
    )
    if odd := cautions(upload.pixels.shape, run.preparation.geometry):
        st.warning(" ".join(odd), icon=":material/warning:")
    draw_film(film, view, "own-film", lambda epoch: choose_epoch(run, epoch))
    if cut := describe_cut(upload.pixels.shape, run.preparation.geometry):
        st.caption(cut)
    gone = [str(number) for number in run.epochs if number not in history.predictions]
    if gone:
        st.caption(
            f"There are no maps at epochs {', '.join(gone)}: no checkpoint was kept there"
            f"{name_keep(run)}."
        )
    shown = {epoch: classes[one.predicted] for epoch, one in history.predictions.items()}
    method = next((name for name in view.methods if name in history.maps), view.methods[0])
    course = describe_course(shown, history.maps.get(method, {}), METHODS[method].label)
    st.markdown(f"**Over the epochs:** {plain(course)}")
    draw_legend(view, run.score)
    offer_figure(partial(draw_figure, film, view), film.title, "own-figure")
    draw_tracks(reels, view, chosen, "own")


def _explain(
    store: Store, run: RunInfo, upload: Upload, target: int | None, view: View
) -> UploadedImageHistory:
    """Return an upload's maps at all kept checkpoints; what the session knows is not computed."""
    histories, key = memos("uploaded-image", KEPT), (run.run_id, upload.digest, target)
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


def describe_cut(shape: tuple[int, ...], geometry: Geometry) -> str:
    """Say how much of an upload is cut off at which sides; "" where hardly anything is.

    Args:
        shape: its height and width first.
        geometry: how it becomes what the network sees.
    """
    height, width = shape[:2]
    left, top, right, bottom = geometry.seen_box(height, width)
    sides = (
        ((left + width - right) / width / 2, "of its width at the left and as much at the right"),
        (
            (top + height - bottom) / height / 2,
            "of its height at the top and as much at the bottom",
        ),
    )
    told = [f"{cut:.0%} {where}" for cut, where in sides if cut >= LEAST_CUT]
    if not told:
        return ""
    return f"The network sees the middle of the image. Cut off are {join_words(told)}."


def cautions(shape: tuple[int, ...], geometry: Geometry) -> list[str]:
    """Return why a prediction of an upload may mean little.

    Args:
        shape: its height and width first.
        geometry: how it becomes what the network sees.
    """
    height, width = shape[:2]
    short, long = sorted((height, width))
    tall, wide = geometry.shape
    found = []
    if geometry.stretches:
        change = (width / height) / (wide / tall)
        if max(change, 1 / change) > MAX_ASPECT:
            found.append(
                f"The image has {width:,} x {height:,} pixels. The network sees it in other "
                f"proportions, {wide} x {tall}."
            )
    elif geometry.mode == "crop" and long > MAX_ASPECT * short:
        found.append(
            f"The image has {width:,} x {height:,} pixels. The network sees only the square in its "
            f"middle, {short / long:.1%} of it, whatever the rest shows."
        )
    if short * MAX_ENLARGED < tall:
        found.append(
            f"Its shorter side has {short} pixels and is enlarged to about {tall}: the network "
            "sees blur, and names one of its classes all the same."
        )
    return found
