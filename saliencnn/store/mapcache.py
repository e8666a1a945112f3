"""Maps of evaluated networks, computed once and kept for whoever asks next.

A map's file is named by everything that the map depends on, so two people who computed the same
map write the same file, and nothing is ever overwritten with something else.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass

import numpy as np

from saliencnn.common.formats import KEPT_MAP
from saliencnn.store.artifacts import MissingArtifact, location_of, read_bytes, write_files
from saliencnn.store.codec import decode_whole_arrays, encode_arrays
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo

READERS = 16
"""Requests under way at once when many maps are read."""


@dataclass(frozen=True)
class MapKey:
    """Everything that a map depends on.

    Attributes:
        model: SHA-256 of the network's weights.
        image: SHA-256 of the original image.
        target: the class explained.
        method: name of the method.
        options: how the image was prepared and the method set up.
    """

    model: str
    image: str
    target: int
    method: str
    options: str

    @property
    def folder(self) -> str:
        """Folder of the file below the artifacts of the evaluation that keeps it."""
        return f"maps/{self.target:05d}"

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{hashlib.sha256(self._text.encode()).hexdigest()}.npz"

    @property
    def _text(self) -> str:
        return json.dumps(astuple(self))


def write_maps(store: Store, info: EvaluationInfo, maps: Mapping[MapKey, np.ndarray]) -> None:
    """Keep maps of an evaluated network, each float (h, w), in half precision.

    Args:
        store: where.
        info: any evaluation of the network.
        maps: what to keep.
    """
    folders: dict[str, dict[str, bytes]] = {}
    for key, saliency in maps.items():
        folders.setdefault(key.folder, {})[key.name] = _encode(key, saliency)
    for folder, files in folders.items():
        write_files(store, _home(store, info), files, folder)


def read_maps(
    store: Store, info: EvaluationInfo, keys: Iterable[MapKey]
) -> dict[MapKey, np.ndarray]:
    """Return those of the maps that are kept, each float32 (h, w).

    A file cut short by a killed writer, or one that holds something else, is as good as none.

    Raises:
        NewerFormat: a later version of this program has written one of them.
    """
    home = _home(store, info)

    def read(key: MapKey) -> np.ndarray | None:
        try:
            return _decode(key, read_bytes(store, home, f"{key.folder}/{key.name}"))
        except MissingArtifact:
            return None

    wanted = list(keys)
    with ThreadPoolExecutor(READERS) as pool:
        found = zip(wanted, pool.map(read, wanted), strict=True)
        return {key: saliency for key, saliency in found if saliency is not None}


def as_kept(saliency: np.ndarray) -> np.ndarray:
    """Return a map as it is read once it is kept, float32 (h, w), so that both tell the same."""
    divisor, shares = _split(saliency)
    return shares.astype(np.float32) * divisor


def _home(store: Store, info: EvaluationInfo) -> str:
    """Return where a network's maps lie: with its weights, which its evaluations share."""
    return location_of(store, info.weights or info.run_id)


def _split(saliency: np.ndarray) -> tuple[np.float32, np.ndarray]:
    """Return by what a map is divided, and the fractions of that, float16 (h, w)."""
    # Fractions of the largest magnitude keep half precision's eleven bits, however small the map.
    scale = np.float32(np.abs(saliency).max())
    divisor = scale if np.isfinite(scale) and scale > 0 else np.float32(1)
    return divisor, (saliency / divisor).astype(np.float16)


def _encode(key: MapKey, saliency: np.ndarray) -> bytes:
    divisor, shares = _split(saliency)
    arrays = {"key": np.array(key._text), "scale": np.array(divisor), "shares": shares}
    return encode_arrays(arrays, KEPT_MAP, compress=True)


def _decode(key: MapKey, content: bytes) -> np.ndarray | None:
    arrays = decode_whole_arrays(content, KEPT_MAP)
    if arrays is None or not {"key", "scale", "shares"} <= arrays.keys():
        return None
    if str(arrays["key"]) != key._text or arrays["shares"].ndim != 2:
        return None
    return arrays["shares"].astype(np.float32) * np.float32(arrays["scale"])
