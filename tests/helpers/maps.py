"""Logged maps as a whole; pages read them class by class."""

from saliencnn.store.artifacts import location_of, read_bytes
from saliencnn.store.codec import decode_array
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_manifest
from saliencnn.store.maptable import MapTable


def read_all_maps(store: Store, run_id: str, epoch: int, name: str) -> MapTable:
    """Read a whole map table of an epoch."""
    layout = read_manifest(store, run_id, epoch).layouts[name]
    content = read_bytes(store, location_of(store, run_id), f"epochs/{epoch:04d}/{name}")
    return MapTable(layout.methods, decode_array(content))
