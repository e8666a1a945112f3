"""What ``saliencnn check`` says: of many images by every check, or of one by one."""

import argparse
from collections.abc import Callable, Iterator, Sequence

from pipelines.cli.check_image import check_number, check_options, format_image_check
from pipelines.trust.answers import MapQuery
from pipelines.trust.audit import AUDITED_METHODS, audit
from pipelines.trust.results import Table, find_logit_change
from saliencnn.checks.verdicts import CHECKS
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.data.decode import decode_image
from saliencnn.data.image_index import ImageIndex
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index
from saliencnn.store.runs import RunInfo, read_run


def format_check(
    store: Store, options: argparse.Namespace, bar: Callable[[str], Progress]
) -> Iterator[str]:
    """Do what the command's options ask for, and return what is found, line by line.

    Args:
        store: where the run is.
        options: of the command line.
        bar: from the run's name to what is told about progress.

    Raises:
        UserError: the options contradict each other, or name what does not exist.
    """
    check_options(options)
    run = read_run(store, options.run_id)
    epoch = options.epoch or run.epoch
    methods = tuple(options.methods.split(",")) if options.methods else AUDITED_METHODS
    if options.image is None:
        checks = (options.check,) if options.check else tuple(CHECKS)
        yield from _format_table(
            audit(store, run, epoch, options.images, methods, bar(run.name), checks)
        )
    else:
        index = read_index(store, run.images_id)
        asked = _ask(store, run, epoch, options.image, index, methods)
        yield from format_image_check(asked, index, options, bar(run.name))


def _format_table(table: Table) -> Iterator[str]:
    for check, by_method in table.items():
        row = CHECKS[check]
        holds, fails = row.thresholds
        yield f"\n{row.label}: {row.question}"
        yield f"  holds: {holds}; fails: {fails}"
        for method, audited in by_method.items():
            yield f"  {METHODS[method].label:<24} {audited.in_words()}"
        if moved := find_logit_change(by_method):
            yield f"  {moved.in_words()}"


def _ask(
    store: Store,
    run: RunInfo,
    epoch: int,
    image: int,
    index: ImageIndex,
    methods: Sequence[str],
) -> MapQuery:
    """Ask about the maps of a validation image's true class."""
    for method in methods:
        if method not in METHODS:
            raise UserError(f"Method {method!r} is unknown; choose from {', '.join(METHODS)}.")
    check_number(image, len(index))
    pixels = decode_image(read_image(store, run.images_id, index, image), index.names[image])
    return MapQuery(store, run, epoch, pixels, image, int(index.labels[image]), tuple(methods))
