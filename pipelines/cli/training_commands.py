"""The commands that train: a network, proposals for the next one, and the queue of retries."""

import argparse
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING

from pipelines.cli.dashboard import app_command
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.window import AUTO

if TYPE_CHECKING:
    from pipelines.training.rate_test import RateTest

# Torch and mlflow take seconds, and --help must not: each command imports them itself.


def train(options: argparse.Namespace) -> None:
    """Train a network, or go on with an interrupted run, alone or as one of several processes."""
    from pipelines.training.resume import help_train
    from saliencnn.common.devices import choose_device
    from saliencnn.common.ranks import joined, own_rank, refuse_torchrun
    from saliencnn.models.own_networks import allow_own, is_own
    from saliencnn.store.connection import open_store

    if options.find_lr:
        refuse_torchrun("--find-lr")
    if not options.resume and is_own(options.arch):
        (options.arch,) = allow_own([options.arch])
    with joined(choose_device()):
        if own_rank():
            help_train(open_store(), options.signals.listen, options.loaders)
        else:
            _train_first(options)


def _train_first(options: argparse.Namespace) -> None:
    from pipelines.cli.bars import epoch_line, progress_bar
    from pipelines.report.make import report_run
    from pipelines.review.findings import findings_of_run
    from pipelines.training.rate_test import try_rates
    from pipelines.training.request import Request
    from pipelines.training.resume import resume
    from pipelines.training.run import train as train_network
    from saliencnn.findings.finding import write_findings
    from saliencnn.store.abandoned import mark_abandoned
    from saliencnn.store.connection import open_store
    from saliencnn.store.runs import read_run

    store = open_store(experiment=options.experiment)
    mark_abandoned(store)
    if options.resume:
        own = [name for name in ("window", "experiment") if getattr(options, name)]
        for name in (*_given(options), *own):
            raise UserError(
                "A resumed run goes on with its own hyperparameters and where it is; "
                f"leave out --{name.replace('_', '-')}."
            )
        run_id = options.resume
        name = f"run {run_id[:8]}"
        resume(
            store,
            run_id,
            progress_bar(name),
            interrupted=options.signals.listen,
            on_epoch=epoch_line(name),
            loaders=options.loaders,
        )
    else:
        request = Request(
            options.data,
            options.arch,
            options.weights,
            given_hyperparameters(options),
            options.image_size,
            options.keep,
            options.name,
            options.window or AUTO,
            options.fit,
            options.layer,
            options.head,
            options.map_images,
            options.interventions_every,
        )
        name = options.name or options.data
        if options.find_lr:
            _print_rates(try_rates(store, request, progress_bar(name)))
            return
        run_id = train_network(
            store,
            request,
            progress_bar(name),
            interrupted=options.signals.listen,
            on_epoch=epoch_line(name),
            loaders=options.loaders,
        )
    run = read_run(store, run_id)
    for sentence in run.notes:
        print(f"note: {sentence}")
    numbers = ", ".join(f"{key} {value:.4g}" for key, value in sorted(run.metrics.items()))
    print(f"run {run_id} {run.status} after {run.epoch} epochs: {numbers}")
    for line in write_findings(findings_of_run(store, run)):
        print(f"finding: {line}")
    if kept := report_run(store, run_id):
        print(f"report: kept with the run as {kept}; MLflow's own pages show it")
    print(f"look at it: {app_command()}")


def _print_rates(test: "RateTest") -> None:
    """Print the course of a range test and the rate that it suggests."""
    for rate, loss in [*zip(test.rates, test.losses, strict=True)][:: len(test.rates) // 12 or 1]:
        print(f"learning rate {rate:.1e}: training loss {loss:.3g}")
    print(
        f"The loss is lowest at {test.lowest:.1e}; a tenth of that is safe: "
        f"--learning-rate {test.suggestion:g}"
    )


def inspect(options: argparse.Namespace) -> None:
    """Say what an image set holds, and by what a network's errors on it divide."""
    from pipelines.cli.bars import progress_bar
    from pipelines.review.errors import describe_errors
    from saliencnn.data.geometry import validation_geometry
    from saliencnn.data.inspection import describe, inspect_images
    from saliencnn.data.sources import read_image_set
    from saliencnn.data.value_range import apply_window
    from saliencnn.store.connection import open_store

    image_set = apply_window(read_image_set(options.data), options.window or AUTO)
    found = inspect_images(image_set, progress_bar("inspect"))
    lines = describe(found, validation_geometry(options.image_size, options.fit))
    if options.run_id:
        lines += describe_errors(open_store(), options.run_id, image_set)
    for line in lines:
        print(line)


def propose(options: argparse.Namespace) -> None:
    """Print proposals for the next run as commands."""
    from pipelines.retry.history import comparable, past_runs
    from pipelines.retry.proposals import list_proposals
    from pipelines.retry.request_state import why_not_retried
    from pipelines.retry.resized import resized_runs
    from pipelines.retry.settings import settings_of
    from pipelines.review.findings import findings_of_run
    from saliencnn.common.metrics import METRICS
    from saliencnn.common.sentences import count, show
    from saliencnn.store.connection import open_store
    from saliencnn.store.runs import list_runs, read_run
    from saliencnn.store.train_command import write_command

    store = open_store()
    start = read_run(store, options.run_id)
    if reason := why_not_retried(start):
        raise UserError(f"There are no proposals for run {start.name}. {reason}")
    past = past_runs(list_runs(store), start)
    own = Hyperparameters.from_mapping(start.hyperparameters)
    kept = settings_of(start)
    ranked = comparable([*past.values()], options.criterion)
    by = f", ranked by accuracy and {METRICS[ranked.criterion].label}" if ranked.criterion else ""
    of = f"of {start.arch} on {start.image_set}"
    runs = count(len(ranked.runs), f"past run {of} was", f"past runs {of} were")
    print(f"{runs} considered{by}.")
    findings = findings_of_run(store, start)
    asked = (options.count, options.seed, options.criterion)
    resized = resized_runs(list_runs(store), start)
    names = {**past, **{one.run_id: one.past for one in resized}}
    given = {"size": kept["image_size"], "resized": resized}
    for proposal in list_proposals(own, past, findings, *asked, **given):
        print(f"# {proposal.reason}")
        if proposal.trained:
            print(f"# {show(names[proposal.trained].name)} has these values already.")
        values = proposal.change(kept).items()
        changes = {k: _text(v) for k, v in values if v != kept[k]}
        print(write_command(start, **changes))


def search(options: argparse.Namespace) -> None:
    """Propose and train one run after the other."""
    from pipelines.cli.bars import epoch_line, progress_bar
    from pipelines.retry.cluster import AT_ONCE, train_on_cluster
    from pipelines.retry.search import Search
    from saliencnn.common.ranks import refuse_torchrun
    from saliencnn.store.connection import open_store
    from saliencnn.store.runs import read_run

    refuse_torchrun("saliencnn search")
    if options.engine == "local" and options.at_once:
        raise UserError("--at-once is of --engine ray; here one trial is trained after the other.")
    spread = partial(train_on_cluster, at_once=options.at_once or AT_ONCE, loaders=options.loaders)
    store = open_store()
    start = read_run(store, options.run_id)
    found = Search(
        store,
        start,
        options.trials,
        options.hours,
        options.criterion,
        progress_bar("trial"),
        options.signals.listen,
        epoch_line("trial"),
        say=partial(print, flush=True),
        loaders=options.loaders,
        compute=spread if options.engine == "ray" else None,
    ).run()
    print("\n".join(found))


def ignore(options: argparse.Namespace) -> None:
    """List a run's groups of maps, or make a network that ignores some of them."""
    from pipelines.cli.bars import progress_bar
    from pipelines.retry.ignored_groups import ignore_groups
    from pipelines.retry.ignoring import why_not_ignored
    from pipelines.retry.map_groups import choose_groups, find_groups
    from saliencnn.common.metrics import write_metrics
    from saliencnn.common.sentences import show
    from saliencnn.store.connection import open_store
    from saliencnn.store.runs import read_run

    store = open_store()
    run = read_run(store, options.run_id)
    if reason := why_not_ignored(run):
        raise UserError(reason)
    epoch = options.epoch or run.epoch
    groups = find_groups(store, run, epoch)
    if not options.group:
        for group in groups:
            focus = "" if group.focus != group.focus else f", focus {group.focus:.2f}"
            print(f"{show(group.label)}: {len(group.images)} images, {group.right} right{focus}")
        print("Colours shows them; --group CLASS:NUMBER ignores one, --group CLASS all of a class.")
        return
    chosen = choose_groups(groups, options.group)
    made = read_run(store, ignore_groups(store, run, epoch, chosen, progress_bar("ignore")))
    shown = ("val_accuracy", "counterfactual_accuracy", "focus")
    for one in (run, made):
        print(f"{show(one.name)}: {write_metrics(one.metrics, shown)}")
    print(f"run {made.run_id} is recorded; look at it: {app_command()}")


def queue(options: argparse.Namespace) -> None:
    """Queue a retry of a run."""
    from pipelines.cli.retry import queue_retry

    size = {"image_size": options.image_size} if options.image_size else {}
    given = {**_given(options), **size}
    request_id = queue_retry(options.run_id, given, options.name, options.why)
    print(f"request {request_id} is queued; a worker trains it: saliencnn worker")


def worker(options: argparse.Namespace) -> int:
    """Train what is queued."""
    from pipelines.cli.bars import epoch_line, progress_bar
    from pipelines.cli.retry import run_worker
    from saliencnn.common.ranks import refuse_torchrun

    refuse_torchrun("saliencnn worker")
    bar, line = progress_bar("retry"), epoch_line("retry")
    return run_worker(options.once, options.poll, bar, line, options.loaders)


def given_hyperparameters(options: argparse.Namespace) -> Hyperparameters:
    """Return what the options say, and what suits the network for what they leave out."""
    from pipelines.training.recipe import starting_point

    usual = starting_point(options.arch, options.weights).as_dict()
    return Hyperparameters.from_mapping({**usual, **_given(options)})


def _given(options: argparse.Namespace) -> dict[str, str]:
    """Return the hyperparameters that the options give, as texts by name."""
    given = {spec.name: getattr(options, spec.name) for spec in fields(Hyperparameters)}
    return {name: text for name, text in given.items() if text is not None}


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
