"""The folder that keeps finished parts until an evaluation is complete."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipelines.evaluation.parts import Part
from saliencnn.common.caching import cache_folder


def default_folder() -> Path:
    """Return where parts lie unless a person says otherwise."""
    return cache_folder() / "evaluations"


class Workplace:
    """Parts in a folder; one exists there whole or not at all, whenever a process is killed.

    Args:
        folder: of its own for each set of images.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, part: Part) -> None:
        """Keep a part."""
        path = self._path(part.key, part.shard)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, **part.arrays)  # type: ignore[arg-type]
        unfinished.replace(path)

    def has(self, key: str, shard: int) -> bool:
        """Whether a part is kept."""
        return self._path(key, shard).is_file()

    def drop_damaged(self, key: str, shards: int) -> None:
        """Delete parts that cannot be read, say for a full disk, so that they are made again."""
        for shard in range(shards):
            path = self._path(key, shard)
            if path.is_file() and not zipfile.is_zipfile(path):
                path.unlink()

    def read(self, key: str, shards: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield the arrays of all shards' parts, in order, one at a time."""
        for shard in range(shards):
            with np.load(self._path(key, shard), allow_pickle=False) as arrays:
                yield dict(arrays)

    def clear(self, key: str) -> None:
        """Delete all parts of a key."""
        shutil.rmtree(self.folder / key, ignore_errors=True)

    def _path(self, key: str, shard: int) -> Path:
        return self.folder / key / f"{shard:06d}.npz"
