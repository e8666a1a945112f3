"""Folders beside an image set's own: masks of its images, and images whose shortcut is broken."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saliencnn.common.sentences import count, list_names
from saliencnn.data.image_files import Folder, same_name
from saliencnn.data.imageset import Sample

MASKS = ("masks", "mask")
COUNTERFACTUAL = ("counter", "counterfactual")
MAX_DEPTH = 4
"""Folders in folders in which they are looked for."""
MIRRORED = 0.5
"""Fraction of a folder's images that must be called like images beside it to count as masks."""
_ENDING = re.compile(r"[-_. ](?:mask|seg|segmentation)$", re.IGNORECASE)


@dataclass(frozen=True)
class SiblingFolders:
    """What lies beside an image set.

    Attributes:
        masks: path of an image below the root, without its ending -> its mask.
        counterfactual: folders that hold class folders.
    """

    masks: Mapping[str, Path]
    counterfactual: tuple[Folder, ...] = ()

    def add_masks(self, samples: Sequence[Sample]) -> tuple[Sample, ...]:
        """Give images their masks."""
        if not self.masks:
            return tuple(samples)
        found = ((sample, self.masks.get(_stem(Path(sample.name)))) for sample in samples)
        return tuple(replace(s, object_mask=mask) if mask else s for s, mask in found)

    def report_masks(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        """Return notes about masks: how many images have one, and masks of no image.

        Args:
            samples: all images, with their masks.
        """
        if not self.masks:
            return ()
        used = {sample.object_mask for sample in samples if isinstance(sample.object_mask, Path)}
        notes = [f"{len(used):,} of {count(len(samples), 'image has', 'images have')} a mask."]
        if spare := [path.name for path in self.masks.values() if path not in used]:
            notes.append(f"Masks of no image: {len(spare):,} ({list_names(spare)}).")
        return tuple(notes)


def take_siblings(root: Folder) -> tuple[Folder, SiblingFolders]:
    """Part an image set's folders from those beside them.

    A folder called ``masks`` holds masks if its images are called like images beside it, in folders
    of the same names, of which those of splits may be left out; one called ``counter`` or
    ``counterfactual`` holds images whose shortcut is broken if its folders are called like classes
    beside it. So a class may have these names.

    Args:
        root: as it was scanned.
    """
    masks: dict[str, Path] = {}
    counterfactual: list[Folder] = []
    rest = _part(root, root, masks, counterfactual, 0)
    return rest, SiblingFolders(masks, tuple(counterfactual))


def _part(
    folder: Folder,
    root: Folder,
    masks: dict[str, Path],
    counterfactual: list[Folder],
    depth: int,
) -> Folder:
    kept = []
    for below in folder.folders:
        others = [other for other in folder.folders if other is not below]
        name = below.name.casefold()
        if name in MASKS and (found := _match_masks(below, folder, others)):
            where = folder.path.relative_to(root.path)
            masks |= {(where / stem).as_posix(): path for stem, path in found.items()}
        elif name in COUNTERFACTUAL and _are_classes(below, others):
            counterfactual.append(below)
        else:
            deeper = depth < MAX_DEPTH
            part = _part(below, root, masks, counterfactual, depth + 1) if deeper else below
            kept.append(part)
    return folder if len(kept) == len(folder.folders) == 0 else replace(folder, folders=tuple(kept))


def _match_masks(below: Folder, folder: Folder, others: Sequence[Folder]) -> dict[str, Path]:
    """Return image -> mask, with masks of no image; nothing where they are no masks.

    Beside several folders, the splits, a mask in a class's folder is that of the one image whose
    path ends as its own does.
    """
    images = (*folder.images, *(path for other in others for path in other.all_images))
    named = {_stem(path.relative_to(folder.path)) for path in images}
    ends: dict[str, list[str]] = {}
    for stem in named if len(others) > 1 else ():
        parts = stem.split("/")
        for start in range(1, len(parts) - 1):
            ends.setdefault("/".join(parts[start:]), []).append(stem)
    found = {}
    for path in below.all_images:
        stem = _stem(path.relative_to(below.path))
        meant = [stem] if stem in named else ends.get(stem, [])
        found[meant[0] if len(meant) == 1 else stem] = path
    return found if len(named & {*found}) >= MIRRORED * len(found) else {}


def _are_classes(below: Folder, others: Sequence[Folder]) -> bool:
    beside = {inner.name for other in others for inner in (other, *other.folders)}
    return not below.images and any(f.name in beside and f.has_images for f in below.folders)


def _stem(path: Path) -> str:
    return _ENDING.sub("", same_name(path.with_suffix("").as_posix()))
