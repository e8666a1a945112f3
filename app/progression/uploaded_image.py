"""An uploaded image on the Progression page."""

import streamlit as st

from app.drawing.grid_html import image_tile, legend_html
from app.parts.grids import View, draw_grid, draw_tracks
from app.parts.memos import memos
from app.parts.sheets import name_image
from app.parts.upload import take_upload
from app.parts.widgets import choose_epoch, plain, report_on
from app.reads import stored_runs
from saliencnn.maps.progression import MapHistory, explain_upload
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

PREDICTED = "the predicted class"
KEPT = 4
"""Uploads, each with one target class, whose maps of all epochs a session keeps."""


def draw_uploaded_image(store: Store, run: RunInfo, target: int, view: View) -> None:
    """Take an upload, explain it over the run's checkpoints, and draw its progression."""
    classes = stored_runs.image_index(store, run.images_id).classes
    upload = take_upload("see where the network looks in it at each checkpoint.", run.window)
    if upload is None:
        return
    choice = st.radio(
        "Explain",
        [PREDICTED, plain(classes[target])],
        horizontal=True,
        help="The maps' target class.",
    )
    if not view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    wanted = None if choice == PREDICTED else target
    histories, key = memos("uploaded-image", KEPT), (run.run_id, upload.digest, wanted)
    known = histories.get(key)
    bar = st.progress(0.0, "Loading checkpoints…")
    try:
        found = explain_upload(
            store,
            run,
            upload.pixels,
            known.target if known else wanted,
            view.methods,
            known.history if known else MapHistory(),
            report_on(bar),
        )
    except MissingArtifact:
        st.warning("No checkpoint of this run was kept, so maps of a new image cannot be computed.")
        return
    finally:
        bar.empty()
    histories.put(key, found)
    history, pixels, explained = found.history, found.pixels, found.target
    epochs = sorted(history.predictions)
    epoch = choose_epoch(f"own-{run.run_id}", epochs, run.status == "running")
    st.html(legend_html(view.threshold))
    final = history.predictions[epochs[-1]]
    st.markdown(
        f"At epoch {epochs[-1]} the network predicts **{plain(classes[final.predicted])}** "
        f"({final.confidence:.0%} confidence). The maps explain **{plain(classes[explained])}**."
    )
    gone = [str(number) for number in run.epochs if number not in history.predictions]
    if gone:
        st.caption(f"There are no maps at epochs {', '.join(gone)}: no checkpoint was kept there.")
    tile, grid = st.columns([1, 6])
    with tile:
        st.html(image_tile(pixels, "as the network sees it", None, 132))
    with grid:
        title = name_image(store, run, None, explained)
        draw_grid(title, "own", pixels, history, view, classes, None, epochs, epoch)
        draw_tracks(history, view, epochs, epoch, "own")
