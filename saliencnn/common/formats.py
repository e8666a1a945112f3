"""The format of each kind of stored thing, and the refusal of what a later version wrote.

Whatever is stored carries its format's number. What has none was written before there were
numbers and counts as format 1; every reader reads all formats up to its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saliencnn.common.errors import UserError


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
        version = _read_version(stored.get("format", 1), self.kind)
        if version > self.version:
            raise NewerFormat(
                f"A {self.kind} is stored in format {version}, and this version of saliencnn "
                f"reads formats up to {self.version}; upgrade it: pip install --upgrade saliencnn."
            )
        return version


def _read_version(stored: Any, kind: str) -> int:
    try:
        return int(stored)
    except (TypeError, ValueError, OverflowError) as error:
        raise UserError(f"The format of a {kind} is no number.") from error


RUN = Format("run's description", 2)
"""2: ``images_id`` in place of ``pictures``."""
EVALUATION = Format("evaluation's description", 2)
"""2: ``images_id`` in place of ``pictures``."""
IMAGE_INDEX = Format("index of images", 2)
"""2: which images have exact masks, in place of whether all have."""
EPOCH = Format("manifest of an epoch", 1)
CHECK_RESULT = Format("check's result", 2)
"""2: names of arrays as in ``store.check_results``, and audits keep their results."""
COMPUTED_MAPS = Format("file of computed maps", 1)
KEPT_MAP = Format("kept map", 1)
SPOOLED_EPOCH = Format("epoch in the spool", 2)
"""2: metrics under the names of ``store.metric_names``."""
SPOOLED_END = Format("run's end in the spool", 1)
QUEUED_REQUEST = Format("queued request", 2)
"""2: groups of maps that shall be ignored, which an earlier worker would train without."""
SAVED_TASK = Format("saved task", 1)
WALKTHROUGH = Format("walkthrough", 1)
NETWORK = Format("registered network's description", 1)
