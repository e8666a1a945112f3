"""Saliency maps of many images as one table, laid out so that a class is one span of bytes.

Rows are sorted by target class, then image: whoever looks at a class needs its own images
and those wrongly attributed to it, and gets both in one read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from saliencnn.common.records import WrongRecord, require_texts, require_whole
from saliencnn.store.codec import encode_array

MAX_METHODS = 100
MAX_SIDE = 2048
"""Pixels of a map's side."""
MAX_BYTES = 2**40
"""Of a file of maps."""


@dataclass(frozen=True)
class MapTable:
    """Maps of several methods for one epoch.

    Attributes:
        methods: names of the methods, in the order of a row's maps.
        rows: structured array, see ``row_type``.
    """

    methods: tuple[str, ...]
    rows: np.ndarray


@dataclass(frozen=True)
class Layout:
    """Where the rows of each target class lie in the file."""

    methods: tuple[str, ...]
    shape: tuple[int, int]
    offsets: tuple[int, ...]

    def span(self, target: int) -> tuple[int, int]:
        """Return the bytes that hold the rows of a target class.

        Raises:
            IndexError: there is no such class.
        """
        if not 0 <= target < len(self.offsets) - 1:
            raise IndexError(target)
        return self.offsets[target], self.offsets[target + 1]

    def as_json(self) -> dict[str, Any]:
        """Return plain lists for the manifest."""
        return {"methods": self.methods, "shape": self.shape, "offsets": self.offsets}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Layout":
        """Read what ``as_json`` gave.

        Raises:
            WrongRecord: no file of maps can be laid out like that.
        """
        methods = require_texts(value["methods"], "methods")
        height, width = (require_whole(n, "size of maps", 1, MAX_SIDE) for n in value["shape"])
        offsets = tuple(value["offsets"])
        size = row_type(len(methods), height, width).itemsize
        sound = (
            1 <= len(methods) <= MAX_METHODS
            and len(offsets) >= 2
            and all(type(n) is int and 0 <= n <= MAX_BYTES for n in offsets)
        )
        lengths = np.diff(offsets) if sound else np.array([-1])
        if (lengths < 0).any() or (lengths % size).any():
            raise WrongRecord("Its maps are laid out as in no file of maps.")
        return cls(methods, (height, width), offsets)


def row_type(methods: int, height: int, width: int) -> np.dtype[Any]:
    """Return the type of a row.

    ``maps`` are float16 fractions of ``scale``, the map's largest absolute value, so that very
    small and very large maps keep their eleven bits; ``focus`` and ``head_focus`` are NaN where
    no region is known.
    """
    return np.dtype(
        [
            ("image", "<i4"),
            ("true", "<i2"),
            ("target", "<i2"),
            ("predicted", "<i2"),
            ("confidence", "<f4"),
            ("target_confidence", "<f4"),
            ("focus", "<f4", (methods,)),
            ("head_focus", "<f4", (methods,)),
            ("scale", "<f4", (methods,)),
            ("maps", "<f2", (methods, height, width)),
        ]
    )


def fits_methods(rows: np.ndarray, methods: int) -> bool:
    """Whether rows, wherever they come from, hold maps of so many methods."""
    kinds: Mapping[str, Any] = rows.dtype.fields or {}
    shape: tuple[int, ...] = kinds["maps"][0].shape if "maps" in kinds else ()
    return len(shape) == 3 and shape[0] == methods and rows.dtype == row_type(*shape)


def pack_maps(rows: np.ndarray, maps: np.ndarray) -> None:
    """Set the rows' scaled maps from float (N, methods, h, w), in place."""
    rows["maps"], rows["scale"] = split_scale(maps)


def split_scale(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return maps (..., h, w) as fractions of their scale, -1 to 1, and the scales (...)."""
    scale = np.abs(maps).max(axis=(-2, -1))
    safe = np.where(np.isfinite(scale) & (scale > 0), scale, 1)[..., None, None]
    return maps / safe, scale


def unpack_maps(rows: np.ndarray) -> np.ndarray:
    """Return the rows' raw maps, float32 (N, methods, h, w)."""
    scale = np.where(rows["scale"] > 0, rows["scale"], 1)
    return rows["maps"].astype(np.float32) * scale[..., None, None]


def encode(table: MapTable, classes: int) -> tuple[bytes, Layout]:
    """Return the file (plain .npy) and its layout."""
    rows = table.rows[np.lexsort((table.rows["image"], table.rows["target"]))]
    content = encode_array(rows)
    start = len(content) - rows.nbytes
    first = np.searchsorted(rows["target"], np.arange(classes + 1))
    offsets = tuple(int(start + i * rows.dtype.itemsize) for i in first)
    height, width = rows["maps"].shape[2:]
    return content, Layout(table.methods, (height, width), offsets)


def decode_span(content: bytes, layout: Layout) -> np.ndarray:
    """Return the rows in a span of the file."""
    return np.frombuffer(content, row_type(len(layout.methods), *layout.shape))
