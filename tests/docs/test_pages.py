"""The documentation says what the program has."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli.main import COMMANDS
from saliencnn.checks.table import CHECKS
from saliencnn.saliency import METHODS
from saliencnn.store.runs import read_run
from tests.docs.pages import PAGES, ROOT, blocks
from tests.helpers.stores import new_store


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    reference = (tmp_path / "reference" / "library" / "index.html").read_text()
    assert 'id="saliencnn.explain"' in reference


def test_every_method_has_a_row() -> None:
    text = (ROOT / "docs" / "guides" / "methods.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    assert rows == {name: method.label for name, method in METHODS.items()}


def test_every_check_has_a_row_with_its_thresholds() -> None:
    text = (ROOT / "docs" / "guides" / "checks.md").read_text()
    table = text[text.index("\n| ") :].strip().split("\n\n")[0]
    rows = [re.split(r" *\| *", line)[1:-1] for line in table.splitlines()]
    found = {row[0]: tuple(row[3:6]) for row in rows[2:]}
    assert found == {check.label: (*check.thresholds, check.source) for check in CHECKS.values()}


def test_every_command_has_a_row() -> None:
    text = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    assert set(re.findall(r"^\| `saliencnn (\w+)", text, re.MULTILINE)) == set(COMMANDS)


def test_percentages_are_written_in_one_way() -> None:
    """As Python's format writes them: the sign follows the number at once."""
    code = (p for one in ("app", "pipelines", "saliencnn") for p in (ROOT / one).rglob("*.py"))
    apart = [page for page in (*PAGES, *code) if re.search(r"\d %(?! [0-9(])", page.read_text())]
    assert not apart


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_are_there(page: Path) -> None:
    text = page.read_text()
    named = re.findall(r"`((?:saliencnn|pipelines|app|tests|docs)/[\w./-]+)`", text)
    for path in named:
        if "NAME" not in path:
            assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / link).exists(), link


def test_what_contributing_names_is_there() -> None:
    """Each row names at most three files, and the tables that it speaks of exist."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    tables = {
        "METHODS": "saliencnn/saliency/methods.py",
        "ARCHITECTURES": "saliencnn/models/architectures.py",
        "CHECKS": "saliencnn/checks/table.py",
        "MAP_MEASURES": "saliencnn/measures/map_measures.py",
        "MEASURES": "saliencnn/measures/similarity.py",
    }
    for name, path in tables.items():
        assert f"`{name}`" in text
        assert re.search(rf"^{name}\b", (ROOT / path).read_text(), re.MULTILINE), path


def test_python_blocks_run() -> None:
    """Those of one page after the other, as a reader would enter them."""
    page = ROOT / "docs" / "tutorials" / "own-network.md"
    known: dict[str, object] = {}
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), known)
    assert set(known["maps"]) == {"gradcam", "layercam", "gradxinput"}  # type: ignore[call-overload]
    methods = ROOT / "docs" / "guides" / "methods.md"
    for text in blocks(methods, "python"):
        exec(compile(text, str(methods), "exec"), {})


def test_the_loop_of_the_tutorial_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_store(tmp_path).uri)
    page = ROOT / "docs" / "tutorials" / "own-loop.md"
    known: dict[str, Any] = {}
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), known)
    run = read_run(known["run"].store, known["run"].run_id)
    assert (run.status, run.epoch) == ("finished", 2)
    assert run.hyperparameters == {"learning_rate": "0.1"}
