"""The report of a comparison: which of many networks to take, and what their maps show."""

from typing import Any

import numpy as np

from pipelines.comparison.groups import Group, cost_frame, known_costs
from pipelines.comparison.rankings import accuracy_by_class
from pipelines.report.cases import LONGEST_SIDE, MAX_CELLS, pack_maps
from pipelines.report.charts import specify, untitled
from pipelines.report.comparison import LIMIT_OF_MAPS, LIMITS, Comparison, describe_source
from pipelines.report.document import Packed, render
from pipelines.report.story import first_of, order_methods
from saliencnn.common.sentences import count
from saliencnn.common.shown import one_line
from saliencnn.drawing.contours import outline_uri
from saliencnn.drawing.images import data_uri, encode_jpeg
from saliencnn.drawing.matrix_chart import matrix_chart
from saliencnn.drawing.network_charts import accuracies_chart, complexity_chart
from saliencnn.measures.map_clusters import cluster_order
from saliencnn.measures.rates import wilson_interval
from saliencnn.saliency import METHODS
from saliencnn.store.evaluation_records import EvaluationInfo

ONLY = 1
"""The epoch under which the maps of an evaluated network travel: it has no others."""


def render_comparison(comparison: Comparison) -> str:
    """Return a report of a comparison."""
    group, task = comparison.group, comparison.task
    return render(
        "comparison",
        {"charts": _draw_charts(comparison), "maps": _pack(comparison)},
        kind="Report on a comparison",
        title=comparison.name,
        answer=_answer(comparison),
        source=describe_source(group),
        several_classes=len(task.classes) > 1,
        decided=any(group.standings.values()),
        classes=count(len(group.class_set), "class", "classes"),
        findings=comparison.findings,
        told=comparison.answer,
        networks=[_describe(group, info, task.models) for info in group.models],
        rows=_list_rows(comparison),
        task=_list_settings(comparison),
        evaluations=[(group.names[info.run_id], info) for info in group.models],
        command=_write_command(group),
        notes=comparison.notes,
        limits=_limits(comparison),
    )


def _answer(comparison: Comparison) -> str:
    """Say which network to take; of a single one, what its task found."""
    if comparison.task.kind != "image" and comparison.answer:
        return comparison.answer[0]
    if comparison.findings:
        return " ".join(one.sentence for one in comparison.findings[:2])
    first = comparison.group.models[0]
    return f"{comparison.group.names[first.run_id]} is right on {_rate(first)}."


def _draw_charts(comparison: Comparison) -> list[Packed]:
    group, charts = comparison.group, []
    if len(group.models) > 1:
        charts.append(_draw_cost(group))
    for method, found in comparison.alike.items():
        order = cluster_order(found.matrix, found.measure.higher_is_alike)
        drawn = matrix_chart(
            found.matrix[np.ix_(order, order)], [found.names[n] for n in order], found.measure
        )
        caption = f"{found.measure.meaning} {found.measure.label}: {found.measure.values}."
        charts.append(
            {"place": "alike", "title": METHODS[method].label, "spec": untitled(drawn),
             "caption": caption}
        )  # fmt: skip
    frame = accuracy_by_class(comparison.tables, group, comparison.task.classes)
    if len(comparison.task.classes) > 1 and len(frame):
        chosen = comparison.task.models or group.run_ids
        frame["strong"] = frame["model"].isin([group.names[one] for one in chosen])
        spec = specify(accuracies_chart(frame, list(group.names.values())))
        caption = "Each point is a network, each column a chosen class."
        charts.append(
            {"place": "classes", "title": "Accuracy on the chosen classes", "spec": spec,
             "caption": caption}
        )  # fmt: skip
    return charts


def _draw_cost(group: Group) -> Packed:
    unit, label = next(iter(known_costs(group).items()))
    frame = cost_frame(group, unit)
    light, dark = (untitled(complexity_chart(frame, label, dark)) for dark in (False, True))
    return {
        "place": "good",
        "title": "Accuracy and cost",
        "spec": light,
        "dark_spec": dark,
        "caption": "Each point is a network: higher is more accurate, further left is cheaper.",
    }


def _pack(comparison: Comparison) -> Packed | None:
    """Return the maps as one case: a column a network or an image; None without any."""
    if not comparison.numbers:
        return None
    columns = [_pack_column(comparison, place) for place in range(len(comparison.rows))]
    methods = order_methods({method for column in columns for method in column["methods"]})
    row, true = comparison.rows[0], comparison.group.class_set.classes[comparison.rows[0].true]
    several = comparison.task.kind == "image"
    case = {
        "title": f"{row.image}: {true}" if several else row.network,
        "heading": f"{row.image}: {true}" if several else f"What {row.network} looks at",
        "name": row.image,
        "columns": columns,
    }
    packed = {"name": "", "cases": [case]}
    return {"runs": [], "epochs": ONLY, "classes": [packed], "start": 0, "methods": methods,
            "first": first_of(methods)}  # fmt: skip


def _pack_column(comparison: Comparison, place: int) -> Packed:
    row, region = comparison.rows[place], comparison.regions[place]
    classes = comparison.group.class_set.classes
    name = row.network if comparison.task.kind == "image" else f"{classes[row.true]}, {row.image}"
    methods = {}
    for method, numbers in comparison.numbers.items():
        saliency = comparison.maps.get((place, method))
        if saliency is not None and max(saliency.shape) <= MAX_CELLS:
            focus = numbers[place].focus
            packed = pack_maps({ONLY: saliency}, {ONLY: np.nan if focus is None else focus})
            methods[method] = packed
    predicted = one_line(classes[row.predicted])
    return {
        "name": one_line(name),
        "source": data_uri("jpeg", encode_jpeg(comparison.images[place], LONGEST_SIDE)),
        "outline": "" if region is None else outline_uri(region, LONGEST_SIDE),
        "predictions": {
            ONLY: {"class": predicted, "confidence": row.confidence, "correct": row.correct}
        },
        "methods": methods,
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
        "threshold of region sizes": f"{task.threshold:g}",
    }
    return {name: value for name, value in settings.items() if value}


def _write_command(group: Group) -> str:
    """Return the command that evaluates the networks again; the images are the reader's."""
    models = (
        f"run:{info.trained_run}:{info.trained_epoch}" if info.trained_run else info.model
        for info in group.models
    )
    return f"saliencnn evaluate --models {','.join(models)} --images IMAGES"


def _limits(comparison: Comparison) -> list[str]:
    limits = [*LIMITS, LIMIT_OF_MAPS]
    fine = {m for (_, m), found in comparison.maps.items() if max(found.shape) > MAX_CELLS}
    if fine:
        labels = ", ".join(METHODS[name].label for name in METHODS if name in fine)
        limits.append(f"Maps of single pixels are measured but not shown: {labels}.")
    if comparison.left_out:
        limits.append(f"Only the first {len(comparison.rows)} are shown.")
    return limits
