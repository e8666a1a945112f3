"""The report of what a network looks at in a class: maps, colours, and how mistakes differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.report.cases import LONGEST_SIDE, MAX_CELLS, pack_maps
from pipelines.report.charts import specify
from pipelines.report.compared_maps import ONLY
from pipelines.report.document import Packed, render
from pipelines.report.glossary import MAP, OF_MAP, Glossary
from pipelines.report.story import order_methods
from saliencnn.common.sentences import quote
from saliencnn.common.shown import one_line
from saliencnn.drawing.colour_histograms import HistogramRow, mean_chart, rows_html
from saliencnn.drawing.images import data_uri, encode_jpeg
from saliencnn.findings.finding import Finding
from saliencnn.saliency import METHODS


@dataclass(frozen=True, eq=False)
class SeenImage:
    """An image of the class, with the map of the network that looks at it.

    Attributes:
        pixels: uint8 (S, S, 3).
        saliency: raw map (h, w); NaN where it was not computed.
        predicted: name of the class that the network predicts.
        confidence: its probability, 0 to 1.
        correct: whether that is the image's class.
        row: its histograms.
    """

    pixels: np.ndarray
    saliency: np.ndarray
    predicted: str
    confidence: float
    correct: bool
    row: HistogramRow


@dataclass(frozen=True, eq=False)
class SeenColours:
    """What a report of colours says.

    Attributes:
        network: its name.
        source: which run or evaluation the numbers are from, and which epoch.
        class_name: the class.
        method: whose maps these are, a key of ``METHODS``.
        settings: name -> value of everything that was chosen.
        taken: which of the class's images these are, in words.
        images: some of each, the correct ones first.
        findings: what stands out.
        space: colour space of the histograms, a key of ``SPACES``.
        means: name of a group -> mean histograms, (3, bins).
        test: whether the groups' colours differ, in a sentence; "" where nobody can say.
        table: how well each number separates the groups; empty where nobody can say.
    """

    network: str
    source: str
    class_name: str
    method: str
    settings: Mapping[str, str]
    taken: str
    images: Sequence[SeenImage]
    findings: Sequence[Finding]
    space: str
    means: Mapping[str, np.ndarray]
    test: str
    table: pd.DataFrame

    @property
    def counted(self) -> str:
        """Which images of the class these are."""
        return f"{quote(self.class_name)}: {self.taken}."


def render_colours(seen: SeenColours) -> str:
    """Return a report of colours."""
    words = Glossary({MAP: OF_MAP})
    return render(
        "colours",
        {"charts": _draw_means(seen), "maps": _pack(seen)},
        kind="Report on what a network looks at",
        title=f"What {seen.network} looks at in {quote(seen.class_name)}",
        answer=words.explain(" ".join(one.sentence for one in seen.findings[:1]) or seen.counted),
        source=seen.source,
        counted=seen.counted,
        method=METHODS[seen.method].label,
        findings=seen.findings,
        groups=[
            (name, rows_html([one.row for one in seen.images if one.correct == kind], seen.space))
            for name, kind in (("Correct", True), ("Missed", False))
            if any(one.correct == kind for one in seen.images)
        ],
        means=bool(seen.means),
        test=seen.test,
        table=seen.table,
        settings=seen.settings,
        limits=[
            "That two groups differ does not say what of them the network uses.",
            "The highlighted region is what a method's map says; check the method on Trust.",
        ],
    )


def _pack(seen: SeenColours) -> Packed | None:
    """Return the images' maps as one case; None where they have too many cells to travel."""
    if not seen.images or max(seen.images[0].saliency.shape) > MAX_CELLS:
        return None
    columns = [
        {
            "name": one_line(one.row.title),
            "source": data_uri("jpeg", encode_jpeg(one.pixels, LONGEST_SIDE)),
            "predictions": {
                ONLY: {
                    "class": one_line(one.predicted),
                    "confidence": float(one.confidence),
                    "correct": bool(one.correct),
                }
            },
            "methods": {seen.method: pack_maps({ONLY: one.saliency}, {ONLY: np.nan})},
        }
        for one in seen.images
    ]
    name = one_line(seen.class_name)
    case = {"title": name, "heading": "Correct images first", "name": name, "columns": columns}
    return {
        "runs": [],
        "epochs": ONLY,
        "classes": [{"name": name, "cases": [case]}],
        "start": 0,
        "methods": order_methods({seen.method}),
        "first": seen.method,
    }


def _draw_means(seen: SeenColours) -> list[Packed]:
    if not seen.means:
        return []
    charts = [mean_chart(dict(seen.means), seen.space, place) for place in range(3)]
    return [
        {
            "place": "means",
            "title": chart.title,
            "spec": specify(chart),
            "caption": "Mean histogram of the highlighted regions, and of whole images.",
        }
        for chart in charts
    ]
