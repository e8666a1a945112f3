"""Cached reads of evaluations for the comparison page."""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from app.reads import stored_images, stored_runs
from app.reads.caching import cached, lately, shared
from pipelines.comparison.gather import choose_standing, find_comparable, find_standings
from pipelines.comparison.groups import Group, find_largest, group_evaluations
from pipelines.comparison.rows import Evaluated
from saliencnn.data.classset import ClassSet
from saliencnn.maps.kept import KeptMaps
from saliencnn.store import evaluation_files, evaluations
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.images import read_image
from saliencnn.store.saved_tasks import SavedTask, list_tasks
from saliencnn.store.verdicts import NOT_REJECTED

_READERS = 8


@shared()
def kept_maps(store: Store) -> KeptMaps:
    """Return the maps that were computed before, for all people of this dashboard."""
    return KeptMaps(store)


@lately(age=5)
def all_evaluations(store: Store) -> list[EvaluationInfo]:
    """Return all evaluations that can be read, newest first."""
    unreadable = stored_runs.unreadable_records(store)
    found, unreadable["evaluation"] = evaluations.split_evaluations(store)
    return found


def standings(store: Store, infos: Iterable[EvaluationInfo]) -> dict[str, str]:
    """Return evaluation's id -> how the evaluated epoch stands: ``accepted``, ``rejected`` or "".

    What no run of the store trained stands undecided.
    """
    known = list(infos)
    asked = any(info.trained_run for info in known)
    runs = {run.run_id: run for run in stored_runs.all_runs(store)} if asked else {}
    return find_standings(known, runs)


def largest_group(store: Store) -> tuple[EvaluationInfo, ...]:
    """Return the networks on the images with most that nobody rejected; () without any."""
    listed = all_evaluations(store)
    return find_largest(group_evaluations(listed), standings(store, listed))


def group_of(store: Store, named: Collection[str], wanted: Collection[str] = NOT_REJECTED) -> Group:
    """Return the evaluations that can be compared with some, as ``read_group`` reads them.

    Args:
        store: where they are.
        named: ids of some that can be compared; these are always among them.
        wanted: how the others stand, see ``standings``; of no account while nobody has decided.

    Raises:
        UserError: the store holds none of them.
    """
    known = find_comparable(stored_runs.listed(all_evaluations, store, named), named)
    decided = standings(store, known)
    asked = wanted if any(decided.values()) else NOT_REJECTED
    offered = choose_standing(known, named, decided, asked)
    return Group(offered, class_set(store, offered[0].run_id), decided)


@shared(max_entries=64)
def class_set(store: Store, run_id: str) -> ClassSet:
    """Return which classes an evaluation's network tells apart."""
    return evaluation_files.read_class_set(store, run_id)


@shared(max_entries=32)
def predictions(store: Store, run_id: str) -> pd.DataFrame:
    """Return what was predicted for each image."""
    return evaluation_files.read_predictions(store, run_id)


@cached(max_entries=64)
def by_class(store: Store, run_id: str) -> pd.DataFrame:
    """Return an evaluation's numbers class by class."""
    return evaluation_files.read_by_class(store, run_id)


def evaluated(store: Store, info: EvaluationInfo) -> Evaluated:
    """Return what an evaluation stores about its images."""
    return Evaluated(
        stored_images.image_index(store, info.images_id),
        predictions(store, info.run_id),
        by_class(store, info.run_id),
    )


def class_tables(store: Store, run_ids: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return evaluation's id -> its numbers class by class; only new ones are read."""
    known = _known_class_tables(store)
    missing = [run_id for run_id in run_ids if run_id not in known]
    with ThreadPoolExecutor(_READERS) as pool:
        read = pool.map(lambda run_id: evaluation_files.read_by_class(store, run_id), missing)
        known.update(zip(missing, read, strict=True))
    return {run_id: known[run_id] for run_id in run_ids}


@shared()
def _known_class_tables(store: Store) -> dict[str, pd.DataFrame]:
    return {}


@shared(max_entries=64)
def projection(store: Store, run_id: str) -> np.ndarray:
    """Return the classes' places in the plane, float32 (C, 2)."""
    return evaluation_files.read_projection(store, run_id)


@shared(max_entries=32)
def distances(store: Store, run_id: str) -> np.ndarray:
    """Return the distances between classes, float32 (C, C)."""
    return evaluation_files.read_distances(store, run_id)


@cached(ttl=3)
def saved_tasks(store: Store) -> list[SavedTask]:
    """Return the tasks that people saved, at most three seconds old."""
    return list_tasks(store)


@cached(max_entries=128)
def encoded_images(store: Store, images_id: str, images: tuple[int, ...]) -> list[bytes]:
    """Return the files of images as the networks see them."""
    index = stored_images.image_index(store, images_id)
    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(lambda i: read_image(store, images_id, index, i), images))
