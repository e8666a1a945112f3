"""Reports of the golden store's runs."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from pipelines.report.chapters import Chapters

HOSTILE = '</script><img src=x onerror="document.title=1"> [a](javascript:x) {{ 7*7 }} "\'&'
"""A name that would become code, a link or a picture wherever a text is not escaped."""


class _Content(HTMLParser):
    """What a document's element ``content`` holds."""

    def __init__(self) -> None:
        super().__init__()
        self.within, self.text = False, ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.within = ("id", "content") in attributes

    def handle_data(self, data: str) -> None:
        self.text += data if self.within else ""

    def handle_endtag(self, tag: str) -> None:
        self.within = False


def content_of(document: str) -> dict[str, Any]:
    """Return what a report's script reads."""
    parser = _Content()
    parser.feed(document)
    content: dict[str, Any] = json.loads(parser.text)
    return content


def make_hostile(chapters: Chapters) -> Chapters:
    """Give the first run, its verdict and all classes a hostile name."""
    first, *others = chapters.runs
    classes = tuple(f"{HOSTILE} {place}" for place in range(len(chapters.index.classes)))
    verdicts = tuple(replace(one, reason=HOSTILE, person=HOSTILE) for one in first.run.verdicts)
    run = replace(first.run, name=HOSTILE, verdicts=verdicts, notes=(HOSTILE,), weights=HOSTILE)
    changed = replace(first, run=run, name=HOSTILE, facts=replace(first.facts, classes=classes))
    return replace(
        chapters, runs=(changed, *others), index=replace(chapters.index, classes=classes)
    )
