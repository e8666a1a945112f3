"""Cached reads of evaluations for the comparison page: keyed by (store uri, run id)."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import streamlit as st

from app.reads import stored_runs
from saliencnn.data.classset import ClassSet
from saliencnn.maps.explainer import Explainer
from saliencnn.store import evaluations
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.images import read_image
from saliencnn.store.saved_tasks import SavedTask, list_tasks

_READERS = 8


@st.cache_resource(show_spinner=False)
def explainer(_store: Store, uri: str) -> Explainer:
    """Return what computes maps, for all people of this dashboard."""
    return Explainer(_store)


@st.cache_data(ttl=5, show_spinner=False)
def all_evaluations(_store: Store, uri: str) -> list[EvaluationInfo]:
    """Return all evaluations, newest first, at most five seconds old."""
    return evaluations.list_evaluations(_store)


def standings(store: Store, infos: Iterable[EvaluationInfo]) -> dict[str, str]:
    """Return evaluation's id -> how the evaluated epoch stands: ``accepted``, ``rejected`` or "".

    What no run of the store trained stands undecided.
    """
    trained = {info.run_id: (info.trained_run, info.trained_epoch) for info in infos}
    asked = any(run_id for run_id, _ in trained.values())
    runs = {run.run_id: run for run in stored_runs.all_runs(store, store.uri)} if asked else {}
    return {
        one: runs[run_id].standing_at(epoch) if run_id in runs else ""
        for one, (run_id, epoch) in trained.items()
    }


@st.cache_data(max_entries=64, show_spinner=False)
def evaluation(_store: Store, uri: str, run_id: str) -> EvaluationInfo:
    """Return one evaluation."""
    return evaluations.read_evaluation(_store, run_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def class_set(_store: Store, uri: str, run_id: str) -> ClassSet:
    """Return which classes an evaluation's network tells apart."""
    return evaluations.read_class_set(_store, run_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def predictions(_store: Store, uri: str, run_id: str) -> pd.DataFrame:
    """Return what was predicted for each image."""
    return evaluations.read_predictions(_store, run_id)


@st.cache_data(max_entries=64, show_spinner=False)
def by_class(_store: Store, uri: str, run_id: str) -> pd.DataFrame:
    """Return an evaluation's numbers class by class."""
    return evaluations.read_by_class(_store, run_id)


def class_tables(store: Store, uri: str, run_ids: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return evaluation's id -> its numbers class by class; only new ones are read."""
    known = _known_class_tables(uri)
    missing = [run_id for run_id in run_ids if run_id not in known]
    with ThreadPoolExecutor(_READERS) as pool:
        read = pool.map(lambda run_id: evaluations.read_by_class(store, run_id), missing)
        known.update(zip(missing, read, strict=True))
    return {run_id: known[run_id] for run_id in run_ids}


@st.cache_resource(show_spinner=False)
def _known_class_tables(uri: str) -> dict[str, pd.DataFrame]:
    return {}


@st.cache_resource(max_entries=64, show_spinner=False)
def projection(_store: Store, uri: str, run_id: str) -> np.ndarray:
    """Return the classes' places in the plane, float32 (C, 2)."""
    return evaluations.read_projection(_store, run_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def distances(_store: Store, uri: str, run_id: str) -> np.ndarray:
    """Return the distances between classes, float32 (C, C)."""
    return evaluations.read_distances(_store, run_id)


@st.cache_data(ttl=3, show_spinner=False)
def saved_tasks(_store: Store, uri: str) -> list[SavedTask]:
    """Return the tasks that people saved, at most three seconds old."""
    return list_tasks(_store)


@st.cache_data(max_entries=128, show_spinner=False)
def encoded_images(_store: Store, uri: str, images_id: str, images: tuple[int, ...]) -> list[bytes]:
    """Return the files of images as the networks see them."""
    index = stored_runs.image_index(_store, uri, images_id)
    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(lambda i: read_image(_store, images_id, index, i), images))
