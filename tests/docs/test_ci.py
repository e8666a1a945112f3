"""What a machine lacks is a skip with its reason, but a failure where CI runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LONG_FILES

NEEDY = """
from tests.browser.conftest import browser
from tests.conftest import test_data

def test_images(test_data): ...
def test_page(browser): ...
"""
REASONS = ("SALIENCNN_TEST_DATA is not set", "Chromium is not installed")


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_skip_for_lack_of_data_or_browser_fails_in_ci(tmp_path: Path, ci: str) -> None:
    (tmp_path / "test_needy.py").write_text(NEEDY)
    lacking = {"SALIENCNN_TEST_DATA", "CI"}
    environment = {k: v for k, v in os.environ.items() if k not in lacking}
    environment |= {"PATH": "/nowhere", "CI": ci, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == (1 if ci else 0), done.stdout[-2000:]
    assert ("2 errors" if ci else "2 skipped") in done.stdout
    for reason in REASONS:
        assert reason in done.stdout


@pytest.mark.parametrize("name", LONG_FILES)
def test_a_file_that_runs_first_is_there(name: str) -> None:
    assert (Path(__file__).parents[1] / name).is_file()
