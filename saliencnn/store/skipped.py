"""The names of images that a training run could not read."""

from collections.abc import Iterable, Sequence

from saliencnn.common.sentences import list_some
from saliencnn.store.artifacts import MissingArtifact, location_of, read_bytes, write_files
from saliencnn.store.connection import Store


def write_skipped(store: Store, run_id: str, split: str, names: Iterable[str]) -> None:
    """Keep the names of a split's images that could not be read, one a line."""
    content = "".join(f"{name}\n" for name in names).encode(errors="backslashreplace")
    write_files(store, location_of(store, run_id), {f"{split}.txt": content}, "skipped")


def read_skipped(store: Store, run_id: str, split: str) -> list[str]:
    """Return the names that ``write_skipped`` kept; none where every image could be read."""
    try:
        content = read_bytes(store, location_of(store, run_id), f"skipped/{split}.txt")
    except MissingArtifact:
        return []
    return content.decode().splitlines()


def format_skipped(names: Sequence[str], split: str, why: str) -> tuple[str, ...]:
    """Return a sentence about images that could not be read, if there are any.

    Args:
        names: of the images.
        split: that they belong to.
        why: a sentence about the first of them.
    """
    if not names:
        return ()
    return (
        f"{len(names)} {split} images could not be read and were skipped (the run's artifact "
        f"skipped/{split}.txt names all): {list_some(names)}. {why}".strip(),
    )
