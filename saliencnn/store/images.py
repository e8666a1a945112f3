"""The validation pictures of an image set, kept once for all runs that use it.

They are kept as the network sees them, scaled and cropped, and training validates on exactly
these bytes; so whoever explains a checkpoint later explains what was measured.
"""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from mlflow.entities import RunTag

from saliencnn.data.image_index import PictureIndex, Pictures, box_mask
from saliencnn.store.artifacts import location_of, read_bytes, write_files, write_path
from saliencnn.store.connection import Store


def publish_pictures(store: Store, digest: str, make: Callable[[], Pictures]) -> str:
    """Return the id under which the store keeps an image set's pictures, writing them if new.

    Args:
        store: where.
        digest: of everything that goes into the pictures.
        make: gives them; called only where the store has none of that digest.
    """
    return find_pictures(store, digest) or _write_pictures(store, digest, make())


def find_pictures(store: Store, digest: str) -> str | None:
    """Return the id under which the store keeps pictures of a digest, if it does."""
    filters = f"tags.`saliencnn.digest` = '{digest}' and attributes.status = 'FINISHED'"
    found = store.client.search_runs([store.image_sets], filter_string=filters, max_results=1)
    return str(found[0].info.run_id) if found else None


def publish_pack(
    store: Store, digest: str, index: PictureIndex, pack: Path, originals: Sequence[str]
) -> str:
    """Keep pictures that lie one after the other in a local file, and return their id.

    The file may be larger than memory.

    Args:
        store: where.
        digest: of everything that goes into the pictures, for ``find_pictures``.
        index: where each picture lies in the file, and what it is.
        pack: the file, named ``pictures.bin``.
        originals: SHA-256 of each picture's original, in hexadecimal.
    """
    files = {**_encode_index(index), "originals.txt": "\n".join(originals).encode()}
    run_id = _start_entry(store, digest, index.name)
    write_path(store, location_of(store, run_id), pack, "")
    return _finish_entry(store, run_id, files)


def _write_pictures(store: Store, digest: str, pictures: Pictures) -> str:
    files = {**_encode_index(pictures.index), "pictures.bin": b"".join(pictures.encoded)}
    for region, masks in (("object", pictures.object_masks), ("head", pictures.head_masks)):
        if masks is not None:
            files[f"{region}-masks.bin"] = np.packbits(masks.reshape(len(masks), -1), 1).tobytes()
    return _finish_entry(store, _start_entry(store, digest, pictures.index.name), files)


def _start_entry(store: Store, digest: str, name: str) -> str:
    run = store.client.create_run(store.image_sets, run_name=name)
    run_id = str(run.info.run_id)
    store.client.log_batch(run_id, tags=[RunTag("saliencnn.digest", digest)])
    return run_id


def _finish_entry(store: Store, run_id: str, files: dict[str, bytes]) -> str:
    write_files(store, location_of(store, run_id), files, "")
    # Only a finished entry is ever found, so a killed writer leaves nothing half readable.
    store.client.set_terminated(run_id, "FINISHED")
    return run_id


def _encode_index(index: PictureIndex) -> dict[str, bytes]:
    facts = {
        "name": index.name,
        "classes": index.classes,
        "size": index.size,
        "names": index.names,
        "skipped": index.skipped,
        "exact_masks": index.exact_masks,
    }
    arrays = io.BytesIO()
    np.savez_compressed(
        arrays,
        labels=index.labels,
        offsets=index.offsets,
        object_boxes=index.object_boxes,
        head_boxes=index.head_boxes,
    )
    return {"index.json": json.dumps(facts).encode(), "index.npz": arrays.getvalue()}


def read_index(store: Store, pictures: str) -> PictureIndex:
    """Read what is known of an image set's pictures."""
    location = location_of(store, pictures)
    facts = json.loads(read_bytes(store, location, "index.json"))
    arrays = np.load(io.BytesIO(read_bytes(store, location, "index.npz")), allow_pickle=False)
    return PictureIndex(
        name=facts["name"],
        classes=tuple(facts["classes"]),
        size=facts["size"],
        names=tuple(facts["names"]),
        skipped=tuple(facts["skipped"]),
        exact_masks=facts["exact_masks"],
        **{name: arrays[name] for name in arrays.files},
    )


def read_originals(store: Store, pictures: str) -> list[str]:
    """Read the SHA-256 of each picture's original; only packs have them."""
    return read_bytes(store, location_of(store, pictures), "originals.txt").decode().split()


def read_picture(store: Store, pictures: str, index: PictureIndex, image: int) -> bytes:
    """Read one picture's file."""
    span = (int(index.offsets[image]), int(index.offsets[image + 1]))
    return read_bytes(store, location_of(store, pictures), "pictures.bin", span)


def read_all_pictures(store: Store, pictures: str) -> Pictures:
    """Read everything that is kept of an image set's pictures."""
    index, location = read_index(store, pictures), location_of(store, pictures)
    whole = read_bytes(store, location, "pictures.bin")
    bounds = zip(index.offsets, index.offsets[1:], strict=False)
    encoded = tuple(whole[start:stop] for start, stop in bounds)
    if not index.exact_masks:
        return Pictures(index, encoded)
    objects, heads = (
        _unpack_masks(read_bytes(store, location, f"{region}-masks.bin"), index.size)
        for region in ("object", "head")
    )
    return Pictures(index, encoded, objects, heads)


def read_region(
    store: Store, pictures: str, index: PictureIndex, image: int, region: str
) -> np.ndarray | None:
    """Read where the ``object`` or its ``head`` is, bool (size, size), or None if unknown."""
    if index.exact_masks:
        length = -(-(index.size**2) // 8)
        span = (image * length, (image + 1) * length)
        content = read_bytes(store, location_of(store, pictures), f"{region}-masks.bin", span)
        return _unpack_masks(content, index.size)[0]
    boxes = index.object_boxes if region == "object" else index.head_boxes
    return box_mask(boxes[image], index.size)


def _unpack_masks(content: bytes, size: int) -> np.ndarray:
    rows = np.frombuffer(content, np.uint8).reshape(-1, -(-(size**2) // 8))
    bits = np.unpackbits(rows, axis=1, count=size**2)
    return bits.astype(bool).reshape(-1, size, size)
