"""One rule for what counts as an image, whichever command looks."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.folder import read_folder
from saliencnn.data.image_files import (
    ENDINGS,
    MAX_DEPTH,
    SUFFIXES,
    Folder,
    follow_links,
    report_left_out,
    scan_folder,
)
from saliencnn.data.labelled import read_labelled
from saliencnn.data.opening import FORMATS

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


def relative(paths: Iterable[Path], root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in paths}


def test_only_a_persons_own_images_count(tmp_path: Path) -> None:
    touch(tmp_path, *OWN, *OTHERS)
    (tmp_path / "folder.jpg").mkdir()
    found = scan_folder(tmp_path)
    assert relative(found.all_images, tmp_path) == set(OWN)
    assert relative(found.images, tmp_path) == {name for name in OWN if "/" not in name}
    (note,) = report_left_out([], [found])
    assert "1 .txt, 10 hidden or system files" in note


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
    (left_out,) = evaluated.notes
    assert "2 .txt" in left_out
    assert left_out in trained.notes or "hidden" in left_out


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
    found = follow_links(scan_folder(tmp_path / "pets"))
    assert [folder.name for folder in found.folders] == ["cat", "dog"]
    assert found.left_out == {"links upwards": 1}
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
        scan_folder(tmp_path / "cat")


def test_there_are_endings_for_every_format_that_is_decoded() -> None:
    assert set(ENDINGS) <= {*FORMATS, "DICOM"}
    assert {ending for ending in SUFFIXES if ending != ending.lower()} == set()


KINDS = ("a.jpg", "b.heic", "c", "d.tar.gz", ".e.png", "Thumbs.db", "f.JFIF", "g.\n", "h. .png")


@given(
    st.dictionaries(
        st.lists(st.sampled_from(["x", "y", "__MACOSX", ".z"]), max_size=3).map(tuple),
        st.sets(st.sampled_from(KINDS), min_size=1),
        min_size=1,
    )
)
def test_every_file_is_an_image_or_counted(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[tuple[str, ...], set[str]]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for folders, files in tree.items():
        touch(root.joinpath(*folders), *files)
    found = scan_folder(root)

    def count(folder: Folder) -> int:
        below = sum(count(inner) for inner in folder.folders)
        return below + len(folder.images) + sum(folder.left_out.values()) + folder.system

    system = {"__MACOSX", ".z"}
    tops = {  # of a hidden folder the folder itself counts, once
        folders[: next((i + 1 for i, name in enumerate(folders) if name in system), None)]
        for folders in tree
    }
    hidden = {folders for folders in tops if folders and folders[-1] in system}
    seen = [files for folders, files in tree.items() if not system & set(folders)]
    assert count(found) == sum(map(len, seen)) + len(hidden)
    assert {p.suffix.lower() for p in found.all_images} <= set(SUFFIXES)


def test_entries_that_are_no_files_are_counted(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere", "a.jpg")
    touch(tmp_path / "set", "a.jpg")
    (tmp_path / "set" / "broken.jpg").symlink_to(tmp_path / "gone.jpg")
    (tmp_path / "set" / "loop.jpg").symlink_to(tmp_path / "set" / "loop.jpg")
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "set" / "pipe.jpg")
    found = scan_folder(tmp_path / "set")
    assert relative(found.all_images, tmp_path) == {"set/a.jpg"}
    (note,) = report_left_out([], [found])
    for said in ("2 links to nothing", "1 no regular file", "1 links to folders"):
        assert said in note
    followed = follow_links(found)
    assert relative(followed.all_images, tmp_path) == {"set/a.jpg", "set/linked/a.jpg"}


def test_a_tree_without_end_ends(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * (MAX_DEPTH + 3))
    touch(deep, "a.jpg")
    found = scan_folder(tmp_path)
    assert found.all_images == ()
    assert f"1 folders deeper than {MAX_DEPTH}" in report_left_out([], [found])[0]
