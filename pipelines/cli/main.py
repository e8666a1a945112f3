"""The command line: see what CNNs learn while they train, decide, and train again."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence

from pipelines.cli import (
    dashboard,
    report,
    review_commands,
    review_options,
    training_commands,
    training_options,
)
from pipelines.cli.arguments import Parser, check_words
from pipelines.cli.ending import EndSignals, end_at_once, end_signals
from pipelines.cli.failures import report_failure
from pipelines.cli.named_runs import complete_ids
from saliencnn import __version__
from saliencnn.common.devices import computing_on
from saliencnn.plugins import load_plugins

Add = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace], int | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; whatever goes wrong is one sentence on stderr.

    Returns:
        The exit status: 2 for what a person or the surroundings can mend, 1 for a fault of ours,
        and 128 and its number for a signal that ends it, as in a shell.
    """
    with end_signals(end_at_once) as signals:
        try:
            status = _run(sys.argv[1:] if arguments is None else arguments, signals)
        except KeyboardInterrupt as error:
            print("\nsaliencnn: stopped; complete epochs are kept.", file=sys.stderr)
            return 128 + getattr(error, "number", signal.SIGINT)
    # What fails while it is being ended fails for that reason.
    return 128 + signals.number if status and signals.number else status


def _run(words: Sequence[str], signals: EndSignals) -> int:
    try:
        check_words(words)
        for sentence in load_plugins():
            print(f"saliencnn: {sentence}", file=sys.stderr)
        given = _parser().parse_args(words)
        given.signals = signals
        _allow_own(getattr(given, "own_network", ()))
        with computing_on(getattr(given, "device", None), checked=given.run is not _open):
            complete_ids(given)
            status = int(given.run(given) or 0)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read the output wanted no more of it, as ``head`` does. What is left in the buffer
        # must go somewhere, or Python complains when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:
        return report_failure(error)


def _allow_own(networks: Sequence[str]) -> None:
    """Let a person's own networks run, which they have named on the command line."""
    if networks:
        from saliencnn.models.own_networks import allow_own  # takes seconds, as torch does

        allow_own(networks)


def _parser() -> argparse.ArgumentParser:
    parser = Parser("saliencnn", description=__doc__)
    parser.add_argument("--version", action="version", version=f"saliencnn {__version__}")
    chosen = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (words, add, run) in COMMANDS.items():
        command = chosen.add_parser(name, help=words)
        add(command)
        command.set_defaults(run=run)
    return parser


def _open(given: argparse.Namespace) -> None:
    # It loads no torch, so the process that computes for it is the first to look for a device.
    dashboard.serve(given.port, given.host)


COMMANDS: dict[str, tuple[str, Add, Run]] = {
    "demo": (
        "train two small networks and open the dashboard",
        training_options.add_demo,
        dashboard.demo,
    ),
    "train": (
        "train a CNN and log every epoch",
        training_options.add_train,
        training_commands.train,
    ),
    "inspect": (
        "say what an image set holds before anything is trained on it",
        training_options.add_inspect,
        training_commands.inspect,
    ),
    "check": (
        "check how far a run's saliency maps can be trusted",
        review_options.add_check,
        review_commands.check,
    ),
    "evaluate": (
        "compare many CNNs on labelled images",
        review_options.add_evaluate,
        review_commands.evaluate,
    ),
    "report": (
        "write what runs learned into one HTML file",
        review_options.add_report,
        report.report,
    ),
    "propose": (
        "propose hyperparameters for a retry of a run",
        training_options.add_propose,
        training_commands.propose,
    ),
    "search": (
        "propose and train retries of a run, one after the other, within a budget",
        training_options.add_search,
        training_commands.search,
    ),
    "ignore": (
        "make a network that ignores groups of maps which must not count",
        training_options.add_ignore,
        training_commands.ignore,
    ),
    "verdict": (
        "accept or reject a run, an epoch or an image",
        review_options.add_verdict,
        review_commands.verdict,
    ),
    "stop": ("ask a run that is training to stop", review_options.add_stop, review_commands.stop),
    "sync": (
        "deliver epochs that wait in the local buffer since the store could not be reached",
        lambda _: None,
        review_commands.sync,
    ),
    "queue": (
        "queue a retry of a run, for a worker to train",
        training_options.add_queue,
        training_commands.queue,
    ),
    "worker": (
        "train the queued retries, one after the other",
        training_options.add_worker,
        training_commands.worker,
    ),
    "app": ("open the dashboard", review_options.add_app, _open),
    "compute": (
        "compute for the dashboard, which starts this itself",
        lambda _: None,
        dashboard.compute,
    ),
}
"""Command -> what it does in words, what adds its options, and what runs it."""
