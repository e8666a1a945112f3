"""Maps of evaluated networks that were computed before: in memory, or in the store."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from saliencnn.common.lru import LRU
from saliencnn.maps.requests import MapRequest, Maps, Slot, defined_for
from saliencnn.models.spec import LOGIT
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.images import read_originals
from saliencnn.store.mapcache import READERS, MapKey, read_maps

SEED = 0


class KeptMaps:
    """A store's maps of evaluated networks; those used last stay in memory."""

    def __init__(self, store: Store) -> None:
        """Start with nothing in memory.

        Args:
            store: where evaluations and maps are.
        """
        self._store = store
        self._maps: LRU[MapKey, np.ndarray] = LRU(1024)
        self._originals: LRU[str, list[str]] = LRU(32)

    def find(self, requests: Sequence[MapRequest], methods: Sequence[str]) -> Maps:
        """Return the maps that were computed before, from memory or the store."""
        keys = self.keys(requests, methods)
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

    def remember(self, requests: Sequence[MapRequest], maps: Maps) -> None:
        """Keep maps of a list of requests in memory, where they need not be read."""
        methods = list(dict.fromkeys(method for _, method in maps))
        keys = self.keys(requests, methods)
        for slot, saliency in maps.items():
            self._maps.put(keys[slot], saliency)

    def keys(self, requests: Sequence[MapRequest], methods: Sequence[str]) -> dict[Slot, MapKey]:
        """Return under which key each map is stored, without those that are not defined."""
        keys = {}
        for place, request in enumerate(requests):
            info = request.info
            originals = self._digests(info.images_id)
            scored = () if info.score == LOGIT else (info.score,)  # as maps were kept before
            seen = (info.input_size, info.resize, info.mean, info.std, SEED)
            options = repr((*seen, *scored, *info.place))
            for method in defined_for(info, methods):
                keys[place, method] = MapKey(
                    info.model_digest, originals[request.image], request.target, method, options
                )
        return keys

    def _digests(self, images: str) -> list[str]:
        digests = self._originals.get(images)
        if digests is None:
            digests = read_originals(self._store, images)
            self._originals.put(images, digests)
        return digests
