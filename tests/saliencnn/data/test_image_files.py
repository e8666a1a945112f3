"""One rule for what counts as an image, whichever command looks."""

import os
from pathlib import Path

import pytest

from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.folder import read_folder
from saliencnn.data.image_files import find_images, list_folders
from saliencnn.data.labelled import read_labelled

PETS = ClassSet("pets", ("cat", "dog"))
OWN = ("a.jpg", "b.PNG", "deep/c.webp", "deep/er/d.tiff", "_e.gif", "MACOSX/f.bmp")
OTHERS = (
    ".hidden.jpg",
    "._a.jpg",
    ".thumbs/a.png",
    ".ipynb_checkpoints/a-checkpoint.png",
    "deep/.cache/deeper/a.png",
    "__MACOSX/a.jpg",
    "deep/__MACOSX/._c.webp",
    "@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg",
    "$RECYCLE.BIN/a.jpg",
    "Thumbs.db",
    "notes.txt",
)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def relative(paths: list[Path], root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in paths}


def test_only_a_persons_own_images_count(tmp_path: Path) -> None:
    touch(tmp_path, *OWN, *OTHERS)
    (tmp_path / "folder.jpg").mkdir()
    assert relative(find_images(tmp_path), tmp_path) == set(OWN)
    flat = {name for name in OWN if "/" not in name}
    assert relative(find_images(tmp_path, deep=False), tmp_path) == flat


def test_training_and_evaluation_see_the_same_images(tmp_path: Path) -> None:
    root = tmp_path / ".cache" / "pets"  # what lies above the folder does not matter
    for name in PETS.classes:
        touch(root / name, *OWN, *OTHERS)
    for name in (".git", "__MACOSX", ".ipynb_checkpoints", "@eaDir"):
        touch(root, f"{name}/a.jpg", f"{name}/cat/._a.jpg")
    touch(root, ".b.png")
    trained, evaluated = read_folder(root), read_labelled(str(root), PETS)
    names = {sample.name for sample in (*trained.train, *trained.validation)}
    assert names == {f"{pet}/{name}" for pet in PETS.classes for name in OWN}
    assert {sample.name for sample in evaluated.samples} == names
    assert trained.classes == PETS.classes
    assert evaluated.notes == ()


@pytest.mark.parametrize("name", OTHERS[:-1])
def test_a_flat_folder_has_no_hidden_images_either(tmp_path: Path, name: str) -> None:
    touch(tmp_path, "a.jpg", name)
    (tmp_path / "labels.txt").write_text(f"a.jpg 0\n{name} 1\n{Path(name).name} 1\n")
    if Path(name).name == "a.jpg":
        with pytest.raises(UserError, match=r"gives a\.jpg two classes, 0 and 1"):
            read_labelled(str(tmp_path), PETS)
    else:
        assert [s.name for s in read_labelled(str(tmp_path), PETS).samples] == ["a.jpg"]


def test_links_upwards_are_no_folders_of_it(tmp_path: Path) -> None:
    touch(tmp_path / "pets", "cat/a.jpg", "dog/b.jpg")
    (tmp_path / "pets" / "all").symlink_to(tmp_path / "pets")
    assert [p.name for p in list_folders(tmp_path / "pets")] == ["cat", "dog"]
    found = read_labelled(str(tmp_path / "pets"), PETS)
    assert [s.name for s in found.samples] == ["cat/a.jpg", "dog/b.jpg"]


def test_a_folder_that_cannot_be_listed_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "cat/a.jpg")

    def deny(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", deny)
    with pytest.raises(UserError, match=r"cat cannot be listed \(Permission denied\)"):
        find_images(tmp_path / "cat")
