"""The commands that look at what was trained, decide about it, and keep the store in order."""

import argparse
from functools import partial
from pathlib import Path
from typing import Literal

from pipelines.cli.dashboard import app_command
from saliencnn.common.errors import UserError
from saliencnn.data.window import AUTO

# Torch and mlflow take seconds, and --help must not: each command imports them itself.

DECISIONS: dict[str, Literal["accepted", "rejected"]] = {
    "accept": "accepted",
    "reject": "rejected",
}
OWN = "own"
"""Stands for the resizing that goes with each network's weights, where --resize is left out."""


def check(options: argparse.Namespace) -> None:
    """Check how far a run's saliency maps can be trusted."""
    from pipelines.cli.bars import progress_bar
    from pipelines.cli.check import CORRUPTIONS, CheckRequest, format_check
    from saliencnn.checks.table import CHECKS
    from saliencnn.store.connection import open_store

    given = {name: getattr(options, name) for row in CHECKS.values() for name in row.defaults}
    request = CheckRequest(
        options.run_id,
        options.images,
        options.check,
        options.epoch,
        None if options.methods is None else tuple(options.methods.split(",")),
        options.image,
        {name: value for name, value in given.items() if value is not None},
        options.engine,
    )
    for line in format_check(open_store(), request, progress_bar):
        print(line)
    page = "Compare" if request.check == CORRUPTIONS else "Trust"
    print(f"\nlook at it: {app_command()} (page {page})")


def evaluate(options: argparse.Namespace) -> None:
    """Evaluate networks on labelled images."""
    from pipelines.cli.bars import progress_bar
    from pipelines.evaluation.models import OWN_RESIZE
    from pipelines.evaluation.run import Engine, Task, compute_here, evaluate
    from pipelines.review.findings import findings_of_evaluated
    from saliencnn.findings.finding import write_findings
    from saliencnn.models.catalogue import SCREENED
    from saliencnn.store.connection import open_store
    from saliencnn.store.evaluations import read_evaluation

    compute: Engine = partial(compute_here, loaders=options.loaders)
    if options.engine == "ray":
        if options.loaders is not None:
            raise UserError("--loaders is of this machine; with --engine ray, leave it out.")
        from pipelines.evaluation.cluster import compute_on_cluster

        compute = compute_on_cluster
    task = Task(
        models=[n.strip() for n in options.models.split(",")] if options.models else SCREENED,
        images=options.images,
        labels=Path(options.labels) if options.labels else None,
        limit=options.limit,
        resize=OWN_RESIZE if options.resize == OWN else options.resize,
        work=Path(options.work) if options.work else None,
        window=options.window or AUTO,
        layer=options.layer,
        head=options.head,
    )
    store = open_store()
    outcome = evaluate(store, task, progress_bar(), compute)
    for sentence in (*outcome.failures, *outcome.notes):
        print(f"note: {sentence}")
    for run_id in outcome.evaluated:
        info = read_evaluation(store, run_id)
        among = f", top-5 {info.metrics['top5']:.1%}" if "top5" in info.metrics else ""
        print(
            f"{info.model}: top-1 {info.metrics['top1']:.1%}{among} "
            f"of {info.metrics['images']:.0f} images, "
            f"{info.metrics['images_per_second']:.0f} images/s (evaluation {run_id})"
        )
    for line in write_findings(findings_of_evaluated(store, outcome.evaluated)):
        print(f"finding: {line}")
    print(f"look at it: {app_command()}")


def verdict(options: argparse.Namespace) -> None:
    """Accept or reject a run, an epoch or an image."""
    from pipelines.review.decisions import decide
    from saliencnn.store.connection import open_store

    decided = decide(
        open_store(),
        options.run_id,
        DECISIONS[options.decision],
        options.reason,
        options.name,
        options.epoch,
        options.image,
    )
    print(decided.sentence)
    if decided.registered and options.decision == "accept":
        print(
            "load it: from saliencnn.store.registry import load_accepted; "
            f'load_accepted("{decided.registered.name}")'
        )


def stop(options: argparse.Namespace) -> None:
    """Ask a run that is training to stop."""
    from saliencnn.store.connection import open_store
    from saliencnn.store.runs import ask_to_stop

    ask_to_stop(open_store(), options.run_id, options.name)
    print(f"run {options.run_id} stops at its next batch; its complete epochs stay.")


def sync(options: argparse.Namespace) -> int:
    """Deliver what training spooled; 2 where something still waits or was set aside as damaged."""
    from saliencnn.recording.spool import quarantined, spool_folder, spooled_runs
    from saliencnn.recording.sync import sync
    from saliencnn.store.abandoned import mark_abandoned
    from saliencnn.store.connection import open_store

    store, found = open_store(), False
    mark_abandoned(store)
    folder = spool_folder(store)
    before = quarantined(folder)
    for sentence in sync(store):
        print(sentence)
        found = True
    if not found:
        print(f"Nothing waits in {folder}.")
    return 2 if spooled_runs(folder) or quarantined(folder) != before else 0
