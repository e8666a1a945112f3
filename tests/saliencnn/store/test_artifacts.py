import pytest
import requests

from saliencnn.store.artifacts import (
    MissingArtifact,
    delete_folder,
    list_files,
    location_of,
    read_bytes,
    write_files,
)
from saliencnn.store.connection import Store
from saliencnn.store.runs import start_run

CONTENT = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def location(any_store: Store) -> str:
    """Where a run keeps two files."""
    found = location_of(any_store, start_run(any_store, "artifacts", {}))
    write_files(any_store, found, {"a.bin": CONTENT, "empty.bin": b""}, "folder/0001")
    return found


@pytest.mark.parametrize(
    "span", [None, (0, 1), (0, len(CONTENT)), (1000, 1007), (len(CONTENT) - 3, len(CONTENT))]
)
def test_reading_gives_the_bytes_asked_for(
    any_store: Store, location: str, span: tuple[int, int] | None
) -> None:
    wanted = CONTENT if span is None else CONTENT[slice(*span)]
    assert read_bytes(any_store, location, "folder/0001/a.bin", span) == wanted


@pytest.mark.parametrize("span", [(0, 0), (77, 77), (len(CONTENT), len(CONTENT))])
def test_an_empty_span_holds_nothing(
    any_store: Store, location: str, span: tuple[int, int]
) -> None:
    assert read_bytes(any_store, location, "folder/0001/a.bin", span) == b""


def test_an_empty_file_is_no_missing_file(any_store: Store, location: str) -> None:
    assert read_bytes(any_store, location, "folder/0001/empty.bin") == b""


@pytest.mark.parametrize("path", ["folder/0001/b.bin", "other/a.bin"])
@pytest.mark.parametrize("span", [None, (3, 9)])
def test_a_missing_file_is_said_to_be_missing(
    any_store: Store, location: str, path: str, span: tuple[int, int] | None
) -> None:
    with pytest.raises(MissingArtifact):
        read_bytes(any_store, location, path, span)


def test_only_the_span_travels(server_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    place = location_of(server_store, start_run(server_store, "span", {}))
    write_files(server_store, place, {"a.bin": CONTENT}, "")
    answers: list[requests.Response] = []
    send = requests.adapters.HTTPAdapter.send

    def watch(*arguments, **options):  # type: ignore[no-untyped-def]
        answers.append(send(*arguments, **options))
        return answers[-1]

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", watch)
    assert read_bytes(server_store, place, "a.bin", (500, 530)) == CONTENT[500:530]
    assert [(answer.status_code, len(answer.content)) for answer in answers] == [(206, 30)]


def test_files_are_listed_by_name(any_store: Store, location: str) -> None:
    assert sorted(list_files(any_store, location, "folder/0001")) == ["a.bin", "empty.bin"]
    assert list_files(any_store, location, "folder") == []
    assert list_files(any_store, location, "no/such/folder") == []


def test_a_deleted_folder_is_gone_and_its_neighbour_is_not(any_store: Store) -> None:
    place = location_of(any_store, start_run(any_store, "delete", {}))
    for folder in ("x/1", "x/2"):
        write_files(any_store, place, {"f": folder.encode()}, folder)
    delete_folder(any_store, place, "x/1")
    assert list_files(any_store, place, "x/1") == []
    assert read_bytes(any_store, place, "x/2/f") == b"x/2"
