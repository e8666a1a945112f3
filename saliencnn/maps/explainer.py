"""Computing maps of evaluated networks, each once for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from saliencnn.common.devices import choose_device
from saliencnn.common.lru import LRU
from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.data.image_index import ImageIndex
from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import normalise
from saliencnn.maps.kept import SEED, KeptMaps
from saliencnn.maps.requests import (
    MapRequest,
    MapResult,
    defined_for,
    group_by_evaluation,
    make_batches,
)
from saliencnn.models.architecture import CannotBuild
from saliencnn.models.own_networks import explain_missing
from saliencnn.models.timm_networks import TIMM
from saliencnn.store.artifacts import MissingArtifact
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_class_set, read_weights
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.images import read_image, read_index
from saliencnn.store.mapcache import as_kept, write_maps
from saliencnn.store.writing import NotWritable

if TYPE_CHECKING:
    from torch import nn


class Explainer:
    """Computes maps of a store's evaluated networks; one thread of a process uses it.

    The networks and maps that were used last stay in memory.
    """

    def __init__(self, store: Store) -> None:
        """Start with nothing in memory.

        Args:
            store: where evaluations and maps are.
        """
        self._store = store
        self._networks: LRU[str, nn.Module] = LRU(8)
        self._kept = KeptMaps(store)
        self._indices: LRU[str, ImageIndex] = LRU(32)
        self._without_weights: set[str] = set()

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
        maps = self._kept.find(requests, methods)
        missing = [slot for slot in self._kept.keys(requests, methods) if slot not in maps]
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
                # A lab's own run may have been trained by code that is known by its run alone.
                own = info.trained_run and not info.arch.startswith(TIMM)
                why = explain_missing(info.arch) if own else str(error)
                problems.append(f"No new maps of {info.model}: {why}")
            if info.model_digest in self._without_weights:
                problems.append(f"No weights of {info.model} are stored: no new maps of it.")
        return MapResult(self._kept.find(requests, methods) if groups else maps, tuple(problems))

    def _compute_for_network(
        self, group: list[MapRequest], methods: Sequence[str], report: Progress
    ) -> None:
        """Compute the maps that one network lacks."""
        info = group[0].info
        known = self._kept.find(group, methods)
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
        import torch

        from saliencnn.saliency import explain

        info = batch[0].info
        network = self._network(info, report)
        index = self._index(info.images_id)
        encoded = [read_image(self._store, info.images_id, index, one.image) for one in batch]
        pixels = decode_planes(encoded).to(choose_device())
        pixels = normalise(pixels, info.mean, info.std)

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
        keys = self._kept.keys(batch, methods)
        found = {(place, method): as_kept(maps[method][place].numpy()) for place, method in keys}
        with suppress(NotWritable):  # they are only kept to save time
            write_maps(self._store, info, {keys[slot]: found[slot] for slot in keys})
        self._kept.remember(batch, found)

    def _network(self, info: EvaluationInfo, report: Progress) -> nn.Module:
        from saliencnn.models.catalogue import build_evaluable

        network = self._networks.get(info.model_digest)
        if network is None:
            report(0.0, "loading its weights")
            classes = len(read_class_set(self._store, info.run_id))
            network = build_evaluable(info.arch, classes, read_weights(self._store, info))
            network = network.to(choose_device())
            self._networks.put(info.model_digest, network)
        return network

    def _index(self, images: str) -> ImageIndex:
        index = self._indices.get(images)
        if index is None:
            index = read_index(self._store, images)
            self._indices.put(images, index)
        return index


_explainers: LRU[str, Explainer] = LRU(4)


def compute_maps(
    store: Store, requests: Sequence[MapRequest], methods: Sequence[str], report: Progress = silent
) -> MapResult:
    """Return maps by ``Explainer.compute``, with what this process has in memory of the store."""
    explainer = _explainers.get(store.uri)
    if explainer is None:
        explainer = Explainer(store)
        _explainers.put(store.uri, explainer)
    return explainer.compute(requests, methods, report)
