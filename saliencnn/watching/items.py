"""Labelled images in the forms in which a training loop has them, one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.common.names import readable_name
from saliencnn.common.sentences import list_names, show

IMAGE_KEYS = ("pixel_values", "image", "img", "x")
OWN = "own images"
LABEL_KEYS = ("labels", "label", "y", "target")


@dataclass(frozen=True, eq=False)
class Items:
    """Labelled images.

    Attributes:
        name: of all of them, for people.
        classes: class names, where the images bring them; else empty.
        names: of the images, where they have any; else empty.
        transform: what the images go through before they are given, where that is known.
    """

    source: Any
    name: str
    classes: tuple[str, ...]
    names: tuple[str, ...]
    transform: object = None

    def __len__(self) -> int:
        return len(self.source)

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        """Yield every image with its label."""
        for place in range(len(self)):
            image, label = _split(self.source[place])
            yield image, _read_label(label, self.classes)

    def image(self, place: int) -> Any:
        """Return one of the images."""
        return _split(self.source[place])[0]

    def name_of(self, place: int) -> str:
        """Return the name of an image."""
        return self.names[place] if self.names else f"{place:05d}"


def read_items(validation: Any) -> Items:
    """Return labelled images of any form: a dataset, a loader, a list, or paths and labels.

    Args:
        validation: a dataset of (image, label) or of dicts with both, a data loader (its dataset
            counts), a list of (image, label), or a pair (images or paths, labels).

    Raises:
        UserError: it is none of these, or empty.
    """
    if hasattr(validation, "batch_sampler") and hasattr(validation, "dataset"):
        validation = validation.dataset
    if _is_pair(validation):
        images, labels = validation
        if len(images) != len(labels):
            raise UserError(f"There are {len(images)} validation images and {len(labels)} labels.")
        paths = [str(one) for one in images if isinstance(one, str | Path)]
        names, name = _name_paths(paths) if len(paths) == len(images) else ((), OWN)
        classes = tuple(sorted(set(labels))) if all(isinstance(y, str) for y in labels) else ()
        validation = Items(list(zip(images, labels, strict=True)), name, classes, names)
    elif hasattr(validation, "__getitem__") and hasattr(validation, "__len__"):
        validation = _describe(validation)
    else:
        raise UserError(
            "The validation images must be a dataset of (image, label), a pair (paths, labels) or "
            f"an image set; this is a {type(validation).__name__}."
        )
    if not len(validation):
        raise UserError("There are no validation images.")
    return validation


def _is_pair(validation: Any) -> bool:
    """Whether it is (images, labels): a pair whose second part is a row of numbers or names.

    Names in a list of two might as well be a dataset of two paths with their labels.
    """
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        return False
    images, labels = validation
    rows = (Sequence, np.ndarray, Tensor)
    if not isinstance(images, rows) or not isinstance(labels, rows) or isinstance(images, str):
        return False
    if not len(labels):
        return not len(images)
    return (
        np.ndim(labels[0]) == 0
        and not (isinstance(labels[0], str) and isinstance(validation, list))
        and np.ndim(np.asarray(labels)) == 1
        and not (len(images) == 2 and np.ndim(images[1]) == 0 and not is_file(images[1]))
    )


def _describe(dataset: Any) -> Items:
    """Return what a dataset says of itself; a part of one is described by the whole."""
    whole, places = dataset, list(range(len(dataset)))
    while hasattr(whole, "dataset") and hasattr(whole, "indices"):
        indices = list(whole.indices)
        places, whole = [indices[place] for place in places], whole.dataset
    root = getattr(whole, "root", None)
    listed = getattr(whole, "samples", None) or getattr(whole, "imgs", None) or ()
    names: tuple[str, ...] = ()
    if listed and len(listed) == len(whole) and isinstance(listed[0], tuple):
        names = _relative([str(listed[place][0]) for place in places], root)
    kind = type(whole).__name__ if type(whole).__module__ != "builtins" else OWN
    known = f"{Path(str(root)).name} ({kind})" if root else kind
    return Items(dataset, known, _class_names(whole), names, _find_transform(dataset))


def _class_names(dataset: Any) -> tuple[str, ...]:
    classes = getattr(dataset, "classes", None)
    if classes is None:  # Hugging Face's
        features = getattr(dataset, "features", None) or {}
        named = (features[key] for key in LABEL_KEYS if key in features)
        classes = next((one.names for one in named if hasattr(one, "names")), ())
    if not isinstance(classes, Sequence):
        return ()
    # torchvision's ImageNet gives each class's synonyms.
    return tuple(", ".join(one) if isinstance(one, tuple) else str(one) for one in classes)


def _find_transform(dataset: Any) -> object:
    """Return the transform of a dataset, or of the one that it is a part of."""
    while dataset is not None:
        transform = getattr(dataset, "transform", None)
        if transform is not None and not callable(getattr(dataset, "with_transform", None)):
            return transform
        dataset = getattr(dataset, "dataset", None)
    return None


def _name_paths(paths: list[str]) -> tuple[tuple[str, ...], str]:
    """Return the images' names below the folder that they share, and that folder's name."""
    if not paths:
        return (), OWN
    folder = commonpath([str(Path(path).absolute().parent) for path in paths])
    return _relative(paths, folder), Path(folder).name or OWN


def _relative(paths: list[str], root: Any) -> tuple[str, ...]:
    found = []
    for path in paths:
        own = Path(path).absolute()
        base = Path(str(root)).absolute() if root else own.parent
        found.append(own.relative_to(base).as_posix() if own.is_relative_to(base) else own.name)
    return tuple(map(readable_name, found))


def _split(item: Any) -> tuple[Any, Any]:
    if isinstance(item, Mapping):
        image = next((item[key] for key in IMAGE_KEYS if key in item), None)
        label = next((item[key] for key in LABEL_KEYS if key in item), None)
        if image is None or label is None:
            raise UserError(
                f"A validation item has the keys {', '.join(map(str, item))}; the image must be "
                f"under one of {', '.join(IMAGE_KEYS)}, the label under one of "
                f"{', '.join(LABEL_KEYS)}."
            )
        return image, label
    if isinstance(item, tuple | list) and len(item) >= 2:
        return item[0], item[1]
    raise UserError(
        f"A validation item must be (image, label) or a dict; this is a {type(item).__name__}."
    )


def _read_label(label: Any, classes: tuple[str, ...]) -> int:
    if isinstance(label, str) and label in classes:
        return classes.index(label)
    if isinstance(label, str):
        among = f"it must be one of the {len(classes)} classes: {list_names(classes, 10)}"
        raise UserError(
            f"A validation image has the label {show(label)!r}; "
            f"{among if classes else 'give the names of the classes with classes='}."
        )
    value = np.asarray(label.cpu() if isinstance(label, Tensor) else label)
    if value.size != 1 or value.dtype.kind not in "iub":
        raise UserError(f"A validation label must be a whole number, not {label!r:.60}.")
    return int(value.reshape(()))


def is_file(image: Any) -> bool:
    """Whether an image is given as a file's path."""
    return isinstance(image, str | Path)


def is_prepared(image: Any) -> bool:
    """Whether an image is a network's input already, in floating point."""
    if isinstance(image, Tensor):
        return image.is_floating_point()
    return isinstance(image, np.ndarray) and image.dtype.kind == "f"


def is_raw(image: Any) -> bool:
    """Whether an image is pixels that no network has been prepared for."""
    return isinstance(image, Image.Image | np.ndarray | Tensor) and not is_prepared(image)
