"""What ``saliencnn check --image`` says: one image's maps under what a check does to them."""

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from pipelines.trust.answers import MapQuery
from pipelines.trust.results import LogitChange
from pipelines.trust.single_image import (
    MapComparison,
    show_faithfulness,
    show_labels,
    show_randomization,
    show_stability,
    show_variance,
)
from saliencnn.checks.stability import moved_per_score
from saliencnn.checks.table import find_check
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.data.image_index import ImageIndex
from saliencnn.saliency import METHODS

DEFAULT = "variance"
OPTIONS = {
    "signal": ("variance", "constant"),
    "strength": ("variance", 1.0),
    "mode": ("variance", "exact"),
    "other": ("variance", None),
    "blocks": ("randomisation", "cascading"),
}
"""Option -> the check that it belongs to, and its default."""
BLOCKS = {"cascading": True, "independent": False}
HEADERS = {"ssim": "SSIM", "spearman": "Spearman", "top": "top-k IoU"}
Columns = Mapping[str, Mapping[str, float]]
"""Header -> method -> number."""
Given = Mapping[str, Any]
"""A check's options, with defaults for those that the person left out."""


def check_options(options: Namespace) -> None:
    """Refuse options of one image where many are checked, and those of another check.

    Raises:
        UserError: names the first option that does not belong.
    """
    asked = options.check or DEFAULT
    for name, (check, _) in OPTIONS.items():
        if getattr(options, name) is None:
            continue
        if options.image is None:
            raise UserError(f"--{name} is about one image; add --image N.")
        if asked != check:
            raise UserError(f"--{name} belongs to the check {check}, not to {asked}.")


def check_number(image: int, count: int) -> None:
    """Refuse the number of an image that is not among ``count``.

    Raises:
        UserError: names what is allowed.
    """
    if not 0 <= image < count:
        raise UserError(f"Image {image} is unknown; choose from 0 to {count - 1}.")


def format_image_check(
    asked: MapQuery, index: ImageIndex, options: Namespace, report: Progress
) -> Iterator[str]:
    """Do to an image what a check does, and say line by line what becomes of its maps.

    Args:
        asked: the image, its class and the methods.
        index: of the validation images.
        options: of the command line, as ``check_options`` lets them pass.
        report: told about progress.

    Raises:
        UserError: an option's value is not allowed, or there is no such checkpoint, or no run to
            compare with.
    """
    check = options.check or DEFAULT
    given: Given = {
        name: default if getattr(options, name) is None else getattr(options, name)
        for name, (own, default) in OPTIONS.items()
        if own == check
    }
    if given.get("other") is not None:
        check_number(given["other"], len(index))
    yield (
        f"{find_check(check).label} of image {asked.image} ({index.names[asked.image or 0]}), "
        f"class {index.classes[asked.target]}, epoch {asked.epoch}"
    )
    yield from FORMATTERS[check](asked, given, report)


def _format_variance(asked: MapQuery, given: Given, report: Progress) -> Iterator[str]:
    found = show_variance(asked, **given, report=report)
    yield f"{given['signal']} of strength {given['strength']:g}, compensation {given['mode']}"
    if found.maps:
        yield LogitChange(float(found.logit_change[0]), found.tolerance).in_words()
    yield from _format_table({HEADERS[m]: _of_change(found, 0, m) for m in HEADERS})


def _format_randomization(asked: MapQuery, given: Given, report: Progress) -> Iterator[str]:
    if given["blocks"] not in BLOCKS:
        raise UserError(f"Blocks {given['blocks']!r} are unknown; choose from {', '.join(BLOCKS)}.")
    found = show_randomization(asked, BLOCKS[given["blocks"]], report)
    yield f"Spearman with the trained network's map, regardless of sign; {given['blocks']} blocks"
    columns = {}
    for place, name in enumerate(found.names[1:]):
        yield f"  block {place + 1}: {name}"
        columns[f"block {place + 1}"] = _of_change(found, place)
    yield from _format_table(columns)


def _format_labels(asked: MapQuery, _given: Given, report: Progress) -> Iterator[str]:
    yield from _format_table({HEADERS["spearman"]: _of_change(show_labels(asked, report), 0)})


def _format_stability(asked: MapQuery, _given: Given, report: Progress) -> Iterator[str]:
    found = show_stability(asked, report)
    columns = {}
    for place, name in enumerate(found.names[1:]):
        moved = found.logit_change[place]
        yield f"{name}: the score moved by {moved:.3f} standard deviations of all scores"
        similarity = _of_change(found, place)
        columns[name] = similarity
        columns[f"x score's move, {name}"] = {
            method: float(moved_per_score(np.array(value), moved))
            for method, value in similarity.items()
        }
    yield from _format_table(columns)


def _format_faithfulness(asked: MapQuery, _given: Given, report: Progress) -> Iterator[str]:
    found = show_faithfulness(asked, report)
    yield "mean of the class's probability along each curve; share of random orders beaten"
    means = {
        kind: {method: float(curve.mean()) for method, curve in curves.items()}
        for kind, curves in found.own.items()
    }
    yield from _format_table({**means, "beaten": found.beaten})


FORMATTERS: dict[str, Callable[[MapQuery, Given, Progress], Iterator[str]]] = {
    "variance": _format_variance,
    "randomisation": _format_randomization,
    "labels": _format_labels,
    "stability": _format_stability,
    "faithfulness": _format_faithfulness,
}
"""Check -> what tells its evidence."""


def _of_change(found: MapComparison, place: int, measure: str = "spearman") -> dict[str, float]:
    return {m: float(found.similarity[measure][m][place]) for m in found.maps}


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
