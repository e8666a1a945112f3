"""Of which images a person asks: a class's, or a kind of thing's, that are missed often enough."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import streamlit as st

from app.reads import stored_evaluations
from pipelines.comparison.subjects import Subject, find_subjects
from saliencnn.data.classset import ClassSet
from saliencnn.data.wordnet import ClassGroup, groups_of, kinds_of
from saliencnn.store.connection import Store

SUBJECT = "subject"
"""Key of what is asked of, and its name in the address."""


def read_subjects(
    store: Store, class_set: ClassSet, run_ids: Sequence[str], target: int, wanted: str = ""
) -> list[Subject]:
    """Return what may be asked of where the person looks at a class.

    Args:
        store: where the evaluations are.
        class_set: of all of them.
        run_ids: of evaluations on the same images.
        target: the class.
        wanted: see ``find_subjects``.
    """
    tables = [stored_evaluations.predictions(store, run_id) for run_id in run_ids]
    true = tables[0]["true"].to_numpy()
    right = np.stack([table["class_1"].to_numpy() == true for table in tables])
    kinds, _ = known_kinds(class_set)
    return find_subjects(target, class_set.classes, kinds, true, right, wanted)


@lru_cache(maxsize=8)
def known_kinds(class_set: ClassSet) -> tuple[tuple[ClassGroup, ...], list[tuple[str, ...]]]:
    """Return the groups of a set's classes, and the kinds of thing that each class is."""
    groups = groups_of(class_set)
    return groups, kinds_of(groups, len(class_set))


def choose_subject(subjects: Sequence[Subject], first: str, label: str = "Images") -> Subject:
    """Let the person choose of which images to ask.

    Args:
        subjects: at least one that has images.
        first: key of the one that is chosen at first.
        label: of the choice.
    """
    by_key = {one.key: one for one in subjects if len(one.images)}
    if st.session_state.get(SUBJECT) not in (None, *by_key):
        st.session_state[SUBJECT] = first
    key = st.selectbox(
        label,
        list(by_key),
        index=list(by_key).index(first),
        key=SUBJECT,
        bind="query-params",
        format_func=lambda key: f"{by_key[key].name}: {by_key[key].counted}",
        help="The class, and the kinds of thing above it that are missed and right often enough "
        "to say whether missed images differ.",
    )
    return by_key.get(key, by_key[first])


def prefer(subject: str) -> None:
    """Choose a subject, by its key, or none by an empty one; for callbacks."""
    st.session_state[SUBJECT] = subject or None


def find_wanted() -> str:
    """Return the key of the chosen subject, here or by the address; "" without a choice."""
    return st.session_state.get(SUBJECT) or st.query_params.get(SUBJECT, "")
