"""What a run says of the code in its working directory."""

import subprocess
from pathlib import Path

import pytest

from saliencnn.common.origin import describe_origin

COMMIT, DIRTY = "mlflow.source.git.commit", "mlflow.source.git.dirty"


def git(*words: str) -> str:
    settings = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    return subprocess.run(
        ["git", *settings, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_commit_and_whether_files_differ_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> tuple[str | None, str | None]:
        origin = describe_origin()
        return origin.get(COMMIT), origin.get(DIRTY)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert found() == (None, None), "no repository"
    git("init")
    assert found() == (None, None), "no commit yet"
    settings = tmp_path / "settings.txt"
    settings.write_text("one")
    git("add", "settings.txt")
    git("commit", "--message", "Settings")
    assert found() == (git("rev-parse", "HEAD"), "False")
    (tmp_path / "results.txt").write_text("nobody added it")
    assert found()[1] == "False"
    settings.write_text("two")
    assert found() == (git("rev-parse", "HEAD"), "True")
