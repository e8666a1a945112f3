"""What ``saliencnn check --image`` prints: one image's maps under what a check does to them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pipelines.trust.answers import MapQuery
from pipelines.trust.results import LogitChange
from pipelines.trust.single_image import show_check
from saliencnn.checks.check import Check
from saliencnn.checks.evidence import CurveComparison, MapComparison, moved_per_score
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.saliency import METHODS

HEADERS = {"ssim": "SSIM", "spearman": "Spearman", "top": "top-k IoU"}
"""Measure of similarity -> its column's header."""
Columns = Mapping[str, Mapping[str, float]]
"""Header -> method -> number."""


def validate_image(image: int | None, count: int) -> int:
    """Return the number of an image, and refuse one that is not among ``count``.

    Raises:
        UserError: names what is allowed.
    """
    if image is None or not 0 <= image < count:
        raise UserError(f"Image {image} is unknown; choose from 0 to {count - 1}.")
    return image


def format_image_check(
    query: MapQuery, row: Check, given: Mapping[str, Any], images: int, report: Progress
) -> Iterator[str]:
    """Do to an image what a check does, and say line by line how its maps change.

    Args:
        query: the image, its class and the methods.
        row: the check.
        given: values of its options, where they were given.
        images: number of validation images.
        report: called with the progress.

    Raises:
        UserError: an option's value is not allowed, or there is no such checkpoint, or no run to
            compare with.
    """
    options = {**row.defaults, **given}
    for option in row.options:
        if option.is_image and options[option.name] is not None:
            validate_image(options[option.name], images)
    evidence = show_check(query, row.name, report, options)
    chosen = [f"{name} {value}" for name, value in options.items() if value is not None]
    if chosen:
        yield f"options: {', '.join(chosen)}"
    if isinstance(evidence, CurveComparison):
        yield from _format_curves(evidence)
    else:
        yield from _format_maps(evidence, row)


def _format_maps(found: MapComparison, row: Check) -> Iterator[str]:
    what = "change (1 minus similarity)" if row.wants_change else "similarity"
    yield f"{what} of each changed map to the first"
    columns: dict[str, dict[str, float]] = {}
    for place, name in enumerate(found.names[1:]):
        header = name
        if row.step:
            header = f"{row.step} {place + 1}"
            yield f"  {header}: {name}"
        moved = float(found.logit_change[place])
        if np.isfinite(found.tolerance):
            yield LogitChange(moved, found.tolerance).in_words()
        elif np.isfinite(moved):
            yield f"{name}: the score moved by {moved:.3f} standard deviations of all scores"
        for measure, of in found.similarity.items():
            values = {m: row.number_of(float(of[m][place])) for m in found.maps}
            columns[_header(found, header, measure)] = values
            if np.isfinite(moved) and not np.isfinite(found.tolerance):
                columns[f"x score's move, {name}"] = {
                    method: float(moved_per_score(np.array(value), np.array(moved)))
                    for method, value in values.items()
                }
    yield from _format_table(columns)


def _header(found: MapComparison, change: str, measure: str) -> str:
    """Return what tells a column from the others: its measure, its change or both."""
    if len(found.names) == 2:
        return HEADERS[measure]
    return change if len(found.similarity) == 1 else f"{change} {HEADERS[measure]}"


def _format_curves(found: CurveComparison) -> Iterator[str]:
    yield "mean of the class's probability along each curve; fraction of random orders beaten"
    means = {
        kind: {method: float(curve.mean()) for method, curve in curves.items()}
        for kind, curves in found.own.items()
    }
    yield from _format_table({**means, "beaten": found.beaten})


def _format_table(columns: Columns) -> Iterator[str]:
    """Return a line a method, a number a column; a dash where nothing is judged."""
    methods = list(next(iter(columns.values()), {}))
    if not methods:
        yield "None of the methods is defined for this network."
        return
    yield "  ".join([f"  {'':<24}", *(f"{header:>9}" for header in columns)])
    for method in methods:
        numbers = [
            f"{values[method]:{max(9, len(header))}.2f}"
            if np.isfinite(values[method])
            else f"{'–':>{max(9, len(header))}}"
            for header, values in columns.items()
        ]
        yield "  ".join([f"  {METHODS[method].label:<24}", *numbers])
