"""What is kept on this machine because it takes long to make; it may be deleted at any time."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def cache_folder() -> Path:
    """Return where it lies."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "saliencnn"


def keep_text(name: str, make: Callable[[], str]) -> str:
    """Return a text from the cache, or make it and keep it there where that is possible.

    Args:
        name: of its file, another for each version.
        make: makes it.
    """
    try:
        return (cache_folder() / name).read_text("utf-8")
    except (OSError, UnicodeDecodeError, RuntimeError):  # no home folder is a RuntimeError
        made = make()
    with suppress(OSError, RuntimeError):
        _write_whole(cache_folder() / name, made)
    return made


def _write_whole(path: Path, text: str) -> None:
    """Write a file that others see whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(draft, path)
