"""The trials of a search on a Ray cluster, several at a time.

A worker writes its run into the store itself, as a lab's workers do. A trial whose worker is lost
goes to another one, which goes on with the same run.
"""

import socket
from collections.abc import Iterator
from contextlib import chdir, closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pipelines.computing.cluster import open_cluster
from pipelines.retry.search import Outcomes
from pipelines.retry.search_trial import Outcome, Trial, train_trial
from pipelines.training.image_facts import KnownImages
from saliencnn.common.errors import UserError
from saliencnn.common.tuning import keep_freed_memory
from saliencnn.data.loader_plan import MAX_LOADERS
from saliencnn.store.connection import Store, open_store

AT_ONCE = 4
"""Trials at a time by default: what is proposed meanwhile has not learned from them yet."""


@dataclass(frozen=True)
class Place:
    """Where a worker trains.

    Attributes:
        uri: of the store.
        runs: id of the experiment that runs go into.
        folder: in which relative paths hold.
        loaders: processes that load images, as for ``train``.
    """

    uri: str
    runs: str
    folder: str
    loaders: int | None


def train_on_cluster(
    store: Store, trials: Iterator[Trial], at_once: int = AT_ONCE, loaders: int | None = None
) -> Outcomes:
    """Train trials on a Ray cluster, see ``open_cluster``.

    Each has a GPU, or its part of the cores where there are none.

    Args:
        store: where the runs are; a server, where the cluster has several machines.
        trials: asked for the next one when there is room for it.
        at_once: how many at a time, if the cluster has as many places.
        loaders: as for ``train``.

    Raises:
        UserError: Ray is not installed, the cluster is not there or cannot reach the store or the
            folder, or a trial's workers die again and again.
    """
    with open_cluster() as cluster:
        machines = len(cluster.machines)
        if machines > 1 and not store.is_server:
            raise UserError(
                f"The cluster has {machines} machines, and the store {store.address} is a file of "
                "this one: a search over them needs a server, MLFLOW_TRACKING_URI=http://..."
            )
        limit = min(at_once, cluster.places)
        if loaders is None and not cluster.has_gpus:
            loaders = min(MAX_LOADERS, cluster.cores_each(limit) - 1)
        place = Place(store.uri, store.runs, str(Path.cwd()), loaders)
        begun: list[Trial] = []

        def begin() -> Iterator[tuple[Place, Trial]]:
            for trial in trials:
                begun.append(trial)
                yield place, trial

        with closing(cluster.spread(_train, begin(), limit)) as outcomes:
            for number, outcome in outcomes:
                yield begun[number], outcome


def _train(place: Place, trial: Trial) -> Outcome:
    """Train one trial; runs on a worker."""
    keep_freed_memory()
    if not Path(place.folder).is_dir():
        raise UserError(
            f"{socket.gethostname()} has no folder {place.folder}: a search reads its images on "
            "every machine of the cluster at the same path."
        )
    with chdir(place.folder):
        store = replace(open_store(place.uri), runs=place.runs)
        return train_trial(store, trial, loaders=place.loaders, known=_known_images())


@cache
def _known_images() -> KnownImages:
    """Return what this worker knows of images, from one trial to the next."""
    return KnownImages()
