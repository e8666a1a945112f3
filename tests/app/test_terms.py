"""The terms that help texts explain."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import app
from pipelines.report.document import FOLDER
from saliencnn.common.terms import TERMS, define


def words_in_calls(name: str) -> Iterator[str]:
    """Words within a function's arguments, wherever a page calls it."""
    for path in Path(app.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                for argument in node.args:
                    parts = (
                        [argument.body, argument.orelse]
                        if isinstance(argument, ast.IfExp)
                        else [argument]
                    )
                    yield from (part.value for part in parts if isinstance(part, ast.Constant))


def words_in_reports() -> Iterator[str]:
    """Words that a report explains."""
    for path in FOLDER.glob("*.html"):
        yield from re.findall(r'\bterm\("([^"]+)"', path.read_text())


def test_each_term_that_a_page_explains_is_known_and_each_known_one_is_explained() -> None:
    assert {*words_in_calls("define"), *words_in_reports()} == {*TERMS}
    assert define("energy", "SSIM") == f"{TERMS['energy']} {TERMS['SSIM']}"
