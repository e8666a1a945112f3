"""A check as somebody might add one: a module, and a row of the table."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from saliencnn.checks.check import Check, Option
from saliencnn.checks.evidence import MapComparison, Resources
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.checks.subject import Explanation, Subject
from saliencnn.common.progress import Progress

ROW = Check(
    "pixels",
    "tests.saliencnn.checks.first_pixels",
    "First pixels",
    "Pixels",
    "Are the first pixels bright?",
    "the first pixel",
    True,
    0.5,
    0.1,
    "None.",
    "nobody",
    (Option("shade", str, "bright", "of the pixels", ("bright", "dark")),),
)


def measure(
    subject: Subject, _own: Explanation, _control: nn.Module | None, _report: Progress
) -> Quantities:
    """Return the first pixels of each image."""
    first = subject.images[:, 0, 0, :4].cpu().numpy()
    return {
        NUMBER: dict.fromkeys(subject.methods, first[:, 0]),
        "rows": dict.fromkeys(subject.methods, first),
    }


def show(
    subject: Subject, options: Mapping[str, Any], _resources: Resources, _report: Progress
) -> MapComparison:
    """Return two maps of one cell."""
    value = 1.0 if options["shade"] == "bright" else 0.0
    maps = np.stack([np.zeros((1, 1)), np.full((1, 1), value)])
    similarity = {"spearman": dict.fromkeys(subject.methods, np.array([value]))}
    names = ("dark", options["shade"])
    return MapComparison(
        names, dict.fromkeys(subject.methods, maps), similarity, np.array([np.nan])
    )
