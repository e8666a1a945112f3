"""The validation images of an image set, kept once for all runs that use it.

They are kept as the network sees them, scaled and cropped, and training validates on exactly
these bytes; so whoever explains a checkpoint later explains what was measured.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import overload

import numpy as np
from mlflow.entities import Run

from saliencnn.common.formats import IMAGE_INDEX
from saliencnn.common.records import parse_object, require_text, require_texts, require_whole
from saliencnn.data.image_index import ImageIndex, Images, box_mask
from saliencnn.data.window import FULL
from saliencnn.store.artifacts import location_of, read_bytes, write_files, write_path
from saliencnn.store.codec import decode_arrays, decoding, encode_arrays
from saliencnn.store.connection import Store

MAX_SIDE = 10_000
"""Pixels of an image's side."""
_ARRAYS = ("labels", "offsets", "object_boxes", "head_boxes")
REGIONS = ("object", "head")
PATIENCE = 2.0
"""Seconds that a finished writer waits for others of the same images, which may be finishing."""


def publish_images(store: Store, digest: str, make: Callable[[], Images]) -> str:
    """Return the id under which the store keeps an image set's images, writing them if new.

    Of several that write the same ones at once, all return the id of who finished first.

    Args:
        store: where.
        digest: of everything that goes into the images.
        make: gives them; called only where the store has none of that digest.
    """
    return find_images(store, digest) or _write_images(store, digest, make())


def find_images(store: Store, digest: str) -> str | None:
    """Return the id under which the store keeps images of a digest, if it does."""
    found = _find_entries(store, digest, "FINISHED")
    return str(found[0].info.run_id) if found else None


def _find_entries(store: Store, digest: str, status: str) -> list[Run]:
    """Return the entries of a digest, the one that ended first before the others."""
    filters = f"tags.`saliencnn.digest` = '{digest}' and attributes.status = '{status}'"
    found = store.client.search_runs([store.image_sets], filter_string=filters)
    return sorted(found, key=lambda run: (run.info.end_time or 0, run.info.run_id))


def publish_pack(
    store: Store,
    digest: str,
    index: ImageIndex,
    pack: Path,
    originals: Sequence[str],
    masks: Mapping[str, bytes] | None = None,
) -> str:
    """Keep images that lie one after the other in a local file, and return their id.

    The file may be larger than memory.

    Args:
        store: where.
        digest: of everything that goes into the images, for ``find_images``.
        index: where each image lies in the file, and what it is.
        pack: the file, named ``pictures.bin``.
        originals: SHA-256 of each image's original, in hexadecimal.
        masks: of ``REGIONS``, those that the index names, each row of eight cells a byte.
    """
    files = {**_encode_index(index), "originals.txt": "\n".join(originals).encode()}
    files |= {f"{region}-masks.bin": own for region, own in (masks or {}).items() if own}
    run_id = _start_entry(store, digest, index.name)
    write_path(store, location_of(store, run_id), pack)
    return _finish_entry(store, digest, run_id, files)


def _write_images(store: Store, digest: str, images: Images) -> str:
    files = {**_encode_index(images.index), "pictures.bin": b"".join(images.encoded)}
    for region, masks in (("object", images.object_masks), ("head", images.head_masks)):
        if masks is not None:
            files[f"{region}-masks.bin"] = np.packbits(masks.reshape(len(masks), -1), 1).tobytes()
    return _finish_entry(store, digest, _start_entry(store, digest, images.index.name), files)


def _start_entry(store: Store, digest: str, name: str) -> str:
    tags = {"saliencnn.digest": digest}
    run = store.client.create_run(store.image_sets, run_name=name, tags=tags)
    return str(run.info.run_id)


def _finish_entry(store: Store, digest: str, run_id: str, files: dict[str, bytes]) -> str:
    write_files(store, location_of(store, run_id), files, "")
    # Only a finished entry is ever found, so a killed writer leaves nothing half readable.
    store.client.set_terminated(run_id, "FINISHED")
    return _settle(store, digest, run_id)


def _settle(store: Store, digest: str, run_id: str) -> str:
    """Return the entry that all writers of the same images use; delete an own one that is not."""
    # Who is still writing may already have an earlier time of its end, not yet in the store.
    patient_until = time.monotonic() + PATIENCE
    while _find_entries(store, digest, "RUNNING") and time.monotonic() < patient_until:
        time.sleep(PATIENCE / 20)
    kept = find_images(store, digest) or run_id
    if kept != run_id:
        store.client.delete_run(run_id)
    return kept


def _encode_index(index: ImageIndex) -> dict[str, bytes]:
    facts = {
        **IMAGE_INDEX.stamp,
        "name": index.name,
        "classes": index.classes,
        "size": index.size,
        "width": index.width,
        "names": index.names,
        "skipped": index.skipped,
        "window": index.window,
    }
    arrays = {name: getattr(index, name) for name in _ARRAYS}
    arrays |= {f"{region}_masked": index.masked(region) for region in REGIONS}
    return {
        "index.json": json.dumps(facts).encode(),
        "index.npz": encode_arrays(arrays, compress=True),
    }


def read_index(store: Store, images_id: str) -> ImageIndex:
    """Read what is known of an image set's images.

    Raises:
        NewerFormat: a later version of this program has written it.
    """
    location = location_of(store, images_id)
    described = read_bytes(store, location, "index.json")
    packed = read_bytes(store, location, "index.npz")
    with decoding("index.json"):
        facts = parse_object(described.decode(), "index of images")
        IMAGE_INDEX.check(facts)
        classes, names, skipped = (
            require_texts(facts[kind], kind) for kind in ("classes", "names", "skipped")
        )
        size = require_whole(facts["size"], "size of images", 1, MAX_SIDE)
        width = facts.get("width")
        if width is not None:
            width = require_whole(width, "width of images", 1, MAX_SIDE)
        name = require_text(facts["name"], "name")
        # Before there were windows, a format's range was shown.
        window = require_text(facts.get("window", FULL), "window")
    with decoding("index.npz"):
        arrays = decode_arrays(packed)
        # In format 1 all images had exact masks or none.
        every = np.full(len(names), facts.get("exact_masks") is True)
        arrays = {f"{region}_masked": every for region in REGIONS} | arrays
        index = ImageIndex(
            name=name,
            classes=classes,
            size=size,
            names=names,
            skipped=skipped,
            window=window,
            width=width,
            **{kind: arrays[kind] for kind in _ARRAYS},
            **{f"{region}_masked": arrays[f"{region}_masked"] for region in REGIONS},
        )
        _check_index(index)
    return index


def _check_index(index: ImageIndex) -> None:
    """Check that every image has a label and a place.

    Raises:
        ValueError: it has not.
    """
    count = len(index.names)
    labels, offsets = index.labels, index.offsets
    whole = labels.dtype.kind in "iu" and offsets.dtype.kind in "iu"
    boxes = {index.object_boxes.shape, index.head_boxes.shape} == {(count, 4)}
    masked = {(m.shape, m.dtype.kind) for m in map(index.masked, REGIONS)} == {((count,), "b")}
    if (
        not whole
        or not boxes
        or not masked
        or labels.shape != (count,)
        or offsets.shape != (count + 1,)
    ):
        raise ValueError("arrays of other sizes")
    if count and not 0 <= labels.min() <= labels.max() < len(index.classes):
        raise ValueError("labels of no class")
    if (np.diff(offsets) < 0).any() or offsets[0] < 0:
        raise ValueError("images in no order")


def read_originals(store: Store, images_id: str) -> list[str]:
    """Read the SHA-256 of each image's original; only packs have them."""
    return read_bytes(store, location_of(store, images_id), "originals.txt").decode().split()


def read_image(store: Store, images_id: str, index: ImageIndex, image: int) -> bytes:
    """Read one image's file."""
    span = (int(index.offsets[image]), int(index.offsets[image + 1]))
    return read_bytes(store, location_of(store, images_id), "pictures.bin", span)


def read_all_images(store: Store, images_id: str) -> Images:
    """Read everything that is kept of an image set's images."""
    index, location = read_index(store, images_id), location_of(store, images_id)
    encoded = Pack(read_bytes(store, location, "pictures.bin"), index.offsets)
    masks = (_read_masks(store, location, index, region) for region in REGIONS)
    return Images(index, encoded, *masks)


class Pack(Sequence[bytes]):
    """Images' files in one, so that none of them is in memory twice."""

    def __init__(self, whole: bytes, offsets: np.ndarray) -> None:
        """Remember where each image begins and ends, int (N + 1,)."""
        self._whole, self._offsets = whole, offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, place: int) -> bytes: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[bytes, ...]: ...

    def __getitem__(self, place: int | slice) -> bytes | tuple[bytes, ...]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(len(self))[place])
        number = range(len(self))[place]  # IndexError beyond the last
        return self._whole[self._offsets[number] : self._offsets[number + 1]]


def _read_masks(store: Store, location: str, index: ImageIndex, region: str) -> np.ndarray | None:
    if not index.masked(region).any():
        return None
    return _unpack_masks(read_bytes(store, location, f"{region}-masks.bin"), index.shape)


def read_region(
    store: Store, images_id: str, index: ImageIndex, image: int, region: str
) -> np.ndarray | None:
    """Read where the ``object`` or its ``head`` is, bool (height, width), or None if unknown."""
    masked = index.masked(region)
    if masked[image]:
        length, before = -(-prod(index.shape) // 8), int(masked[:image].sum())
        span = (before * length, (before + 1) * length)
        content = read_bytes(store, location_of(store, images_id), f"{region}-masks.bin", span)
        return _unpack_masks(content, index.shape)[0]
    return box_mask(index.boxes(region)[image], index.shape)


def read_regions(
    store: Store, images_id: str, index: ImageIndex, images: np.ndarray, region: str
) -> Iterator[np.ndarray | None]:
    """Yield what ``read_region`` returns of each of some images, with one request for all."""
    masked, length = index.masked(region), -(-prod(index.shape) // 8)
    content = b""
    if masked[images].any():
        content = read_bytes(store, location_of(store, images_id), f"{region}-masks.bin")
    before = np.cumsum(masked) - masked
    for image in images.tolist():
        if masked[image]:
            start = int(before[image]) * length
            yield _unpack_masks(content[start : start + length], index.shape)[0]
        else:
            yield box_mask(index.boxes(region)[image], index.shape)


def _unpack_masks(content: bytes, shape: tuple[int, int]) -> np.ndarray:
    rows = np.frombuffer(content, np.uint8).reshape(-1, -(-prod(shape) // 8))
    bits = np.unpackbits(rows, axis=1, count=prod(shape))
    return bits.astype(bool).reshape(-1, *shape)
