"""A store with a queue and a spool of its own, and the commands that work on it."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.process import is_here, name_process
from saliencnn.store.abandoned import mark_abandoned
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs
from tests.chaos.losses import epochs_said
from tests.helpers.commands import Command, Forker
from tests.helpers.lab import wait_for
from tests.helpers.stores import new_store

DATA = "planted:train=24,validation=16,counterfactual=8,size=32,seed=0"
EPOCHS = 4
HEARTBEAT, GRACE = 1, 3
"""Seconds of a worker; the command's own are ten times as long."""
LOADING = ("--loaders", "1")
"""A process that loads images, which so few do not need: it is struck as well."""
SETTINGS = ("--data", DATA, "--image-size", "32", "--batch-size", "8", "--dropout", "0.3", *LOADING)


@dataclass(frozen=True)
class Place:
    """Where commands work.

    Attributes:
        program: starts them.
        folder: holds all files.
        store: opened by this process.
        environment: of the commands.
    """

    program: Forker
    folder: Path
    store: Store
    environment: Mapping[str, str]

    def start(self, *arguments: str, log: str, skew: float = 0) -> Command:
        """Start a command, whose output goes to a file of the place."""
        path = str(self.folder / log)
        return self.program.start(
            *arguments, log=path, skew=skew, beats=(HEARTBEAT, GRACE), **self.environment
        )

    def run(self, *arguments: str, log: str) -> int:
        """Run a command to its end; return its exit status."""
        return self.program.wait(self.start(*arguments, log=log))

    def find(self, name: str) -> RunInfo | None:
        """Return the newest run of a name that has its hyperparameters, if there is one."""
        named = [run for run in list_runs(self.store) if run.name == name]
        return next((run for run in named if run.hyperparameters), None)


def make_place(program: Forker, folder: Path, store: Store | None = None) -> Place:
    """Make a place in a new folder; without a store, with an embedded one."""
    folder.mkdir(parents=True, exist_ok=True)
    opened = store or new_store(folder)
    environment = {
        "MLFLOW_TRACKING_URI": opened.uri,
        "SALIENCNN_SPOOL": str(folder / "spool"),
        "SALIENCNN_STUDY_URL": f"sqlite:///{folder}/studies.db",
    }
    return Place(program, folder, opened, environment)


def train_command(name: str, *more: str, epochs: int = EPOCHS, seed: int = 0) -> tuple[str, ...]:
    """Return the command that trains the small network."""
    count = ("--epochs", str(epochs), "--seed", str(seed))
    return ("train", *SETTINGS, *count, "--name", name, *more)


def strike(
    place: Place, command: Command, reached: Callable[[], bool], delay: float, number: int
) -> int:
    """Send a signal at some moment; return how the command ended.

    A kill hits the command alone and leaves its processes that load images behind, as the
    kernel's own does; another signal goes to all of the group, as systemd sends it.

    Args:
        place: where it works.
        command: which.
        reached: whether it is as far as it is to come first; it may end before that.
        delay: seconds from then on.
        number: of the signal.
    """
    while not reached() and is_here(name_process(command.pid)):
        time.sleep(0.02)
    time.sleep(delay)
    if number == signal.SIGKILL:
        with suppress(ProcessLookupError):
            os.kill(command.pid, number)
    else:
        command.send(number)
    return place.program.wait(command)


def after_epochs(command: Command, count: int) -> Callable[[], bool]:
    """Return whether a command has printed so many epochs from now on."""
    before = count_epochs(command)
    return lambda: count_epochs(command) - before >= count


def count_epochs(command: Command) -> int:
    """Return how many epochs stand in a command's log."""
    return command.log.read_text().count(" epoch ")


def wait_for_epoch(command: Command, epoch: int) -> None:
    """Wait until a command has printed an epoch as complete."""
    wait_for(lambda: epochs_said(command.log.read_text()) >= epoch, 180, command.log.read_text)


def find_left_running(place: Place) -> list[str]:
    """Return a sentence for each run that is listed as running though nobody trains it."""
    mark_abandoned(place.store)
    lists: list[str] = []
    try:
        running = [run.name for run in list_runs(place.store) if run.status == "running"]
        lists += [f"{name} is listed as running" for name in running]
    except UserError as error:
        lists.append(f"runs cannot be listed: {error}")
    search = place.store.client.search_runs
    found = search([place.store.runs], "attributes.status = 'RUNNING'")
    lists += [f"{run.info.run_name} is RUNNING in MLflow" for run in found]
    return lists
