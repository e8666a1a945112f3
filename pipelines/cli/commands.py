"""What the commands of the command line do."""

import argparse
import importlib.util
import os
import runpy
import shlex
import shutil
import sys
from dataclasses import fields
from pathlib import Path
from typing import Literal

from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.process import own_command

# Torch and mlflow take seconds, and --help must not: each command imports them itself.

REQUEST = ("data", "arch", "weights", "image_size", "keep")
"""What a retry takes over from the run it starts from, beside the hyperparameters."""
DECISIONS: dict[str, Literal["accepted", "rejected"]] = {
    "accept": "accepted",
    "reject": "rejected",
}


def train(options: argparse.Namespace) -> None:
    """Train a network, or go on with an interrupted run."""
    from pipelines.cli.bars import epoch_line, progress_bar
    from pipelines.training.request import Request
    from pipelines.training.run import resume
    from pipelines.training.run import train as train_network
    from saliencnn.store.connection import open_store
    from saliencnn.store.runs import read_run

    store = open_store()
    if options.resume:
        for name in _given(options):
            raise UserError(
                "A resumed run goes on with its own hyperparameters; "
                f"leave out --{name.replace('_', '-')}."
            )
        run_id = options.resume
        name = f"run {run_id[:8]}"
        resume(store, run_id, progress_bar(name), on_epoch=epoch_line(name))
    else:
        request = Request(
            options.data,
            options.arch,
            options.weights,
            given_hyperparameters(options),
            options.image_size,
            options.keep,
            options.name,
        )
        name = options.name or options.data
        run_id = train_network(store, request, progress_bar(name), on_epoch=epoch_line(name))
    run = read_run(store, run_id)
    for sentence in run.notes:
        print(f"note: {sentence}")
    numbers = ", ".join(f"{key} {value:.4g}" for key, value in sorted(run.metrics.items()))
    print(f"run {run_id} {run.status} after {run.epoch} epochs: {numbers}")
    print(f"look at it: {app_command()}")


def demo(options: argparse.Namespace) -> None:
    """Train the demo's networks, print what they show and open the dashboard."""
    from pipelines.cli.bars import epoch_line, progress_bar
    from pipelines.cli.demo import run_demo
    from saliencnn.store.connection import open_store

    story = run_demo(open_store(), progress_bar, epoch_line, options.imagenet)
    print(f"\nTwo networks, the same birds, almost the same accuracy:\n{story.describe()}")
    print("The first looks at the colored sticker, a shortcut: see the Progression page.")
    print("The Retrain page shows how the second was found; Compare shows both side by side.")
    print(f"open the dashboard: {app_command()}")
    if not options.no_serve:
        # A process of its own has none of training's memory.
        sys.stdout.flush()
        os.execv(sys.executable, own_command("app", "--port", str(options.port)))


def check(options: argparse.Namespace) -> None:
    """Check how far a run's saliency maps can be trusted."""
    from pipelines.cli.bars import progress_bar
    from pipelines.cli.check import CheckRequest, format_check
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
    )
    for line in format_check(open_store(), request, progress_bar):
        print(line)
    print(f"\nlook at it: {app_command()} (page Trust)")


def evaluate(options: argparse.Namespace) -> None:
    """Evaluate networks on labelled images."""
    from pipelines.cli.bars import progress_bar
    from pipelines.evaluation.models import OWN_RESIZE
    from pipelines.evaluation.run import Task, compute_here, evaluate
    from saliencnn.models.catalogue import SCREENED
    from saliencnn.store.connection import open_store
    from saliencnn.store.evaluations import read_evaluation

    resize = {None: OWN_RESIZE, "none": None}.get(options.resize, options.resize)
    if isinstance(resize, str) and not (resize.isdecimal() and int(resize) > 0):
        raise UserError(f"--resize is {resize!r}; it must be a number of pixels, or none.")
    compute = compute_here
    if options.engine == "ray":
        from pipelines.evaluation.cluster import compute_on_cluster

        compute = compute_on_cluster
    task = Task(
        models=[n.strip() for n in options.models.split(",")] if options.models else SCREENED,
        images=options.images,
        labels=Path(options.labels) if options.labels else None,
        limit=options.limit,
        resize=int(resize) if isinstance(resize, str) else resize,
        work=Path(options.work) if options.work else None,
    )
    store = open_store()
    outcome = evaluate(store, task, progress_bar(), compute)
    for sentence in (*outcome.failures, *outcome.notes):
        print(f"note: {sentence}")
    for run_id in outcome.evaluated:
        info = read_evaluation(store, run_id)
        print(
            f"{info.model}: top-1 {info.metrics['top1']:.1%}, top-5 {info.metrics['top5']:.1%} "
            f"of {info.metrics['images']:.0f} images, "
            f"{info.metrics['images_per_second']:.0f} images/s (evaluation {run_id})"
        )
    print(f"look at it: {app_command()}")


def propose(options: argparse.Namespace) -> None:
    """Print proposals for the next run as commands."""
    from pipelines.retry.explain_proposals import give_reasons
    from pipelines.retry.history import LABELS, comparable, past_runs
    from pipelines.retry.propose import propose
    from saliencnn.store.connection import open_store
    from saliencnn.store.runs import list_runs, read_run

    store = open_store()
    start = read_run(store, options.run_id)
    history = list(past_runs(list_runs(store), start).values())
    own = Hyperparameters.from_mapping(start.hyperparameters)
    kept, defaults = own.as_dict(), Hyperparameters().as_dict()
    ranked = comparable(history, options.criterion)
    by = f", ranked by accuracy and {LABELS[ranked.criterion]}" if ranked.criterion else ""
    known = len(ranked.runs)
    print(f"{known} past runs of {start.arch} on {start.image_set} were considered{by}.")
    proposals = propose(own, history, options.count, options.seed, options.criterion)
    reasons = give_reasons(own, proposals, history, options.criterion)
    for proposal, reason in zip(proposals, reasons, strict=True):
        changed = {k: v for k, v in proposal.as_dict().items() if v != defaults[k]}
        given = {k: str(v) if v == kept[k] else _text(v) for k, v in changed.items()}
        values = {k: str(getattr(start, k)) for k in REQUEST} | given
        flags = [f"--{k.replace('_', '-')} {shlex.quote(v)}" for k, v in values.items()]
        print(f"# {reason}")
        print(" ".join(["saliencnn train", *flags]))


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


def sync(options: argparse.Namespace) -> None:
    """Deliver what training spooled while the store was away."""
    from saliencnn.recording.delivery import sync
    from saliencnn.recording.spool import spool_folder
    from saliencnn.store.connection import open_store

    store, found = open_store(), False
    for sentence in sync(store):
        print(sentence)
        found = True
    if not found:
        print(f"Nothing waits in {spool_folder(store)}.")


def queue(options: argparse.Namespace) -> None:
    """Queue a retry of a run."""
    from pipelines.cli.retry import queue_retry

    given = _given(options)
    request_id = queue_retry(options.run_id, given, options.name, options.why)
    print(f"request {request_id} is queued; a worker trains it: saliencnn worker")


def worker(options: argparse.Namespace) -> int:
    """Train what is queued."""
    from pipelines.cli.bars import epoch_line, progress_bar
    from pipelines.cli.retry import run_worker

    return run_worker(options.once, options.poll, progress_bar("retry"), epoch_line("retry"))


def given_hyperparameters(options: argparse.Namespace) -> Hyperparameters:
    """Return what the options say, and defaults for what they leave out."""
    return Hyperparameters.from_mapping(_given(options))


def _given(options: argparse.Namespace) -> dict[str, str]:
    """Return the hyperparameters that the options give, as texts by name."""
    given = {spec.name: getattr(options, spec.name) for spec in fields(Hyperparameters)}
    return {name: text for name, text in given.items() if text is not None}


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def app_command() -> str:
    """Return the command that opens the dashboard, as this shell finds it."""
    beside = Path(sys.executable).with_name("saliencnn")
    program = "saliencnn" if shutil.which("saliencnn") else os.path.relpath(beside)
    return f"{program} app"


def serve(port: int) -> None:
    """Serve the dashboard in this process."""
    found = importlib.util.find_spec("app")
    assert found is not None
    assert found.origin is not None
    script = Path(found.origin).parent / "main.py"
    sys.argv = ["streamlit", "run", str(script), "--server.port", str(port)]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
