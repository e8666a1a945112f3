"""The commands that queue retries and work on them."""

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial

from pipelines.cli.ending import end_at_once, end_signals
from pipelines.retry.queue import enqueue
from pipelines.retry.request_state import request_retry
from pipelines.retry.studies import open_queue
from pipelines.retry.worker import Worker
from pipelines.training.request import OnEpoch
from saliencnn.common.progress import Progress
from saliencnn.store.connection import open_store
from saliencnn.store.runs import read_run


def run_worker(
    once: bool, poll: float, report: Progress, on_epoch: OnEpoch, loaders: int | None = None
) -> int:
    """Train what is queued until told to end by Ctrl-C, SIGTERM or SIGHUP.

    That ends training at once and puts the request back into the queue; a second one does not
    wait for that. Whenever nothing waits any more after something was trained, the process begins
    anew under its number.

    Args:
        once: end when nothing waits.
        poll: seconds between two looks at an empty queue.
        report: called with the progress of training.
        on_epoch: called with every complete epoch's numbers.
        loaders: processes that load images, as for ``train``.

    Returns:
        The exit status: 130 after Ctrl-C, else 0.

    Raises:
        UserError: the store or its studies cannot be opened.
    """
    say = partial(print, flush=True)
    queue = open_queue(open_store())

    def cut_off(number: int) -> None:
        worker.end()
        if worker.interruptible:
            end_at_once(number)

    with end_signals(cut_off) as signals:
        worker = Worker(queue, poll, say, report, on_epoch, signals.listen, loaders)
        renewed = worker.run(once, renew=not once)
    if renewed and not signals.number:
        # Most of what training took can only be given back with the process's memory as a whole.
        os.execv(sys.executable, sys.orig_argv)
    return 130 if signals.number == signal.SIGINT else 0


def queue_retry(run_id: str, given: Mapping[str, str], person: str, why: str) -> str:
    """Queue a retry of a run with some hyperparameters, or the size of its images, changed.

    Args:
        run_id: the run to start from.
        given: what changes, as texts by name.
        person: who asks.
        why: their words.

    Returns:
        The request's id.

    Raises:
        UserError: no such run, or a value is out of bounds.
    """
    store = open_store()
    run = read_run(store, run_id)
    request = request_retry(run, given, f"{run.name}-retry")
    return enqueue(open_queue(store), run, request, person, why)
