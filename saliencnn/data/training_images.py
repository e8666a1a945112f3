"""Which images a run learns from, so that resuming it can tell whether they are still the same."""

import csv
import gzip
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

from saliencnn.common.sentences import count, show
from saliencnn.data.imageset import ImageSet

_HEADING = ("image", "class", "sha256")


@dataclass(frozen=True)
class TrainingImages:
    """The images to learn from, in order, with their true classes.

    Attributes:
        rows: of each image its name, class and ``hash_content``.
    """

    rows: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, image_set: ImageSet, contents: Sequence[str]) -> "TrainingImages":
        """Describe an image set's training images.

        Args:
            image_set: before its labels are randomized.
            contents: ``hash_contents`` of its training images.
        """
        named = zip(image_set.train, contents, strict=True)
        return cls(tuple((s.name, image_set.classes[s.label], content) for s, content in named))

    @property
    def digest(self) -> str:
        """SHA-256 of names, classes, contents and order; the time of a file does not matter."""
        digest = hashlib.sha256()
        for row in self.rows:
            digest.update(repr(row).encode(errors="backslashreplace"))
        return digest.hexdigest()

    def encode(self) -> bytes:
        """Return a compressed table (CSV)."""
        text = io.StringIO(newline="")
        csv.writer(text).writerows((_HEADING, *self.rows))
        return gzip.compress(text.getvalue().encode(errors="surrogatepass"), mtime=0)

    @classmethod
    def decode(cls, content: bytes) -> "TrainingImages":
        """Read what ``encode`` gave.

        Raises:
            ValueError: it is something else.
        """
        try:
            text = gzip.decompress(content).decode(errors="surrogatepass")
        except (OSError, EOFError) as error:
            raise ValueError("this is no compressed table of images") from error
        heading, *rows = csv.reader(io.StringIO(text, newline=""))
        if tuple(heading) != _HEADING or any(len(row) != len(_HEADING) for row in rows):
            raise ValueError("this is no table of images")
        return cls(tuple((name, label, digest) for name, label, digest in rows))

    def describe_changes(self, now: "TrainingImages") -> str:
        """Return in words what has become of these images, e.g. ``1 removed (a.jpg)``."""
        before, after = ({row[0]: row for row in images.rows} for images in (self, now))
        removed = [name for name in before if name not in after]
        added = [name for name in after if name not in before]
        both = [name for name in before if name in after]
        changed = [name for name in both if before[name][2] != after[name][2]]
        moved = [n for n in both if before[n][1] != after[n][1] and before[n][2] == after[n][2]]
        found = {"removed": removed, "added": added, "changed": changed, "of another class": moved}
        words = [
            f"{count(len(names), 'image', 'images')} {how} ({show(names[0], 20)}"
            f"{', ...' if len(names) > 1 else ''})"
            for how, names in found.items()
            if names
        ]
        return ", ".join(words) or "their order changed"
