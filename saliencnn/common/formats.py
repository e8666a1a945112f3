"""The format of each kind of stored thing, and the refusal of what a later version wrote.

Whatever is stored carries its format's number. What has none was written before there were
numbers and counts as format 1; every reader reads all formats up to its own.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from saliencnn.common.errors import UserError

Raw = TypeVar("Raw")
Read = TypeVar("Read")


class NewerFormat(UserError):
    """A later version of this program wrote what is to be read."""


@dataclass(frozen=True)
class Format:
    """The format in which one kind of thing is written.

    Attributes:
        kind: what people call the thing.
        version: of the format, 1, 2, ...
    """

    kind: str
    version: int

    @property
    def stamp(self) -> dict[str, int]:
        """What is written beside the thing's own facts."""
        return {"format": self.version}

    def reads(self, stored: Mapping[str, Any]) -> bool:
        """Whether something was not stored by a later version of this program."""
        return int(stored.get("format", 1)) <= self.version

    def check(self, stored: Mapping[str, Any]) -> int:
        """Return the version in which something was stored.

        Args:
            stored: its facts or arrays by name, ``format`` among them if it has one.

        Raises:
            NewerFormat: a later version of this program wrote it.
        """
        version = int(stored.get("format", 1))
        if version > self.version:
            raise NewerFormat(
                f"A {self.kind} is stored in format {version}, and this version of saliencnn "
                f"reads formats up to {self.version}; upgrade it: pip install --upgrade saliencnn."
            )
        return version


def readable(read: Callable[[Raw], Read], stored: Iterable[Raw]) -> Iterator[Read]:
    """Yield what can be read of a list; what a later version wrote is left out, with a warning.

    Args:
        read: reads one thing, or raises ``NewerFormat``.
        stored: the things as they are stored.
    """
    for thing in stored:
        try:
            yield read(thing)
        except NewerFormat as error:
            _warn_once(f"Left out of a list: {error}")


@lru_cache(maxsize=256)
def _warn_once(sentence: str) -> None:
    logging.getLogger(__name__).warning(sentence)


RUN = Format("run's description", 2)
"""2: ``images_id`` in place of ``pictures``."""
EVALUATION = Format("evaluation's description", 2)
"""2: ``images_id`` in place of ``pictures``."""
IMAGE_INDEX = Format("index of images", 1)
EPOCH = Format("manifest of an epoch", 1)
CHECK_RESULT = Format("check's result", 2)
"""2: names of arrays as in ``store.check_results``, and audits keep their results."""
COMPUTED_MAPS = Format("file of computed maps", 1)
KEPT_MAP = Format("kept map", 1)
SPOOLED_EPOCH = Format("epoch in the spool", 2)
"""2: metrics under the names of ``store.metric_names``."""
SPOOLED_END = Format("run's end in the spool", 1)
QUEUED_REQUEST = Format("queued request", 1)
SAVED_TASK = Format("saved task", 1)
NETWORK = Format("registered network's description", 1)
