"""Which folders of an image set are its splits and which its classes, in the forms people have.

A folder counts as a split by its name, in any usual spelling, and only where the folders in it can
be classes. Whatever is not in the plain form is said in a note; whatever can be read in two ways is
refused, in a sentence that says how to choose.
"""

from dataclasses import dataclass
from typing import NoReturn

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_names, show
from saliencnn.data.image_files import Folder, follow_links, same_name
from saliencnn.data.split_names import PLAIN, Role, find_roles, is_filler, names_no_class

MAX_WRAPPERS = 4
"""Folders around the folders of classes that are looked through."""
MAX_STRAY = 0.05
"""Fraction of a folder's images that may lie right in it where its folders are the classes."""
_HOW_TO_CHOOSE = "add ,train=SUB,validation=SUB for splits, or ,split=none if folders are classes"


@dataclass(frozen=True)
class Choice:
    """What a person said of the layout; empty for what is to be found out.

    Attributes:
        train: the training split's folder, as a path below the image set's.
        validation: the validation split's folder, likewise.
        no_split: whether folders are classes, whatever they are called.
    """

    train: str = ""
    validation: str = ""
    no_split: bool = False


FIND_OUT = Choice()


@dataclass(frozen=True)
class Layout:
    """Where an image set's classes lie.

    Attributes:
        train: the folder whose folders are the classes to learn.
        validation: the folder whose folders are the classes to measure with, or None where a part
            of the training images is to be set aside.
        around: the folders around these, whose own images are in no class.
        notes: what was taken for what.
        test: the folder whose folders are the classes to measure with once, at the end.
    """

    train: Folder
    validation: Folder | None = None
    around: tuple[Folder, ...] = ()
    notes: tuple[str, ...] = ()
    test: Folder | None = None


def find_layout(root: Folder, choice: Choice = FIND_OUT) -> Layout:
    """Find an image set's splits and classes.

    Args:
        root: the image set's folder, as it was scanned.
        choice: what a person said.

    Raises:
        UserError: it can be read in two ways, it is named like splits but built otherwise, or a
            folder that was chosen is not there.
    """
    root = follow_links(root)
    if choice.train or choice.validation:
        return _take_chosen(root, choice)
    around = _unwrap(root)
    top = around[-1]
    note = f"The classes were looked for in {_below(top, root)}/."
    notes = (note,) if top is not root else ()
    if choice.no_split:
        return Layout(top, None, around[:-1], notes)
    roles = find_roles([folder.name for folder in _full(top)])
    named = {folder: role for folder in _full(top) if (role := roles.get(folder.name))}
    if len(set(named.values())) > 1:
        return _take_splits(root, around, named, notes)
    if named and (only := _take_training_alone(root, around, named, notes)):
        return only
    _refuse_twins(root, top)
    unclear = [folder.name for folder in _full(top) if names_no_class(folder.name)]
    if unclear and len(_full(top)) > 1:
        _refuse(root, f"has {unclear[0]}/, which is no class's name, beside other folders")
    if not named:
        return Layout(top, None, around[:-1], notes)
    (alone,) = named  # a class of vehicles, say
    note = f"{show(alone.name, 60)}/ was taken for a class, as images lie right in it."
    return Layout(top, None, around[:-1], (*notes, note))


def _take_chosen(root: Folder, choice: Choice) -> Layout:
    if not choice.train:
        raise UserError("validation=SUB names a split; name the other one too, with train=SUB.")
    train, *parts = (_descend(root, path) for path in (choice.train, choice.validation) if path)
    held_out = parts[0] if parts else None
    if held_out and any(
        one.path.is_relative_to(other.path) for one, other in ((train, held_out), (held_out, train))
    ):
        raise UserError("train=SUB and validation=SUB must be two folders, neither in the other.")
    return Layout(train, held_out)


def _descend(root: Folder, path: str) -> Folder:
    place = root
    for part in path.replace("\\", "/").strip("/").split("/"):
        below = {folder.name: folder for folder in follow_links(place).folders}
        if part not in below:
            there = list_names([*below]) or "none"
            _refuse(place, f"has no folder {show(part, 40)!r}; there are: {there}")
        place = below[part]
    return follow_links(place)


def _take_splits(
    root: Folder, around: tuple[Folder, ...], named: dict[Folder, Role], notes: tuple[str, ...]
) -> Layout:
    """Take folders that are named like two splits or more."""
    top = around[-1]
    by_role: dict[Role, list[Folder]] = {"train": [], "validation": [], "test": []}
    for folder, role in named.items():
        by_role[role].append(folder)
    for role, folders in by_role.items():
        if len(folders) > 1 and not (role == "test" and by_role["validation"]):
            names = list_names([folder.name for folder in folders])
            _refuse(root, f"has {len(folders)} folders named like a {role} split, {names}")
    if not by_role["train"]:
        names = list_names([folder.name for folder in named])
        _refuse(root, f"has {names} but no training split beside them")
    train = by_role["train"][0]
    if not _holds_classes(train):
        _refuse(root, f"has images right in {train.name}/, which needs a folder for each class")
    held_out = (by_role["validation"] or by_role["test"])[0]
    if not _holds_classes(held_out):
        if by_role["validation"]:
            lack = f"{held_out.name}/, which needs a folder for each class, or must be moved away"
            _refuse(root, f"has images right in {lack}")
        return _set_aside(root, around, train, notes)
    sides = tuple(_inner(side) for side in (train, held_out))
    taken = [f"{_below(side, root)}/" for side in sides]
    if {train.name, held_out.name} - PLAIN or any(name.count("/") > 1 for name in taken):
        notes += (f"{taken[0]} was taken for the training split, {taken[1]} for validation.",)
    if named[held_out] == "test":
        notes += (
            f"{show(held_out.name, 60)}/ serves as the validation split, as there is no other.",
        )
    tests = [folder for folder in by_role["test"] if folder is not held_out]
    test = tests[0] if len(tests) == 1 and _holds_classes(tests[0]) else None
    taken_folders = [folder for folder in (train, held_out, test) if folder]
    unread = [folder.name for folder in _full(top) if folder not in taken_folders]
    if unread:
        read = " and ".join(f"{show(folder.name, 60)}/" for folder in taken_folders)
        notes += (f"Only {read} were read, not {list_names(unread)}.",)
    _refuse_twins(root, sides[0])
    inner = [*sides, *([_inner(test)] if test else [])]
    around += tuple(s for s, within in zip(taken_folders, inner, strict=True) if s is not within)
    return Layout(sides[0], sides[1], around, notes, inner[2] if test else None)


def _take_training_alone(
    root: Folder, around: tuple[Folder, ...], named: dict[Folder, Role], notes: tuple[str, ...]
) -> Layout | None:
    """Take a training split without another, or return None for a class of that name."""
    top = around[-1]
    (split, role), *more = named.items()
    others = len(_full(top)) - len(named)
    if more:
        _refuse(root, f"has {len(named)} folders named like a {role} split")
    if role == "train" and bool(others) != _holds_classes(split):
        if others:
            return None
        empty = [folder.name for folder in top.folders if not folder.has_images]
        roles = find_roles([split.name, *empty])
        if lacking := [name for name in empty if roles.get(name) == "validation"]:
            _refuse(root, f"has no image in {lacking[0]}/: fill it or delete it")
        return _set_aside(root, around, split, notes)
    beside = "beside folders that are not" if others else "and nothing else"
    _refuse(root, f"has {split.name}/, named like a {role} split, {beside}")


def _set_aside(
    root: Folder, around: tuple[Folder, ...], train: Folder, notes: tuple[str, ...]
) -> Layout:
    """Take a training split alone; a part of it is to become the validation split."""
    inner = _inner(train)
    _refuse_twins(root, inner)
    note = f"Only {_below(inner, root)}/ has class folders: a part of it is set aside to validate."
    unread = [folder.name for folder in _full(around[-1]) if folder != train]
    left = (f"Not read: {list_names(unread)}.",) if unread else ()
    outer = (*around, train) if inner is not train else around
    return Layout(inner, None, outer, (*notes, note, *left))


def _unwrap(root: Folder) -> tuple[Folder, ...]:
    """Return the folders from the root to the one in which there is more than one to read."""
    chain: tuple[Folder, ...] = (root,)
    while len(full := _full(chain[-1])) == 1 and len(chain) <= MAX_WRAPPERS:
        inner = follow_links(full[0])
        within = _full(inner)
        if inner.images or not within or find_roles([inner.name]):
            break
        if len(within) == 1 and not _full(follow_links(within[0])):
            break  # the one class's own folder for its images
        chain += (inner,)
    return chain


def _inner(split: Folder) -> Folder:
    """Return where a split's classes are: in it, or in a folder in it that repeats its name."""
    split = follow_links(split)
    full = _full(split)
    if len(full) == 1 and not split.images and _repeats(full[0], split):
        inner = follow_links(full[0])
        return _inner(inner) if _full(inner) else split
    return split


def _holds_classes(split: Folder) -> bool:
    inner = _inner(split)
    full = _full(inner)
    return len(full) > 1 or any(not _repeats(folder, inner) for folder in full)


def _repeats(inner: Folder, split: Folder) -> bool:
    """Whether the name of a folder in a split says no more than the split's own."""
    if inner.name.casefold() == split.name.casefold() or is_filler(inner.name):
        return True
    role = find_roles([split.name]).get(split.name)
    return role is not None and find_roles([inner.name]).get(inner.name) == role


def _full(folder: Folder) -> list[Folder]:
    """Return the folders right in a folder that have images."""
    return [below for below in folder.folders if below.has_images]


def _refuse_twins(root: Folder, top: Folder) -> None:
    """Refuse folders that all hold the same folders: either these or those are the classes."""
    full = _full(follow_links(top))
    stray, every = sum(len(f.images) for f in full), sum(len(f.all_images) for f in full)
    if len(full) < 2 or stray > MAX_STRAY * every:
        return
    within = [
        {same_name(below.name).casefold(): below.name for below in _full(folder)} for folder in full
    ]
    common = set(within[0]).intersection(*within[1:])
    roles = [set(find_roles([*names.values()]).values()) for names in within]
    if len(common) < 2 and not all("train" in found and len(found) > 1 for found in roles):
        return
    outer = list_names([folder.name for folder in full])
    inner = list_names(sorted(within[0].values()))
    _refuse(root, f"can be read in two ways: each of {outer} holds {inner}")


def _below(folder: Folder, root: Folder) -> str:
    return show(folder.path.relative_to(root.path).as_posix(), 60)


def _refuse(folder: Folder, why: str) -> NoReturn:
    raise UserError(f"{show(folder.path, 60)} {show(why, 140)}; {_HOW_TO_CHOOSE}.")
