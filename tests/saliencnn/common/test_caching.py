"""What is kept on this machine because it takes long to make."""

from pathlib import Path

import pytest

from saliencnn.common.caching import cache_folder, keep_text


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "saliencnn"


def refuse() -> str:
    raise AssertionError("it is made already")


def test_a_text_is_made_once_for_all_processes(folder: Path) -> None:
    assert keep_text("a-1.js", lambda: "ä\u2028b") == "ä\u2028b"
    assert keep_text("a-1.js", refuse) == "ä\u2028b"
    assert keep_text("a-2.js", lambda: "new") == "new"
    assert sorted(path.name for path in folder.iterdir()) == ["a-1.js", "a-2.js"]


def test_what_cannot_be_kept_or_read_is_made_again(folder: Path) -> None:
    folder.write_text("no folder")
    assert [keep_text("a", lambda: "made") for _ in range(2)] == ["made", "made"]
    folder.unlink()
    folder.mkdir()
    (folder / "a").write_bytes(b"\xff")
    assert keep_text("a", lambda: "made") == "made"
    assert keep_text("a", refuse) == "made"


def test_it_lies_in_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "saliencnn"
