"""The report of a comparison: which of many networks to take, and what their maps show."""

from typing import Any

import numpy as np

from pipelines.comparison.answer import LEADING
from pipelines.comparison.class_list import MEANINGS, ClassList, list_classes
from pipelines.comparison.differences import explain_differences, list_differences
from pipelines.comparison.groups import Group
from pipelines.comparison.rankings import count_right
from pipelines.comparison.view import CLASSES, MAPS
from pipelines.report.cases import MAX_CELLS
from pipelines.report.compared_charts import draw_charts
from pipelines.report.compared_errors import Errors
from pipelines.report.compared_lead import CHAPTERS, ERRORS
from pipelines.report.compared_maps import pack_comparison
from pipelines.report.comparison import LIMIT_OF_MAPS, LIMITS, Comparison, describe_source
from pipelines.report.document import render
from saliencnn.common.commands import evaluate_command
from saliencnn.common.sentences import count, split_claim
from saliencnn.findings.finding import Finding
from saliencnn.measures.rates import wilson_interval
from saliencnn.saliency import METHODS
from saliencnn.store.evaluation_records import EvaluationInfo

LEADING_FINDINGS = 2
"""Findings that a report about all networks begins with."""
MAX_LISTED = 12
"""Classes that a report lists, of those that the page does."""


def render_comparison(comparison: Comparison) -> str:
    """Return a report of a comparison."""
    group, task, errors = comparison.group, comparison.task, comparison.errors
    begun, listed = _begin_told(comparison), _tabulate_classes(comparison)
    return render(
        "comparison",
        {"charts": draw_charts(comparison), "maps": pack_comparison(comparison)},
        kind="Report on a comparison",
        title=comparison.name,
        answers=_answer(comparison),
        lead=comparison.lead,
        chapters=_name_chapters(comparison, listed is not None),
        asked=errors and errors.answer,
        differences=_list_differences(errors),
        meanings=explain_differences(errors.answer.shifts) if errors else "",
        listed=listed,
        source=describe_source(group, comparison.explained),
        several_classes=len(task.classes) > 1,
        decided=any(group.standings.values()),
        classes=count(len(group.class_set), "class", "classes"),
        findings=comparison.findings[_count_led(comparison) :],
        begun=[*map(_split, begun)],
        told=[one.sentence for one in comparison.told if one not in begun],
        networks=[_describe(group, info, task.models) for info in group.models],
        rows=_list_rows(comparison),
        task=_list_settings(comparison),
        evaluations=[(group.names[info.run_id], info) for info in group.models],
        command=_write_command(group),
        notes=comparison.notes,
        limits=_limits(comparison),
    )


def _answer(comparison: Comparison) -> list[tuple[str, str]]:
    """Return with what a report begins: what it claims, and what stands behind that, of each."""
    lead, errors = comparison.lead, comparison.errors
    if errors and lead == ERRORS:
        return [split_claim(errors.answer.said, errors.answer.claim)]
    if lead == MAPS and comparison.told:
        return [*map(_split, _begin_told(comparison))]
    if lead == CLASSES:
        return [("", _list_classes(comparison).describe())]
    if comparison.findings:
        return [("", " ".join(one.in_full for one in comparison.findings[:LEADING_FINDINGS]))]
    first = comparison.group.models[0]
    return [("", f"{comparison.group.names[first.run_id]} is right on {_rate(first)}.")]


def _count_led(comparison: Comparison) -> int:
    """Return how many findings a report begins with, which are not said again below."""
    told = comparison.lead == MAPS and comparison.told
    return 0 if comparison.lead in (ERRORS, CLASSES) or told else LEADING_FINDINGS


def _list_differences(errors: Errors | None) -> list[dict[str, str]]:
    """Return how missed images differ where that is asked."""
    if errors is None:
        return []
    answer = errors.answer
    return list_differences(answer.shifts, answer.means, len(errors.asked.subject.images))


def _split(finding: Finding) -> tuple[str, str]:
    """Return what a sentence claims, and the rest of it."""
    return split_claim(finding.sentence, finding.claim)


def _name_chapters(comparison: Comparison, listed: bool) -> list[tuple[str, str]]:
    """Return the chapters that there are, in their order: their places and their headings."""
    chosen = "On the chosen classes" if len(comparison.task.classes) > 1 else ""
    errors = comparison.errors
    by_network = "Network by network" if errors and len(errors.asked.names) > 1 else "In numbers"
    names = {
        "good": "Which network",
        "errors": by_network if errors else "",
        "where": "Where they look" if comparison.rows else "",
        "alike": "How similar the maps are" if comparison.alike else "",
        "classes": "Class by class" if listed else chosen,
    }
    return [(place, names[place]) for place in CHAPTERS[comparison.lead] if names[place]]


def _begin_told(comparison: Comparison) -> list[Finding]:
    """Return what the page says of a task in bold, else what it says first."""
    leading = [one for one in comparison.told if one.rule in LEADING]
    return leading or [*comparison.told[:1]]


def _list_classes(comparison: Comparison) -> ClassList:
    return list_classes(comparison.tables, comparison.group, comparison.task, comparison.view)


def _tabulate_classes(comparison: Comparison) -> dict[str, Any] | None:
    """Return the first classes of the list, and on how many images networks are right there."""
    if comparison.lead != CLASSES:
        return None
    found = _list_classes(comparison)
    first = found.ranking.order(found.spread).head(MAX_LISTED)
    if first.empty:
        return None
    indices, names = first["index"].tolist(), found.among.names
    right = [count_right(comparison.tables[one], indices) for one in names]
    numbers = [f"{part:.0%}" for part in first[found.ranking.by]]
    return {
        "columns": ["class", found.ranking.by, *names.values()],
        "rows": [*zip(first["class"], numbers, *right, strict=True)],
        "meaning": MEANINGS[found.ranking.by].format(whose=found.whose),
        "end": found.ranking.end,
        "by": found.ranking.by,
        "classes": len(found.spread),
    }


def _describe(group: Group, info: EvaluationInfo, chosen: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": group.names[info.run_id],
        "accuracy": _rate(info),
        "top5": f"{info.metrics['top5']:.1%}" if "top5" in info.metrics else "",
        "parameters": f"{info.metrics['parameters'] / 1e6:,.2f} million",
        "cost": f"{info.metrics['multiply_adds'] / 1e6:,.0f} million"
        if "multiply_adds" in info.metrics
        else "–",
        "standing": group.standings.get(info.run_id, "") or "undecided",
        "chosen": info.run_id in chosen,
    }


def _rate(info: EvaluationInfo) -> str:
    """Say how often a network is right, with its interval."""
    rate, images = info.metrics["top1"], int(info.metrics["images"])
    low, high = wilson_interval(np.array(rate), np.array(images))
    return f"{rate:.1%} of {images:,} images (95% interval {low:.1%} to {high:.1%})"


def _list_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return what is known of each row, its regions by the first method."""
    classes = comparison.group.class_set.classes
    first = next(iter(comparison.numbers.values()), [])
    return [
        {
            "name": row.network if comparison.task.kind == "image" else row.image,
            "predicted": f"{'✓' if row.correct else '✗'} {classes[row.predicted]}",
            "true": classes[row.true],
            "confidence": f"{row.confidence:.0%}",
            "region": _write(first[place].region_size if first else None, ".0%"),
            "focus": _write(first[place].focus if first else None, ".2f"),
            "of_class": row.right_of_class or "–",
        }
        for place, row in enumerate(comparison.rows)
    ]


def _write(value: float | None, form: str) -> str:
    return "–" if value is None or np.isnan(value) else format(value, form)


def _list_settings(comparison: Comparison) -> dict[str, str]:
    task, group = comparison.task, comparison.group
    rule = next((one.measure.label for one in comparison.alike.values()), "")
    settings = {
        "networks": ", ".join(group.names[one] for one in task.models),
        "classes": ", ".join(group.class_set.classes[place] for place in task.classes),
        "image": comparison.rows[0].image if comparison.rows and task.kind == "image" else "",
        "methods": ", ".join(METHODS[name].label for name in task.methods),
        "similarity": rule,
        "asked of many images": comparison.errors.asked.subject.name if comparison.errors else "",
        "threshold of region sizes": f"{task.threshold:g}",
    }
    return {name: value for name, value in settings.items() if value}


def _write_command(group: Group) -> str:
    """Return the command that evaluates the networks again; the images are the reader's."""
    return evaluate_command([info.argument for info in group.models], "IMAGES")


def _limits(comparison: Comparison) -> list[str]:
    limits = [*LIMITS, LIMIT_OF_MAPS]
    fine = {m for (_, m), found in comparison.maps.items() if max(found.shape) > MAX_CELLS}
    if fine:
        labels = ", ".join(METHODS[name].label for name in METHODS if name in fine)
        limits.append(f"Maps of single pixels are measured but not shown: {labels}.")
    if comparison.left_out:
        limits.append(f"Only the first {len(comparison.rows)} are shown.")
    return limits
