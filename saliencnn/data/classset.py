"""The classes of a classifier: names, and for ImageNet WordNet's identifiers and root classes."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import cut_middle, list_names
from saliencnn.data.kinds import name_kind

_NUMBERED = re.compile(r"^\d+\.(?=\D)")
_OWNER = re.compile(r"['’]s\b")
_APART = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class ClassSet:
    """Classes in the order of a network's scores.

    Attributes:
        name: for people, e.g. ``imagenet``.
        classes: unique names.
        wnids: one WordNet id a class, or empty.
        roots: one root class a class, or empty where the set has none.
        synonyms: further names of each class, or empty.
    """

    name: str
    classes: tuple[str, ...]
    wnids: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def digest(self) -> str:
        """Digest of the names: networks that score the same classes have the same."""
        return hashlib.sha256(repr(self.classes).encode(errors="backslashreplace")).hexdigest()

    def match(self, names: Iterable[str]) -> dict[str, int]:
        """Return the class that each name means, without the names that mean none or several.

        A name is a class's own, its WordNet id, or a synonym. Case, punctuation, a possessive s
        and a number with a full stop before it (``045.Heermann_Gull`` for Heermann's Gull) do not
        matter where the name as it is means nothing.
        """
        exact = {**{wnid: i for i, wnid in enumerate(self.wnids)}, **self._own()}
        loose = _unambiguous(self._aliases())
        found = {name: exact.get(name, loose.get(_loosen(name))) for name in names}
        return {name: index for name, index in found.items() if index is not None}

    def report_unknown(self, unknown: Sequence[str], total: int, where: str) -> tuple[str, ...]:
        """Return a note about the names that are no class of the set, if there are any.

        Args:
            unknown: these names.
            total: how many names there are.
            where: what has them.

        Raises:
            UserError: not one name is a class.
        """
        if not unknown:
            return ()
        few = list_names(unknown)
        if len(unknown) == total:
            raise UserError(
                f"No class in {where} ({few}) is one of the {len(self)} classes of "
                f"{self.name} ({', '.join(cut_middle(n, 20) for n in self.classes[:3])}, ...)."
            )
        return (f"{len(unknown)} of {total} classes are unknown to {self.name}: {few}.",)

    def _own(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.classes)}

    def _aliases(self) -> Iterator[tuple[str, int]]:
        yield from self._own().items()
        for index, names in enumerate(self.synonyms):
            yield from ((name, index) for name in names)

    def encode(self) -> bytes:
        """Return the file's content."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, content: bytes) -> "ClassSet":
        """Read what ``encode`` gave, with the root classes' names for people."""
        value = json.loads(content)
        synonyms = tuple(tuple(map(str, names)) for names in value["synonyms"])
        texts = {k: tuple(map(str, value[k])) for k in ("classes", "wnids")}
        roots = tuple(name_kind(str(root)) for root in value["roots"])
        return cls(name=str(value["name"]), roots=roots, synonyms=synonyms, **texts)


def _loosen(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    return _APART.sub(" ", _OWNER.sub("", _NUMBERED.sub("", composed).casefold())).strip()


def _unambiguous(aliases: Iterable[tuple[str, int]]) -> dict[str, int]:
    meant: dict[str, set[int]] = {}
    for name, index in aliases:
        meant.setdefault(_loosen(name), set()).add(index)
    return {name: next(iter(which)) for name, which in meant.items() if len(which) == 1}
