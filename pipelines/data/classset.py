"""What a classifier tells apart: names, and for ImageNet WordNet's identifiers and groups."""

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ClassSet:
    """Classes in the order of a network's scores.

    Attributes:
        name: for people, e.g. ``imagenet``.
        classes: unique names.
        wnids: one WordNet id a class, or empty.
        roots: one root class a class, or empty where the set has none.
    """

    name: str
    classes: tuple[str, ...]
    wnids: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def digest(self) -> str:
        """Digest of the names: networks that score the same classes have the same."""
        return hashlib.sha256(repr(self.classes).encode(errors="backslashreplace")).hexdigest()

    def encode(self) -> bytes:
        """Return the file's content."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, content: bytes) -> "ClassSet":
        """Read what ``encode`` gave."""
        value = json.loads(content)
        wnids, roots = (tuple(map(str, value[key])) for key in ("wnids", "roots"))
        return cls(str(value["name"]), tuple(map(str, value["classes"])), wnids, roots)
