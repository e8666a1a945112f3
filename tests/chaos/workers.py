"""Workers that are struck at random while they train what is queued."""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from pipelines.retry.queue import enqueue, list_requests
from pipelines.retry.request_state import MAX_DEATHS
from pipelines.retry.studies import Queue, open_queue
from pipelines.training.request import Request
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.runs import list_runs
from tests.chaos.losses import find_differences
from tests.chaos.place import (
    GRACE,
    HEARTBEAT,
    LOADING,
    Place,
    after_epochs,
    find_left_running,
    strike,
)
from tests.chaos.row import Row
from tests.chaos.training import Reference
from tests.helpers.commands import Command
from tests.helpers.lab import wait_for

PATIENCE = 120.0
"""Seconds in which a worker that nobody strikes has to be through."""


def strike_workers(
    place: Place, wholes: list[Reference], strikes: int, number: int, randomness: random.Random
) -> Iterator[Row]:
    """Queue retries, strike one worker after the other, and let a last one finish.

    Args:
        place: where to.
        wholes: uninterrupted runs; each round queues what they trained.
        strikes: how many.
        number: of the signal.
        randomness: chooses the moments.
    """
    word = "kill -9" if number == signal.SIGKILL else signal.Signals(number).name
    row = Row(f"worker: {word}, then another worker")
    queue = open_queue(place.store, HEARTBEAT, GRACE)
    round_number = 0
    while row.tried < strikes:
        round_number += 1
        names = _ask(queue, wholes, f"{word} round {round_number}")
        for _ in range(min(MAX_DEATHS, strikes - row.tried)):
            command = _start(place)
            epochs = wholes[0].run.epoch
            passed = after_epochs(command, randomness.randrange(epochs))
            reached = partial(_is_time, queue, set(names), passed)
            delay = randomness.uniform(0, wholes[0].seconds / (epochs + 1))
            status = strike(place, command, reached, delay, number)
            row.tried += 1
            row.reached += any(i.attempts for i in list_requests(queue) if i.id in names)
            # Before a worker can take anything, it ends as every command does.
            if number != signal.SIGKILL and status not in (0, 128 + number):
                row.losses.append(f"the worker ended with {status}")
        _finish(place, queue, set(names))
        row.losses += _find_lost(place, queue, names, wholes)
    row.losses += find_left_running(place)
    yield row


def _ask(queue: Queue, wholes: list[Reference], word: str) -> dict[str, Reference]:
    """Queue a round; return id -> the run that it must be like."""
    asked = {}
    for place, whole in enumerate(wholes):
        run = whole.run
        request = Request(
            run.data,
            run.arch,
            run.weights,
            Hyperparameters.from_mapping(run.hyperparameters),
            run.image_size,
            run.keep,
            f"{word}, {place}",
        )
        asked[enqueue(queue, run, request, "Chaos")] = whole
    return asked


def _is_time(queue: Queue, names: set[str], passed: Callable[[], bool]) -> bool:
    """Whether a worker is as far as it is to come, or has nothing left to do."""
    return passed() or not _are_live(queue, names)


def _are_live(queue: Queue, names: set[str]) -> bool:
    states = [info.state for info in list_requests(queue) if info.id in names]
    return bool({"queued", "running"} & set(states))


def _start(place: Place) -> Command:
    return place.start("worker", "--poll", "0.2", *LOADING, log="worker.log")


def _finish(place: Place, queue: Queue, names: set[str]) -> None:
    """Let a worker finish everything."""
    command = _start(place)

    def ended() -> bool:
        return not _are_live(queue, names)

    with suppress(AssertionError):  # what is left is told as lost
        wait_for(ended, PATIENCE, command.log.read_text)
    command.send(signal.SIGTERM)
    place.program.wait(command)


def _find_lost(
    place: Place, queue: Queue, names: dict[str, Reference], wholes: list[Reference]
) -> Iterator[str]:
    found = {info.id: info for info in list_requests(queue)}
    for name, whole in names.items():
        info = found.get(name)
        if info is None:
            yield f"request {name} is not there"
        elif info.state != "completed" or not info.run_id:
            yield f"request {name} is {info.state}: {info.reason}"
        else:
            title = info.request.name
            trained = [r for r in list_runs(place.store) if r.name == title and r.hyperparameters]
            if len(trained) != 1:
                yield f"request {name} was trained {len(trained)} times"
            yield from find_differences(place.store, info.run_id, whole.place.store, whole.run)
