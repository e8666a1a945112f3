"""Files that say which class each image has."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from saliencnn.data.classset import ClassSet
from saliencnn.data.labels_file import read_labels
from tests.hostile.answers import Case, Surroundings
from tests.hostile.texts import TEXTS, mutate_bytes, mutate_text

CLASSES = ClassSet("four", ("tench", "sea gull", "crane", "12"))
NAMES = ("a.jpg", "my pic 1.jpg", "b,c.png", "ü.jpeg", "x.y.jpg")
WANTED = {name: number % 3 for number, name in enumerate(NAMES)}
FORMS = {
    "spaces": "{name} {label}",
    "tab": "{name}\t{label}",
    "comma": '"{name}",{label}',
    "semicolon": '"{name}";{label}',
    "path": "val/images/{name} {label}",
    "backslashes": "val\\images\\{name}\t{label}",
}
ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "BOM": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
}
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r", "blank lines": "\n\n \n"}


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield label files: every spelling that people have, which must be read, and damaged ones."""
    sound: list[bytes] = []
    for form, line in FORMS.items():
        for encoding, encode in ENCODINGS.items():
            for end, between in ENDS.items():
                for kind in ("number", "name"):
                    lines = [
                        line.format(name=n, label=c if kind == "number" else CLASSES.classes[c])
                        for n, c in WANTED.items()
                    ]
                    content = encode(between.join(lines) + between)
                    sound.append(content)
                    name = f"{form}, {encoding}, {end}, class by {kind}"
                    yield _reading(here.folder, name, content, WANTED)
    for text in TEXTS:
        yield _reading(here.folder, f"line {text[:30]!r}", text.encode(errors="replace"))
    for number in range(max(0, here.count - len(sound) - len(TEXTS))):
        content = here.rng.choice(sound)
        if here.rng.random() < 0.5:
            content = mutate_bytes(here.rng, content)
        else:
            content = mutate_text(here.rng, content.decode(errors="replace")).encode(
                errors="replace"
            )
        yield _reading(here.folder, f"{number} mutated", content)


def _reading(folder: Path, name: str, content: bytes, wanted: dict[str, int] | None = None) -> Case:
    def give() -> None:
        path = folder / "labels.txt"
        path.write_bytes(content)
        known, _ = read_labels(path, CLASSES, NAMES)
        assert set(known) <= set(NAMES)
        assert all(0 <= label < len(CLASSES) for label in known.values())
        assert wanted is None or known == wanted, f"read as {known}"

    return Case(name, give)
