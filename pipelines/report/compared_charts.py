"""The charts of the report of a comparison: accuracy and cost, how alike maps are, and classes."""

import numpy as np

from pipelines.comparison.groups import Group, cost_frame, known_costs
from pipelines.comparison.rankings import accuracy_by_class
from pipelines.report.charts import specify, untitled
from pipelines.report.comparison import Comparison
from pipelines.report.document import Packed
from saliencnn.drawing.matrix_chart import matrix_chart
from saliencnn.drawing.network_charts import accuracies_chart, complexity_chart
from saliencnn.measures.map_clusters import cluster_order
from saliencnn.saliency import METHODS


def draw_charts(comparison: Comparison) -> list[Packed]:
    """Return each chart's place, title, specification and caption."""
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
