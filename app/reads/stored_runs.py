"""Cached reads of the store and its runs.

Complete epochs never change, so they are cached for good, keyed by the store and the run; the list
of runs is read anew every few seconds. Cached values are shared by everybody who looks at this
dashboard and must not be changed.
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd

from app.reads import stored_images
from app.reads.caching import Lately, cached, lately, shared
from pipelines.trust.subjects import find_control_run
from saliencnn.common.records import Unreadable
from saliencnn.data.leaks import COLUMNS
from saliencnn.findings.glance import know_chance
from saliencnn.maps.examples import Case, recommend
from saliencnn.store import checkpoints, epochs, registry, runs
from saliencnn.store.computed_maps import read_computed
from saliencnn.store.connection import Store, open_store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.history import read_history
from saliencnn.store.map_sample import logged_images
from saliencnn.store.maptable import MapTable
from saliencnn.store.registry import Registered
from saliencnn.store.runs import RunInfo
from saliencnn.store.skipped import read_skipped
from saliencnn.store.training_images import read_leaks
from saliencnn.store.walkthroughs import Walkthrough, list_walkthroughs, read_walkthrough
from saliencnn.trust.audit_record import Audit, list_audits, read_named_audits

Listed = TypeVar("Listed", RunInfo, EvaluationInfo)


def find_store() -> Store:
    """Return the store that the environment names."""
    store = _opened_store()
    if not store.refused:
        return store
    again = _reopened_store()
    if not again.refused:
        _opened_store.clear()
    return again


@shared(show_spinner="Opening the store…")
def _opened_store() -> Store:
    return open_store()


@shared(ttl=30)
def _reopened_store() -> Store:
    """Return a store that could not be written to lately: by now there may be room."""
    return open_store()


@lately(age=3)
def all_runs(store: Store) -> list[RunInfo]:
    """Return all training runs that can be read, newest first."""
    found, unreadable_records(store)["run"] = runs.split_runs(store)
    read_index = partial(stored_images.image_index, store)
    return [know_chance(run, read_index) for run in found]


@shared()
def unreadable_records(store: Store) -> dict[str, list[Unreadable]]:
    """Return ``run`` and ``evaluation`` -> what the newest list of them could not read."""
    return {}


def listed(everything: Lately[Listed], store: Store, named: Collection[str]) -> list[Listed]:
    """Return a cached list, read anew where it lacks what a link names.

    Args:
        everything: ``all_runs`` or its like for evaluations.
        store: what to list.
        named: run ids of the link, which may be younger than the list.
    """
    known = everything(store)
    if {*named} <= {one.run_id for one in known}:
        return known
    everything.clear()
    return everything(store)


@cached(max_entries=64)
def history(
    store: Store, ends: tuple[tuple[str, int], ...], metrics: tuple[str, ...]
) -> pd.DataFrame:
    """Return metrics epoch by epoch of runs given as (run id, last complete epoch)."""
    return read_history(store, [run_id for run_id, _ in ends], metrics)


def accuracy_curves(store: Store, infos: Sequence[RunInfo]) -> dict[str, list[float]]:
    """Return run id -> validation accuracy of each epoch; only what is new is read."""
    known = _known_curves(store)
    new = [run for run in infos if run.epoch and known.get(run.run_id, (0,))[0] != run.epoch]
    if new:
        rows = read_history(store, [run.run_id for run in new], ["val_accuracy"])
        read = {str(run_id): own["value"].tolist() for run_id, own in rows.groupby("run_id")}
        known.update({run.run_id: (run.epoch, read.get(run.run_id, [])) for run in new})
    return {run.run_id: known[run.run_id][1] for run in infos if run.run_id in known}


@shared()
def _known_curves(store: Store) -> dict[str, tuple[int, list[float]]]:
    return {}


@cached(max_entries=256)
def confusion(store: Store, run_id: str, epoch: int) -> np.ndarray:
    """Return the confusion matrix of an epoch."""
    return epochs.read_confusion(store, run_id, epoch)


@cached(max_entries=256)
def per_class(store: Store, run_id: str, epoch: int) -> pd.DataFrame:
    """Return precision, recall and F1 of each class at an epoch."""
    return epochs.read_per_class(store, run_id, epoch)


@cached(max_entries=256)
def predictions(store: Store, run_id: str, epoch: int) -> np.ndarray:
    """Return the predictions of an epoch."""
    return epochs.read_predictions(store, run_id, epoch)


def examples(store: Store, run: RunInfo, epoch: int, target: int) -> dict[str, list[Case]]:
    """Return the examples of a class by kind; those whose maps are logged come first."""
    logged = logged_images(run, stored_images.image_index(store, run.images_id).labels)
    return recommend(predictions(store, run.run_id, epoch), target, logged)


def class_maps(
    store: Store, run_id: str, last_epoch: int, target: int
) -> dict[int, list[MapTable]]:
    """Return the logged maps with a target class of all epochs up to the last complete one.

    Of a run in progress only the epochs that are new are read.
    """
    known = _known_class_maps(store, run_id, target)
    wanted = range(1, last_epoch + 1)
    known.update(
        epochs.read_class_maps(store, run_id, [e for e in wanted if e not in known], target)
    )
    return {epoch: known[epoch] for epoch in wanted}


@shared(max_entries=64)
def _known_class_maps(store: Store, run_id: str, target: int) -> dict[int, list[MapTable]]:
    return {}


@shared(max_entries=64)
def epoch_maps(store: Store, run_id: str, epoch: int, target: int) -> list[MapTable]:
    """Return the logged maps with a target class of one complete epoch."""
    return epochs.read_class_maps(store, run_id, [epoch], target)[epoch]


@cached(max_entries=64)
def skipped(store: Store, run_id: str, trained: bool) -> pd.DataFrame:
    """Return the images that could not be read, those of training once an epoch is complete.

    Columns split and image.
    """
    rows = [
        (split, name)
        for split in ("validation", *(["training"] if trained else []))
        for name in read_skipped(store, run_id, split)
    ]
    return pd.DataFrame(rows, columns=["split", "image"])


@cached(max_entries=64)
def leaks(store: Store, run_id: str) -> pd.DataFrame:
    """Return the images that are in both splits or in two classes, a pair a row."""
    return pd.DataFrame(read_leaks(store, run_id), columns=list(COLUMNS))


@cached(ttl=60, max_entries=64)
def kept_checkpoints(store: Store, run_id: str, last_epoch: int) -> set[int]:
    """Return the complete epochs whose checkpoint is there."""
    # A process killed while it delivers an epoch leaves that epoch's checkpoint behind.
    return {epoch for epoch in checkpoints.kept_epochs(store, run_id) if epoch <= last_epoch}


@shared(ttl=600, max_entries=64)
def computed_maps(store: Store, run_id: str, target: int) -> list[tuple[int, MapTable]]:
    """Return the maps with a target class that were computed after training."""
    return read_computed(store, run_id, target)


def forget_computed() -> None:
    """Read anew which maps were computed, and from which checkpoints more can be."""
    computed_maps.clear()
    kept_checkpoints.clear()


def audits(store: Store, run_id: str) -> list[Audit]:
    """Return a run's audits, at most 20 seconds old.

    An audit's file never changes, so each is read once.
    """
    known, names = _known_audits(store, run_id), _audit_names(store, run_id)
    new = [name for name in names if name not in known]
    known.update(read_named_audits(store, run_id, new))
    return [known[name] for name in names if name in known]


def forget_audits() -> None:
    """Look for new audits at the next read."""
    _audit_names.clear()


@cached(ttl=20, max_entries=64)
def _audit_names(store: Store, run_id: str) -> list[str]:
    return list_audits(store, run_id)


@shared(max_entries=64)
def _known_audits(store: Store, run_id: str) -> dict[str, Audit]:
    return {}


@cached(ttl=20, max_entries=64)
def control_run(store: Store, run: RunInfo) -> RunInfo | None:
    """Return the run on randomized labels that a run's maps are compared with, if any."""
    return find_control_run(store, run, all_runs(store))


@cached(ttl=60, max_entries=64)
def registered(store: Store, run_id: str) -> list[Registered]:
    """Return a run's checkpoints in the model registry, by epoch."""
    return registry.registered_epochs(store, run_id)


@cached(ttl=3)
def walkthroughs(store: Store, run_id: str) -> list[Walkthrough]:
    """Return the walkthroughs that are kept with a run, newest first; three seconds old."""
    return list_walkthroughs(store, run_id)


@cached(max_entries=64)
def walkthrough(store: Store, run_id: str, walkthrough_id: str) -> Walkthrough:
    """Return a kept walkthrough, which never changes."""
    return read_walkthrough(store, run_id, walkthrough_id)
