"""Training that is struck at random and resumed, again and again, until it is through."""

import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from saliencnn.store.runs import RunInfo
from tests.chaos.losses import epochs_said, find_differences, find_torn
from tests.chaos.place import LOADING, Place, after_epochs, find_left_running, strike, train_command
from tests.chaos.row import Row

MAX_STRIKES = 3
"""Strikes on one run before it is let through to its end."""


@dataclass(frozen=True)
class Reference:
    """A run that nobody interrupted.

    Attributes:
        place: where it is.
        run: the run.
        seconds: that its command took.
    """

    place: Place
    run: RunInfo
    seconds: float


def train_reference(place: Place, name: str = "whole", **options: int) -> Reference:
    """Train without interruption."""
    began = time.perf_counter()
    status = place.run(*train_command(name, **options), log="whole.log")
    seconds = time.perf_counter() - began
    run = place.find(name)
    assert status == 0, (place.folder / "whole.log").read_text()
    assert run is not None
    return Reference(place, run, seconds)


def strike_training(
    place: Place, whole: Reference, strikes: int, number: int, randomness: random.Random
) -> Iterator[Row]:
    """Strike training at random moments; each run is resumed to its end."""
    word = "kill -9" if number == signal.SIGKILL else signal.Signals(number).name
    row = Row(f"training: {word}, then --resume to the end")
    chain = 0
    while row.tried < strikes:
        chain += 1
        _strike_one(place, whole, f"{word} {chain}", strikes, number, randomness, row)
    row.losses += find_left_running(place)
    yield row


def _strike_one(
    place: Place,
    whole: Reference,
    name: str,
    strikes: int,
    number: int,
    randomness: random.Random,
    row: Row,
) -> None:
    """Strike one run a few times and bring it to its end."""
    log = f"{name.replace(' ', '-')}.log"
    begin = train_command(name, epochs=whole.run.epoch)
    for _ in range(min(randomness.randint(1, MAX_STRIKES), strikes - row.tried)):
        run = place.find(name)
        done = run.epoch if run else 0
        if done == whole.run.epoch:
            break
        again = ("train", "--resume", run.run_id, *LOADING) if run else begin
        command = place.start(*again, log=log)
        epoch_time = whole.seconds / (whole.run.epoch + 1)
        reached = after_epochs(command, randomness.randrange(whole.run.epoch - done))
        status = strike(place, command, reached, randomness.uniform(0, epoch_time), number)
        row.tried += 1
        row.reached += status != 0
        said = command.log.read_text()
        if number != signal.SIGKILL and status not in (0, 128 + number):
            row.losses.append(f"{name}: it ended with {status}: {said[-300:]}")
        run = place.find(name)
        if run:
            row.losses += find_torn(place.store, run, epochs_said(said))
            if run.status == "finished":
                break
    run = place.find(name)
    if run is None or run.status != "finished":
        again = ("train", "--resume", run.run_id, *LOADING) if run else begin
        status = place.run(*again, log=log)
        if status:
            said = (place.folder / log).read_text()
            row.losses.append(f"{name}: it does not go on ({status}): {said[-300:]}")
            return
    run = place.find(name)
    assert run is not None
    row.losses += find_differences(place.store, run.run_id, whole.place.store, whole.run)
