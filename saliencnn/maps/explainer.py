"""Maps of evaluated networks: read where they are stored, else computed once for everybody."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Lock

import numpy as np
import torch
from torch import nn

from saliencnn.common.lru import LRU
from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.data.fitted import decode_fitted
from saliencnn.data.image_index import ImageIndex
from saliencnn.data.preparation import normalise
from saliencnn.maps.requests import (
    MapRequest,
    MapResult,
    Maps,
    Slot,
    defined_for,
    group_by_evaluation,
    make_batches,
)
from saliencnn.models.architecture import CannotBuild
from saliencnn.models.catalogue import build_evaluable
from saliencnn.models.spec import LOGIT
from saliencnn.saliency import explain
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_class_set, read_weights
from saliencnn.store.images import read_image, read_index, read_originals
from saliencnn.store.mapcache import READERS, MapKey, read_maps, write_maps
from saliencnn.store.writing import NotWritable

SEED = 0
POLL_SECONDS = 0.2
"""Seconds between two reports while somebody else's computation is waited for."""


class Explainer:
    """Computes maps of a store's evaluated networks; one for all users of a process.

    The networks and maps that were used last stay in memory. Requests for one network are
    computed one after the other, so that the same maps are never computed twice.
    """

    def __init__(self, store: Store, max_networks: int = 8, max_maps: int = 1024) -> None:
        """Start with nothing in memory.

        Args:
            store: where evaluations and maps are.
            max_networks: networks kept in memory.
            max_maps: maps kept in memory.
        """
        self._store = store
        self._networks: LRU[str, nn.Module] = LRU(max_networks)
        self._maps: LRU[MapKey, np.ndarray] = LRU(max_maps)
        self._indices: LRU[str, ImageIndex] = LRU(32)
        self._originals: LRU[str, list[str]] = LRU(32)
        self._locks: dict[str, Lock] = {}
        self._without_weights: set[str] = set()

    def find(self, requests: Sequence[MapRequest], methods: Sequence[str]) -> Maps:
        """Return the maps that were computed before, from memory or the store."""
        keys = self._keys(requests, methods)
        in_memory = ((slot, self._maps.get(key)) for slot, key in keys.items())
        maps = {slot: saliency for slot, saliency in in_memory if saliency is not None}
        unknown = {slot: key for slot, key in keys.items() if slot not in maps}
        stored = self._read([(requests[place].info, key) for (place, _), key in unknown.items()])
        for key, saliency in stored.items():
            self._maps.put(key, saliency)
        return maps | {slot: stored[key] for slot, key in unknown.items() if key in stored}

    def _read(self, wanted: Sequence[tuple[EvaluationInfo, MapKey]]) -> dict[MapKey, np.ndarray]:
        """Read maps from the store, all networks' at once."""
        groups: dict[str, tuple[EvaluationInfo, set[MapKey]]] = {}
        for info, key in wanted:
            groups.setdefault(info.run_id, (info, set()))[1].add(key)
        with ThreadPoolExecutor(READERS) as pool:
            found = pool.map(lambda group: read_maps(self._store, *group), groups.values())
            return {key: saliency for maps in found for key, saliency in maps.items()}

    def compute(
        self,
        requests: Sequence[MapRequest],
        methods: Sequence[str],
        report: Progress = silent,
    ) -> MapResult:
        """Return the maps, computing and storing those that nobody computed before.

        Args:
            requests: what to explain.
            methods: names of the table; those that a network does not define are left out.
            report: called with the progress. Whatever it raises ends the computation and comes
                out; the batches that are complete by then stay stored.
        """
        maps = self.find(requests, methods)
        missing = [slot for slot in self._keys(requests, methods) if slot not in maps]
        groups = group_by_evaluation([requests[place] for place, _ in missing])
        problems = []
        for number, group in enumerate(groups.values()):
            info = group[0].info
            start, end = number / len(groups), (number + 1) / len(groups)
            part = part_of(report, start, end, info.model)
            try:
                if info.model_digest not in self._without_weights:
                    self._compute_for_network(group, methods, part)
            except MissingArtifact:
                self._without_weights.add(info.model_digest)
            except CannotBuild as error:
                problems.append(f"No new maps of {info.model}: {error}")
            if info.model_digest in self._without_weights:
                problems.append(f"No weights of {info.model} are stored: no new maps of it.")
        return MapResult(self.find(requests, methods) if groups else maps, tuple(problems))

    def _compute_for_network(
        self, group: list[MapRequest], methods: Sequence[str], report: Progress
    ) -> None:
        """Compute the maps that one network lacks, once nobody else uses it."""
        info = group[0].info
        with self._lock(info.model_digest, report):
            known = self.find(group, methods)
            missing = {
                place: tuple(m for m in defined_for(info, methods) if (place, m) not in known)
                for place in range(len(group))
            }
            batches = make_batches({place: names for place, names in missing.items() if names})
            for number, (names, places) in enumerate(batches):
                name = f"image {places[0] + 1} of {len(group)}"
                start, end = number / len(batches), (number + 1) / len(batches)
                batch = [group[place] for place in places]
                self._explain(batch, names, part_of(report, start, end, name))

    def _explain(self, batch: list[MapRequest], methods: tuple[str, ...], report: Progress) -> None:
        info = batch[0].info
        network = self._network(info, report)
        index = self._index(info.images_id)
        encoded = [read_image(self._store, info.images_id, index, one.image) for one in batch]
        pixels = normalise(decode_fitted(encoded), info.mean, info.std)

        report(0.0, "explaining")
        maps = explain(
            network,
            pixels.contiguous(memory_format=torch.channels_last),
            torch.tensor([request.target for request in batch]),
            methods,
            spec=info.spec,
            seed=SEED,
            report=report,
        )
        keyed = {
            key: maps[method][place].numpy()
            for (place, method), key in self._keys(batch, methods).items()
        }
        with suppress(NotWritable):  # they are only kept to save time
            write_maps(self._store, info, keyed)
        for key, saliency in keyed.items():
            self._maps.put(key, saliency)

    def _network(self, info: EvaluationInfo, report: Progress) -> nn.Module:
        network = self._networks.get(info.model_digest)
        if network is None:
            report(0.0, "loading its weights")
            classes = len(read_class_set(self._store, info.run_id))
            network = build_evaluable(info.arch, classes, read_weights(self._store, info))
            self._networks.put(info.model_digest, network)
        return network

    def _index(self, images: str) -> ImageIndex:
        index = self._indices.get(images)
        if index is None:
            index = read_index(self._store, images)
            self._indices.put(images, index)
        return index

    def _digests(self, images: str) -> list[str]:
        digests = self._originals.get(images)
        if digests is None:
            digests = read_originals(self._store, images)
            self._originals.put(images, digests)
        return digests

    def _keys(self, requests: Sequence[MapRequest], methods: Sequence[str]) -> dict[Slot, MapKey]:
        """Return under which key each map is stored, without those that are not defined."""
        keys = {}
        for place, request in enumerate(requests):
            info = request.info
            originals = self._digests(info.images_id)
            scored = () if info.score == LOGIT else (info.score,)  # as maps were kept before
            options = repr((info.input_size, info.resize, info.mean, info.std, SEED, *scored))
            for method in defined_for(info, methods):
                keys[place, method] = MapKey(
                    info.model_digest, originals[request.image], request.target, method, options
                )
        return keys

    @contextmanager
    def _lock(self, digest: str, report: Progress) -> Iterator[None]:
        """Hold a network's lock; ``report`` is called while waiting and may raise to give up."""
        # Atomic, so two users who are the first to ask share one lock.
        lock = self._locks.setdefault(digest, Lock())
        while not lock.acquire(timeout=POLL_SECONDS):
            report(0.0, "waiting for somebody else's maps")
        try:
            yield
        finally:
            lock.release()
