"""A person's own image on the progression page."""

import streamlit as st

from app.drawing.grid_html import image_tile, legend_html
from app.parts.grids import View, draw_grid, draw_tracks
from app.parts.memos import memos
from app.parts.upload import take_upload
from app.parts.widgets import choose_epoch, plain
from app.reads import stored_runs
from saliencnn.maps.progression import MapHistory, explain_upload
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

PREDICTED = "what the network says"
KEPT = 4
"""Uploads, each with one target class, whose maps of all epochs a session keeps."""


def draw_uploaded_image(store: Store, run: RunInfo, target: int, view: View) -> None:
    """Take an upload, explain it over the run's checkpoints, and draw its progression."""
    classes = stored_runs.image_index(store, run.images_id).classes
    upload = take_upload("see where this run's checkpoints look in it.")
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
    asked = None if choice == PREDICTED else target
    histories, key = memos("uploaded-image", KEPT), (run.run_id, upload.digest, asked)
    known = histories.get(key)
    bar = st.progress(0.0, "Loading checkpoints…")
    try:
        followed = explain_upload(
            store,
            run,
            upload.pixels,
            known.target if known else asked,
            view.methods,
            known.history if known else MapHistory(),
            bar.progress,
        )
    except MissingArtifact:
        st.warning("No checkpoint of this run was kept, so nothing new can be explained.")
        return
    finally:
        bar.empty()
    histories.put(key, followed)
    track, seen, explained = followed.history, followed.pixels, followed.target
    epochs = sorted(track.predictions)
    epoch = choose_epoch(f"own-{run.run_id}", epochs, run.status == "running")
    st.html(legend_html(view.threshold))
    final = track.predictions[epochs[-1]]
    st.markdown(
        f"At epoch {epochs[-1]} the network says **{plain(classes[final.predicted])}** "
        f"({final.confidence:.0%} sure). The maps explain **{plain(classes[explained])}**."
    )
    gone = [str(number) for number in run.epochs if number not in track.predictions]
    if gone:
        st.caption(f"Without a checkpoint nothing can be explained at epochs {', '.join(gone)}.")
    tile, grid = st.columns([1, 6])
    with tile:
        st.html(image_tile(seen, "as the network saw it", None, 132))
    with grid:
        draw_grid(seen, track, view, classes, None, epochs, epoch)
        draw_tracks(track, view, epochs, epoch, "own")
