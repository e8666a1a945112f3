"""Images in folders, one for each class."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import count, list_names, show
from saliencnn.data.image_files import Folder, follow_links, report_left_out, same_name, scan_folder
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.layout import FIND_OUT, Choice, Layout, find_layout
from saliencnn.data.sibling_folders import take_siblings
from saliencnn.data.splitting import VALIDATION_FRACTION, draw_validation

Classes = dict[str, list[Path]]
"""The images of each class, by its name in Unicode's composed form (NFC)."""


def read_folder(
    root: Path,
    validation_fraction: float = VALIDATION_FRACTION,
    seed: int = 0,
    choice: Choice = FIND_OUT,
) -> ImageSet:
    """Read an image set whose folders are its classes.

    Where the root holds folders named like splits (see ``find_layout``), these hold the classes.
    Otherwise a hash of the seed and of each image's path below the root splits every class, so
    that adding images moves no others, except where a class would else be without an image to
    learn from or to measure with. A test split beside the two others stays apart; for folders of
    masks and of counterfactual images see ``take_siblings``.

    Folders inside a class folder belong to the class; links to folders there are not followed.
    Images are not opened. Whatever is left out is counted in the notes.

    Args:
        root: the folder.
        validation_fraction: probability, between 0 and 1, that an image goes to validation.
        seed: another seed, another split.
        choice: which folders are the splits, for layouts that can be read in two ways.

    Raises:
        UserError: the root is not a folder, its layout can be read in two ways, there are fewer
            than two classes with images, no class can be both learned and measured, a folder
            cannot be listed, or the fraction is out of its bounds.
    """
    if not os.path.isdir(root):
        kind = "is not a folder" if os.path.exists(root) else "does not exist"
        where = show(root, 120)
        raise UserError(f"{where} {kind}; an image set is a folder with a folder for each class.")
    tree, beside = take_siblings(follow_links(scan_folder(root)))
    layout = find_layout(tree, choice)
    learned, notes = _find_classes(layout.train)
    if len(learned) < 2:
        raise _lacks_classes(layout, learned)
    notes = (*layout.notes, *notes)
    sides = [layout.train]
    if layout.validation is None:
        split = _set_aside(root, learned, validation_fraction, seed)
    else:
        sides.append(layout.validation)
        measured, more = _find_classes(layout.validation)
        notes = (*notes, *(note for note in more if note not in notes))
        split = _take_split(root, layout, learned, measured)
    notes = (*notes, *split.notes)
    test: tuple[Sample, ...] = ()
    if layout.test is not None:
        sides.append(layout.test)
        test, more = _measure_also(root, layout, layout.test, learned)
        notes = (*notes, *more)
    counterfactual: tuple[Sample, ...] = ()
    for folder in beside.counterfactual:
        sides.append(folder)
        found, more = _measure_also(root, layout, folder, learned)
        counterfactual, notes = (*counterfactual, *found), (*notes, *more)
    train, validation, test = map(beside.add_masks, (split.train, split.validation, test))
    notes = (*notes, *beside.report_masks((*train, *validation, *test)))
    notes = (*notes, *report_rest([*layout.around, *sides], sides))
    name = root.resolve().name
    return ImageSet(name, tuple(learned), train, validation, counterfactual, test, notes)


@dataclass(frozen=True)
class _Split:
    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    notes: tuple[str, ...]


def _find_classes(side: Folder) -> tuple[Classes, tuple[str, ...]]:
    """Return the classes of a split that have images, sorted, and notes about their names."""
    classes: Classes = {}
    for folder in side.folders:
        if folder.all_images:
            classes.setdefault(same_name(folder.name), []).extend(folder.all_images)
    spellings = Counter(same_name(f.name) for f in side.folders if f.all_images)
    notes = []
    if twice := [name for name, count in spellings.items() if count > 1]:
        notes.append(
            f"Folders that only differ in how accents are stored are one: {list_names(twice)}."
        )
    folded = Counter(name.casefold() for name in classes)
    if alike := [name for name in classes if folded[name.casefold()] > 1]:
        notes.append(
            f"Classes that only differ in upper and lower case are two: {list_names(alike)}."
        )
    return dict(sorted(classes.items())), tuple(notes)


def _take_split(root: Path, layout: Layout, learned: Classes, measured: Classes) -> _Split:
    """Measure with a split's own images, of the classes that are learned."""
    assert layout.validation is not None
    validation, notes = _match_classes(root, layout, layout.validation, learned, measured)
    if not validation:
        learning, held_out = (show(side.name, 30) for side in (layout.train, layout.validation))
        here, there = list_names([*measured], 2) or "none", list_names([*learned], 2)
        raise UserError(
            f"{show(root, 50)} has no class in {held_out}/ ({here}) that is in {learning}/ "
            f"({there}); a class must have the same name in both."
        )
    shown = {sample.label for sample in validation}
    if unmeasured := [name for label, name in enumerate(learned) if label not in shown]:
        notes = (*notes, f"No validation image shows {list_names(unmeasured)}.")
    train = tuple(
        _label(root, path, label)
        for label, name in enumerate(learned)
        for path in sorted(learned[name])
    )
    return _Split(train, validation, notes)


def _measure_also(
    root: Path, layout: Layout, side: Folder, learned: Classes
) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
    """Return a further split's images of the classes that are learned, and notes."""
    classes, _ = _find_classes(side)
    return _match_classes(root, layout, side, learned, classes)


def _match_classes(
    root: Path, layout: Layout, side: Folder, learned: Classes, measured: Classes
) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
    """Return a split's images of the classes that are learned, and notes about the others."""
    learning, held_out = (show(folder.name, 30) for folder in (layout.train, side))
    folded: dict[str, list[str]] = {}
    for name in learned:
        folded.setdefault(name.casefold(), []).append(name)
    meant: dict[str, str] = {}
    for name in measured:
        alike = folded.get(name.casefold(), [])
        if name in learned or len(alike) == 1:
            meant[name] = name if name in learned else alike[0]
    notes = []
    if respelled := [f"{name} as {known}" for name, known in meant.items() if name != known]:
        notes.append(f"Folders of {held_out}/ in other case were taken: {list_names(respelled)}.")
    if unlearned := [name for name in measured if name not in meant]:
        images = sum(len(measured[name]) for name in unlearned)
        what = count(len(unlearned), "class", "classes")
        counted = count(images, "image", "images")
        notes.append(
            f"Left out, as {learning}/ has no such class: {what} of {held_out}/ with {counted}, "
            f"{list_names(unlearned)}."
        )
    paths: Classes = {}
    for name, known in meant.items():
        paths.setdefault(known, []).extend(measured[name])
    samples = tuple(
        _label(root, path, label)
        for label, name in enumerate(learned)
        for path in sorted(paths.get(name, ()))
    )
    return samples, tuple(notes)


def _set_aside(root: Path, classes: Classes, validation_fraction: float, seed: int) -> _Split:
    """Draw from each class the images to measure with; a single image is learned from."""
    single = [name for name, paths in classes.items() if len(paths) == 1]
    if len(single) == len(classes):
        why = "a class needs 2 or more to be learned and measured"
        raise UserError(f"{show(root)} has only one image of each class; {why}.")
    samples = [_label(root, p, label) for label, name in enumerate(classes) for p in classes[name]]
    names, labels = [s.name for s in samples], [s.label for s in samples]
    held_out = draw_validation(names, labels, validation_fraction, seed)
    train = tuple(sample for sample in samples if sample.name not in held_out)
    validation = tuple(sample for sample in samples if sample.name in held_out)
    notes = []
    if single:
        what = count(len(single), "class has", "classes have")
        notes.append(
            f"{what} one image, to learn from and not to measure with: {list_names(single)}."
        )
    return _Split(train, validation, tuple(notes))


def _label(root: Path, path: Path, label: int) -> Sample:
    return Sample(path.relative_to(root).as_posix(), label, path)


def report_rest(levels: Sequence[Folder], sides: Sequence[Folder]) -> tuple[str, ...]:
    """Return notes about everything that was looked at and is no image of a class.

    Args:
        levels: the folders around the class folders.
        sides: those of them that hold the class folders.
    """
    notes = []
    if loose := sum(len(level.images) for level in levels):
        what = count(loose, "image that lies", "images that lie")
        notes.append(f"Left out: {what} in no class folder.")
    empty = [f for level in levels for f in level.folders if not f.all_images]
    if empty:
        names = list(dict.fromkeys(folder.name for folder in empty))
        what = count(len(empty), "folder without images was", "folders without images were")
        notes.append(f"{what} left out: {list_names(names)}.")
    read = [f for side in sides for f in side.folders if f not in empty]
    return (*notes, *report_left_out(levels, (*empty, *read)))


def _lacks_classes(layout: Layout, classes: Classes) -> UserError:
    folder = layout.train
    found = f"only one class folder, {list_names([*classes])}" if classes else "no class folder"
    others = " ".join(report_left_out([folder], folder.folders))
    return UserError(
        f"{show(folder.path)} has {found} with images in it; there must be one for each of 2 or "
        f"more classes, or train/ and val/ with such folders. {others}".strip()
    )
