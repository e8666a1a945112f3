"""What ``saliencnn check`` says: of many pictures by every check, or of one under one signal."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from pipelines.asked import Asked
from pipelines.audit import AUDITED, Moved, Table, audit, find_moved
from pipelines.checks.subject import Report
from pipelines.checks.trust import CHECKS
from pipelines.checks.variance import MEASURES
from pipelines.data.decode import decode_picture
from pipelines.errors import UserError
from pipelines.evidence import Changed, show_variance
from pipelines.saliency import METHODS
from pipelines.store.connection import Store
from pipelines.store.pictures import read_index, read_picture
from pipelines.store.runs import RunInfo, read_run

HEADERS = {"ssim": "SSIM", "spearman": "Spearman", "top": "top-k IoU"}


@dataclass(frozen=True)
class Variation:
    """What is done to one picture; see ``evidence.show_variance``."""

    signal: str = "constant"
    strength: float = 1.0
    mode: str = "exact"
    other: int | None = None


def tell_check(
    store: Store, options: argparse.Namespace, bar: Callable[[str], Report]
) -> Iterator[str]:
    """Do what the command's options ask for, and return what is found, line by line.

    Args:
        store: where the run is.
        options: of the command line.
        bar: from the run's name to what is told about progress.

    Raises:
        UserError: the options contradict each other, or name what does not exist.
    """
    given = {f.name: getattr(options, f.name) for f in fields(Variation)}
    given = {name: value for name, value in given.items() if value is not None}
    if options.picture is None and given:
        raise UserError(f"--{next(iter(given))} is about one picture; add --picture N.")
    if options.picture is not None and options.check not in (None, "variance"):
        raise UserError("--picture shows the check variance alone; leave out --check.")
    run = read_run(store, options.run_id)
    epoch = options.epoch or run.epoch
    methods = tuple(options.methods.split(",")) if options.methods else AUDITED
    if options.picture is None:
        checks = (options.check,) if options.check else tuple(CHECKS)
        table = audit(store, run, epoch, options.images, methods, bar(run.name), checks)
        yield from _tell_table(table)
    else:
        asked = _ask(store, run, epoch, options.picture, methods)
        yield from _vary(asked, Variation(**given), bar(run.name))


def _tell_table(table: Table) -> Iterator[str]:
    for check, by_method in table.items():
        row = CHECKS[check]
        holds, fails = row.thresholds
        yield f"\n{row.label}: {row.question}"
        yield f"  holds: {holds}; fails: {fails}"
        for method, audited in by_method.items():
            yield f"  {METHODS[method].label:<24} {audited.verdict.in_words()}"
        if moved := find_moved(by_method):
            yield f"  {moved.in_words()}"


def _ask(store: Store, run: RunInfo, epoch: int, image: int, methods: Sequence[str]) -> Asked:
    """Ask about the maps of a validation picture's true class."""
    for method in methods:
        if method not in METHODS:
            raise UserError(f"Method {method!r} is unknown; choose from {', '.join(METHODS)}.")
    index = read_index(store, run.pictures)
    _check_number(image, len(index))
    picture = decode_picture(read_picture(store, run.pictures, index, image), index.names[image])
    return Asked(store, run, epoch, picture, image, int(index.labels[image]), tuple(methods))


def _check_number(image: int, count: int) -> None:
    if not 0 <= image < count:
        raise UserError(f"Picture {image} is unknown; choose from 0 to {count - 1}.")


def _vary(asked: Asked, by: Variation, report: Report) -> Iterator[str]:
    index = read_index(asked.store, asked.run.pictures)
    if by.other is not None:
        _check_number(by.other, len(index))
    found = show_variance(asked, by.signal, by.strength, by.mode, by.other, report)
    yield (
        f"Input variance of picture {asked.image} ({index.names[asked.image or 0]}), class "
        f"{index.classes[asked.target]}, epoch {asked.epoch}: {by.signal} of strength "
        f"{by.strength:g}, compensation {by.mode}"
    )
    yield from _tell_changed(found)


def _tell_changed(found: Changed) -> Iterator[str]:
    if not found.maps:
        yield "None of the methods is defined for this network."
        return
    yield Moved(float(found.logit_change[0]), found.tolerance).in_words()
    yield f"  {'':<24} {'  '.join(f'{HEADERS[measure]:>9}' for measure in MEASURES)}"
    for method in found.maps:
        values = (found.likeness[measure][method][0] for measure in MEASURES)
        words = (f"{value:9.2f}" if np.isfinite(value) else f"{'–':>9}" for value in values)
        yield f"  {METHODS[method].label:<24} {'  '.join(words)}"
