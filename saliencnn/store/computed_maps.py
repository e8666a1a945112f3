"""Maps that were not logged in training but computed later, kept for whoever asks next."""

import hashlib
from collections.abc import Sequence

import numpy as np

from saliencnn.common.formats import COMPUTED_MAPS
from saliencnn.store.artifacts import list_files, location_of, read_bytes, write_files
from saliencnn.store.codec import decode_whole_arrays, encode_arrays
from saliencnn.store.connection import Store
from saliencnn.store.maptable import MapTable, fits_methods


def write_computed(
    store: Store, run_id: str, target: int, entries: Sequence[tuple[int, MapTable]]
) -> None:
    """Keep (epoch, table) pairs with one target class; a file for each set of methods.

    A file's name is the digest of its content, so two people who computed the same maps write
    the same file, and nothing is ever overwritten with something else.
    """
    files: dict[str, bytes] = {}
    for methods in {table.methods for _, table in entries}:
        chosen = [(epoch, table.rows) for epoch, table in entries if table.methods == methods]
        lengths = [len(rows) for _, rows in chosen]
        arrays = {
            "methods": np.array(methods),
            "epochs": np.repeat([epoch for epoch, _ in chosen], lengths),
            "rows": np.concatenate([rows for _, rows in chosen]),
        }
        content = encode_arrays(arrays, COMPUTED_MAPS)
        files[f"{hashlib.sha256(content).hexdigest()[:16]}.npz"] = content
    if files:
        write_files(store, location_of(store, run_id), files, _folder(target))


def read_computed(store: Store, run_id: str, target: int) -> list[tuple[int, MapTable]]:
    """Return what was kept for a target class as (epoch, table) pairs.

    Raises:
        NewerFormat: a later version of this program has written some of it.
    """
    location, folder = location_of(store, run_id), _folder(target)
    entries: list[tuple[int, MapTable]] = []
    for name in list_files(store, location, folder):
        content = read_bytes(store, location, f"{folder}/{name}")
        arrays = decode_whole_arrays(content, COMPUTED_MAPS)
        # A file cut short by a killed writer is as good as none: it is computed again.
        if arrays is None or not {"methods", "epochs", "rows"} <= arrays.keys():
            continue
        methods = tuple(str(m) for m in arrays["methods"])
        epochs, rows = arrays["epochs"], arrays["rows"]
        if epochs.shape != rows.shape or not fits_methods(rows, len(methods)):
            continue
        for epoch in np.unique(epochs):
            entries.append((int(epoch), MapTable(methods, rows[epochs == epoch])))
    return entries


def _folder(target: int) -> str:
    return f"computed/{target:04d}"
