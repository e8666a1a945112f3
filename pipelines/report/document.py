"""The report as one HTML file: texts, charts and maps, with all that it needs inside."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.report import wording
from pipelines.report.cases import Packed, choose_classes, count_mistakes
from pipelines.report.chapters import Chapter, Chapters
from pipelines.report.charts import draw_charts
from pipelines.review.model_card import list_limits
from saliencnn import __version__
from saliencnn.checks.table import CHECKS
from saliencnn.drawing.heat import COLOR_STOPS
from saliencnn.drawing.scripts import read_scripts, read_styles
from saliencnn.findings.finding import MOST
from saliencnn.saliency import METHODS

FOLDER = Path(__file__).parent / "page"
FIRST_METHODS = ("gradcam", "cam")
"""Of those that every run logged, the first is shown until the reader chooses."""


@dataclass(frozen=True)
class Made:
    """When and by what a report was made."""

    time: str
    versions: dict[str, str]


def render_report(chapters: Chapters, classes: list[Packed]) -> str:
    """Return a report as a whole HTML document that asks no host for anything.

    Args:
        chapters: what is said of the runs.
        classes: the examples, as ``pack_classes`` returns them.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html").render(
        title=_title(chapters),
        answer=wording.answer(chapters),
        data=wording.describe_data(chapters),
        runs=[_describe(chapters, chapter) for chapter in chapters.runs],
        changes=wording.list_changes(chapters),
        numbers=_table_of_numbers(chapters),
        limits=_limits(chapters),
        made=_made(),
        style=read_styles("overlays", "maps") + (FOLDER / "report.css").read_text(),
        scale=", ".join(COLOR_STOPS),
        vega=vega_script(),
        script=_read_script(),
        content=embed_json(_content(chapters, classes)),
    )


def embed_json(value: Any) -> str:
    """Return JSON that can stand within a script element, whatever texts it holds."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@lru_cache(maxsize=1)
def vega_script() -> str:
    """Return the scripts that draw charts: Vega, Vega-Lite and Vega-Embed."""
    from vl_convert import javascript_bundle

    bundle = str(javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    return bundle.replace("</script", "<\\/script")  # which would end the element that holds it


def _read_script() -> str:
    own = "\n".join((FOLDER / f"{name}.js").read_text() for name in ("halves", "report"))
    return f'"use strict";\n{read_scripts("paint", "elements", "enlarged")}\n{own}'


def _content(chapters: Chapters, classes: list[Packed]) -> Packed:
    """Return what the report's script reads."""
    methods = _methods(classes)
    return {
        "runs": [
            {"id": one.run.run_id, "name": one.name, "epochs": one.run.epoch}
            for one in chapters.runs
        ],
        "epochs": chapters.epochs,
        "classes": classes,
        "start": choose_classes(chapters).index(int(count_mistakes(chapters).argmax())),
        "methods": [{"name": name, "label": METHODS[name].label} for name in methods],
        "first": next((name for name in (*FIRST_METHODS, *methods) if name in methods), ""),
        "charts": draw_charts(chapters),
    }


def _methods(classes: list[Packed]) -> list[str]:
    """Return the methods of which any map is there, in their usual order."""
    there = {
        method
        for one in classes
        for case in one["cases"]
        for run in case["runs"]
        for method in run["methods"]
    }
    return [name for name in METHODS if name in there]


def _title(chapters: Chapters) -> str:
    names = " and ".join(chapter.name for chapter in chapters.runs)
    return f"What {names} learned"


def _describe(chapters: Chapters, chapter: Chapter) -> dict[str, Any]:
    return {
        "name": chapter.name,
        "id": chapter.run.run_id,
        "epoch": chapter.run.epoch,
        "source": wording.describe_source(chapter),
        "standing": chapter.run.standing or "undecided",
        "verdict": wording.describe_verdict(chapter),
        "accuracy": wording.describe_accuracy(chapter),
        "findings": wording.join_findings(chapter, MOST),
        "confusions": wording.list_confusions(chapter),
        "advice": wording.list_advice(chapter),
        "checked": chapter.checked_epoch,
        "settings": wording.list_settings(chapter),
        "command": wording.write_command(chapter),
        "digest": chapter.digest,
        "notes": chapter.run.notes,
    }


def _table_of_numbers(chapters: Chapters) -> list[tuple[str, str, list[str]]]:
    """Return (title, what it is, a value a run) of each number that any run has."""
    rows: dict[str, tuple[str, list[str]]] = {}
    for place, chapter in enumerate(chapters.runs):
        for title, value, meaning in wording.list_numbers(chapter):
            rows.setdefault(title, (meaning, ["–"] * len(chapters.runs)))[1][place] = value
    return [(title, meaning, values) for title, (meaning, values) in rows.items()]


def _limits(chapters: Chapters) -> list[str]:
    """Return what the numbers do not say, each limit once."""
    told = (
        list_limits(
            one.run,
            chapters.index,
            one.run.metrics,
            {CHECKS[check].label: [*by_method] for check, by_method in one.checks.items()},
            one.unread,
        )
        for one in chapters.runs
    )
    return list(dict.fromkeys(limit for limits in told for limit in limits))


def _made() -> Made:
    now = datetime.now(UTC)
    versions = {"saliencnn": __version__, **{name: version(name) for name in ("torch", "mlflow")}}
    return Made(f"{now:%Y-%m-%d at %H:%M} UTC", versions)
