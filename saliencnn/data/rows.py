"""Lists of labelled images, made into an image set: one rule for tables, COCO and Hugging Face."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import count, list_names, list_some, show
from saliencnn.data.image_files import same_name
from saliencnn.data.imageset import Box, ImageSet, Sample
from saliencnn.data.masks import Mask, Outline
from saliencnn.data.split_names import Role, find_roles
from saliencnn.data.splitting import VALIDATION_FRACTION, draw_validation


@dataclass(frozen=True)
class Row:
    """One image of a list, or one object in it.

    Attributes:
        place: where it stands, for people, e.g. ``line 5``.
        name: of the image, '/' between folders; rows of one name are one image.
        label: its class in words.
        image: its file, or the content of one.
        split: which split it belongs to, as it is written; empty where that is not said.
        boxes: of its objects.
        mask: of its object.
        group: of images that must be in one split, such as those of one patient; may be empty.
    """

    place: str
    name: str
    label: str
    image: Path | bytes
    split: str = ""
    boxes: tuple[Box, ...] = ()
    mask: Mask | None = None
    group: str = ""


@dataclass(frozen=True)
class LeftOut:
    """What was left out, counted and named.

    Attributes:
        places: what it is -> where it stands.
    """

    places: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, what: str, place: str) -> None:
        """Count something that is left out.

        Args:
            what: e.g. ``rows without a label``.
            place: e.g. ``line 5``.
        """
        self.places[what].append(place)

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each kind of thing."""
        return tuple(
            f"Left out, {what}: {len(places):,} ({list_some([show(p, 40) for p in places], 3)})."
            for what, places in self.places.items()
        )


def make_image_set(
    name: str,
    source: str,
    rows: Iterable[Row],
    left_out: LeftOut,
    seed: int,
    notes: Sequence[str] = (),
) -> ImageSet:
    """Make an image set of a list's rows.

    Splits are taken as they are written. Where none is for validation, a part of the training
    images is drawn, groups as a whole; test images stay apart.

    Args:
        name: of the image set.
        source: what the list is called in sentences.
        rows: in their order.
        left_out: what was left out already; more is added.
        seed: another seed, another split.
        notes: what there is to say already.

    Raises:
        UserError: there is no training split, fewer than two classes, or nothing to measure with.
    """
    images = _join(rows, left_out)
    roles = _find_roles(images, left_out, source)
    known = [(row, roles[row.split]) for row in images if row.split in roles]
    classes = _order({row.label for row, role in known if role == "train"})
    if len(classes) < 2:
        found = count(len(classes), "class", "classes")
        what = "images to learn from" if len(set(roles.values())) > 1 else "images"
        also = " ".join(left_out.notes)
        raise UserError(f"{source} has {what} of {found}; 2 or more are needed. {also}".strip())
    labels = {label: number for number, label in enumerate(classes)}
    for row, role in known:
        if row.label not in labels:
            left_out.add(f"{role} images of classes without training images", row.place)
    sides: dict[Role, list[Row]] = {"train": [], "validation": [], "test": []}
    for row, role in known:
        if row.label in labels:
            sides[role].append(row)
    parted = [*_report_parted(sides)]
    if not sides["validation"]:
        parted += [_set_aside(sides, labels, seed, source)]
    measured = {row.label for row in sides["validation"]}
    if unmeasured := [label for label in classes if label not in measured]:
        parted.append(f"No validation image shows {list_names(unmeasured)}.")
    train, validation, test = (
        tuple(_to_sample(row, labels[row.label]) for row in sides[role])
        for role in ("train", "validation", "test")
    )
    every = (*notes, *parted, *left_out.notes)
    return ImageSet(name, classes, train, validation, test=test, notes=every)


def _join(rows: Iterable[Row], left_out: LeftOut) -> list[Row]:
    """Return one row an image: its objects together, where all of them say the same of it."""
    images: dict[str, list[Row]] = {}
    for row in rows:
        row = replace(row, label=same_name(row.label.strip()), split=row.split.strip())
        if row.label:
            images.setdefault(row.name, []).append(row)
        else:
            left_out.add("rows without a label", row.place)
    joined = []
    for name, same in images.items():
        first = same[0]
        if any(row.label != first.label for row in same):
            left_out.add("images with more than one label", name)
        elif any((row.split, row.group) != (first.split, first.group) for row in same):
            left_out.add("images in more than one split or group", name)
        else:
            boxes = tuple(dict.fromkeys(box for row in same for box in row.boxes))
            mask = next((row.mask for row in same if row.mask is not None), None)
            joined.append(replace(first, boxes=boxes, mask=mask))
    return joined


def _find_roles(images: Sequence[Row], left_out: LeftOut, source: str) -> dict[str, Role]:
    """Return which split each word means; without any words all images are to learn from."""
    words = Counter(row.split for row in images)
    if set(words) <= {""}:
        return {"": "train"}
    roles = find_roles([word for word in words if word])
    if "train" not in roles.values():
        raise UserError(
            f"{source} has no training split; its splits are {list_names([*filter(None, words)])}."
        )
    for row in images:
        if not row.split:
            left_out.add("images of no split", row.place)
        elif row.split not in roles:
            left_out.add(f"images of split {show(row.split, 30)}", row.place)
    return roles


def _order(labels: Iterable[str]) -> tuple[str, ...]:
    """Return class names in order; numbers by their size."""
    found = list(labels)
    if all(label.isdecimal() and len(label) < 10 for label in found):
        return tuple(sorted(found, key=lambda label: (int(label), label)))
    return tuple(sorted(found))


def _report_parted(sides: Mapping[Role, Sequence[Row]]) -> list[str]:
    """Return a note about groups that the list itself has in more than one split."""
    where: defaultdict[str, set[Role]] = defaultdict(set)
    for role, rows in sides.items():
        for row in rows:
            if row.group:
                where[row.group].add(role)
    parted = [group for group, roles in where.items() if len(roles) > 1]
    if not parted:
        return []
    what = count(len(parted), "group has", "groups have")
    return [f"{what} images in more than one split: {list_names(parted)}."]


def _set_aside(
    sides: dict[Role, list[Row]], labels: Mapping[str, int], seed: int, source: str
) -> str:
    """Move a part of the training images to the validation split, and say so."""
    rows = sides["train"]
    groups = [f"group {row.group}" if row.group else f"image {row.name}" for row in rows]
    held_out = draw_validation(
        groups, [labels[row.label] for row in rows], VALIDATION_FRACTION, seed
    )
    sides["train"], sides["validation"] = (
        [row for row, group in zip(rows, groups, strict=True) if (group in held_out) == out]
        for out in (False, True)
    )
    if not held_out:
        raise UserError(
            f"{source} leaves nothing to measure with: every class has only one image or group."
        )
    whole = ", groups as a whole" if any(row.group for row in rows) else ""
    part = f"{len(sides['validation']):,} of {len(rows):,} training images"
    return f"{part} were set aside to validate{whole}."


def _to_sample(row: Row, label: int) -> Sample:
    box, mask = None, row.mask
    if row.boxes:
        left, top = (min(box[i] for box in row.boxes) for i in (0, 1))
        right, bottom = (max(box[i] + box[i + 2] for box in row.boxes) for i in (0, 1))
        box = (left, top, right - left, bottom - top)
    if mask is None and len(row.boxes) > 1:
        mask = Outline(
            None,
            None,
            tuple((x, y, x + w, y, x + w, y + h, x, y + h) for x, y, w, h in row.boxes),
        )
    return Sample(row.name, label, row.image, object_box=box, object_mask=mask)
