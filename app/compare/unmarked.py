"""Evaluations of earlier versions, which kept no masks: how to get them, and so the focus."""

from collections.abc import Iterable

import numpy as np
import streamlit as st

from app.reads import stored_images, stored_runs
from pipelines.evaluation.trained import how_to_mark
from saliencnn.common.markdown import code
from saliencnn.data.image_index import ImageIndex
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo


def draw_remedy(store: Store, infos: Iterable[EvaluationInfo]) -> None:
    """Say what to run where evaluations lack the masks that their runs' images have."""
    lacking = [one for one in infos if one.trained_run and not _is_marked(store, one.images_id)]
    if not lacking:
        return
    runs = {run.run_id: run for run in stored_runs.all_runs(store)}
    commands = [
        how_to_mark(one, runs.values())
        for one in lacking
        if one.trained_run in runs
        and _masked(stored_images.image_index(store, runs[one.trained_run].images_id))
    ]
    if any(commands):
        st.caption(
            "The images of the run have masks, which earlier versions did not keep with an "
            "evaluation. To see how much of a map lies on the object, evaluate again: "
            f"{' and '.join(code(one) for one in commands if one)}"
        )


def _is_marked(store: Store, images_id: str) -> bool:
    index = stored_images.image_index(store, images_id)
    return _masked(index) or bool(np.isfinite(index.object_boxes).all(axis=1).any())


def _masked(index: ImageIndex) -> bool:
    return bool(index.masked("object").any())
