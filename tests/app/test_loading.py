"""What the dashboard loads before anybody looks at it."""

import ast
import gc
import sys
from pathlib import Path

import pytest

import app
from app.loading import load_pages

FOLDER = Path(app.__file__).parent
SCRIPTS = [FOLDER / "main.py", *sorted((FOLDER / "views").glob("[!_]*.py"))]


def test_whatever_a_page_imports_is_loaded_before(capfd: pytest.CaptureFixture[str]) -> None:
    load_pages()
    gc.unfreeze()
    assert len(SCRIPTS) > 7
    for script in SCRIPTS:
        for line in ast.parse(script.read_text()).body:
            if isinstance(line, ast.ImportFrom):
                assert line.module in sys.modules, script.name
    assert "No runtime found" not in capfd.readouterr().err
