"""Cached reads of evaluations for the views that explain: keyed by (store uri, run id)."""

import pandas as pd
import streamlit as st

from pipelines.data.classset import ClassSet
from pipelines.explanations import Explainer
from pipelines.store import evaluations
from pipelines.store.connection import Store
from pipelines.store.evaluations import EvaluationInfo


@st.cache_resource(show_spinner=False)
def explainer(_store: Store, uri: str) -> Explainer:
    """Return what computes maps, for all people of this dashboard."""
    return Explainer(_store)


@st.cache_data(ttl=5, show_spinner=False)
def all_evaluations(_store: Store, uri: str) -> list[EvaluationInfo]:
    """Return all evaluations, newest first, at most five seconds old."""
    return evaluations.list_evaluations(_store)


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
    """Return what was predicted for each picture."""
    return evaluations.read_predictions(_store, run_id)


@st.cache_data(max_entries=64, show_spinner=False)
def by_class(_store: Store, uri: str, run_id: str) -> pd.DataFrame:
    """Return an evaluation's numbers class by class."""
    return evaluations.read_by_class(_store, run_id)
