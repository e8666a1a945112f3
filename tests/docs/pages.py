"""The documentation's pages and what is written as code in them."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    """Return a page's code blocks of a language, empty for those without one."""
    return [text for kind, text in _FENCE.findall(page.read_text()) if kind == language]


def commands(text: str) -> list[list[str]]:
    """Return the lines that call saliencnn, as words; comments are left out."""
    lines = (line for line in text.splitlines() if line.startswith("saliencnn "))
    return [shlex.split(line, comments=True)[1:] for line in lines]


def inline_commands(page: Path) -> list[list[str]]:
    """Return calls of saliencnn that stand within sentences."""
    prose = _FENCE.sub("", page.read_text())
    found = re.findall(r"`saliencnn ([^`]+)`", prose.replace("\\|", "|"))
    return [shlex.split(text) for text in found]
