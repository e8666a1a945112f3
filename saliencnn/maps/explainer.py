"""Maps of evaluated networks: found where they are kept, else computed once for everybody."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Lock

import numpy as np
import torch
from torch import nn

from saliencnn.common.lru import LRU
from saliencnn.data.fitted import decode_fitted
from saliencnn.data.image_index import ImageIndex
from saliencnn.maps.questions import (
    Answer,
    Maps,
    Question,
    Report,
    Spot,
    batches_of,
    by_evaluation,
    defined_for,
    part_of,
)
from saliencnn.models.catalogue import EVALUABLE, build_evaluable, normalise_for
from saliencnn.saliency import METHODS, explain
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_class_set, read_weights
from saliencnn.store.images import read_image, read_index, read_originals
from saliencnn.store.mapcache import READERS, MapKey, read_maps, write_maps

SEED = 0
PATIENCE = 0.2
"""Seconds between two reports while another person's computation is waited for."""


class Explainer:
    """Answers questions about a store's evaluated networks; one for all people of a process.

    The networks and maps that were used last stay in memory. Whoever asks for what somebody
    else is having computed waits for that computation.
    """

    def __init__(self, store: Store, most_networks: int = 8, most_maps: int = 1024) -> None:
        """Start with nothing in memory.

        Args:
            store: where evaluations and maps are.
            most_networks: kept in memory.
            most_maps: kept in memory.
        """
        self._store = store
        self._networks: LRU[str, nn.Module] = LRU(most_networks)
        self._maps: LRU[MapKey, np.ndarray] = LRU(most_maps)
        self._indices: LRU[str, ImageIndex] = LRU(32)
        self._originals: LRU[str, list[str]] = LRU(32)
        self._turns: dict[str, Lock] = {}
        self._gone: set[str] = set()

    def find(self, questions: Sequence[Question], methods: Sequence[str]) -> Maps:
        """Return the maps that were computed before, from memory or the store."""
        keys = self._keys(questions, methods)
        remembered = ((spot, self._maps.get(key)) for spot, key in keys.items())
        maps = {spot: saliency for spot, saliency in remembered if saliency is not None}
        unknown = {spot: key for spot, key in keys.items() if spot not in maps}
        kept = self._read([(questions[place].info, key) for (place, _), key in unknown.items()])
        for key, saliency in kept.items():
            self._maps.put(key, saliency)
        return maps | {spot: kept[key] for spot, key in unknown.items() if key in kept}

    def _read(self, wanted: Sequence[tuple[EvaluationInfo, MapKey]]) -> dict[MapKey, np.ndarray]:
        """Read the maps that the store keeps, all networks' at once."""
        groups: dict[str, tuple[EvaluationInfo, set[MapKey]]] = {}
        for info, key in wanted:
            groups.setdefault(info.run_id, (info, set()))[1].add(key)
        with ThreadPoolExecutor(READERS) as pool:
            found = pool.map(lambda group: read_maps(self._store, *group), groups.values())
            return {key: saliency for kept in found for key, saliency in kept.items()}

    def compute(
        self,
        questions: Sequence[Question],
        methods: Sequence[str],
        report: Report = lambda _share, _words: None,
    ) -> Answer:
        """Return the maps, computing and keeping those that nobody computed before.

        Args:
            questions: what to explain.
            methods: names of the table; those that a network does not define are left out.
            report: told about progress. Whatever it raises ends the computation and comes out;
                what is done by then is kept.
        """
        maps = self.find(questions, methods)
        missing = [spot for spot in self._keys(questions, methods) if spot not in maps]
        groups = by_evaluation([questions[place] for place, _ in missing])
        problems = []
        for number, group in enumerate(groups.values()):
            info = group[0].info
            part = partial(part_of, report, number, len(groups), info.model)
            try:
                if info.model_digest not in self._gone:
                    self._answer(group, methods, part)
            except MissingArtifact:
                self._gone.add(info.model_digest)
            if info.model_digest in self._gone:
                problems.append(f"The weights of {info.model} are not kept: no new maps of it.")
        return Answer(self.find(questions, methods) if groups else maps, tuple(problems))

    def _answer(self, group: list[Question], methods: Sequence[str], report: Report) -> None:
        """Compute what one network lacks, unless somebody else does while this one waits."""
        info = group[0].info
        with self._turn(info.model_digest, report):
            known = self.find(group, methods)
            lacking = {
                place: tuple(m for m in defined_for(info, methods) if (place, m) not in known)
                for place in range(len(group))
            }
            batches = batches_of({place: names for place, names in lacking.items() if names})
            for number, (names, places) in enumerate(batches):
                name = f"image {places[0] + 1} of {len(group)}"
                part = partial(part_of, report, number, len(batches), name)
                self._explain([group[place] for place in places], names, part)

    def _explain(self, batch: list[Question], methods: tuple[str, ...], report: Report) -> None:
        info = batch[0].info
        network = self._network(info, report)
        index = self._index(info.images_id)
        encoded = [read_image(self._store, info.images_id, index, q.image) for q in batch]
        pixels = normalise_for(info.mean, info.std)(decode_fitted(encoded))

        def step(method: str, done: int, total: int) -> None:
            share = (methods.index(method) + done / total) / len(methods)
            report(share, f"{METHODS[method].label}, {done} of {total}")

        report(0.0, "looking")
        maps = explain(
            network,
            pixels.contiguous(memory_format=torch.channels_last),
            torch.tensor([question.target for question in batch]),
            methods,
            architecture=EVALUABLE[info.arch],
            seed=SEED,
            report=step,
        )
        keyed = {
            key: maps[method][place].numpy()
            for (place, method), key in self._keys(batch, methods).items()
        }
        write_maps(self._store, info, keyed)
        for key, saliency in keyed.items():
            self._maps.put(key, saliency)

    def _network(self, info: EvaluationInfo, report: Report) -> nn.Module:
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

    def _keys(self, questions: Sequence[Question], methods: Sequence[str]) -> dict[Spot, MapKey]:
        """Return under which key each map is kept, without those that are not defined."""
        keys = {}
        for place, question in enumerate(questions):
            info = question.info
            originals = self._digests(info.images_id)
            options = repr((info.input_size, info.resize, info.mean, info.std, SEED))
            for method in defined_for(info, methods):
                keys[place, method] = MapKey(
                    info.model_digest, originals[question.image], question.target, method, options
                )
        return keys

    @contextmanager
    def _turn(self, digest: str, report: Report) -> Iterator[None]:
        """Wait until nobody else uses a network; the person may stop waiting."""
        # Atomic, so two people who are the first to ask share one lock.
        turn = self._turns.setdefault(digest, Lock())
        while not turn.acquire(timeout=PATIENCE):
            report(0.0, "waiting for somebody else's maps")
        try:
            yield
        finally:
            turn.release()
