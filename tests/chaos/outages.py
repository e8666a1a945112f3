"""An MLflow server that is killed and started again while a training runs."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from saliencnn.store.connection import open_store
from tests.chaos.losses import find_differences
from tests.chaos.place import Place, find_left_running, make_place, train_command, wait_for_epoch
from tests.chaos.row import Row
from tests.chaos.training import Reference
from tests.helpers.commands import Command, Forker
from tests.helpers.server import free_port, mlflow_server


class Server:
    """An MLflow server that is killed and started again at its address."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port, self._running = folder, free_port(), ExitStack()

    def start(self, database: str = "own") -> str:
        """Start it with one of its databases; return its address."""
        folder = self._folder / database
        folder.mkdir(parents=True, exist_ok=True)
        return self._running.enter_context(mlflow_server(folder, self._port))

    def kill(self) -> None:
        """Kill it, with all its processes."""
        self._running.close()


def kill_servers(program: Forker, folder: Path, whole: Reference) -> Iterator[Row]:
    """Kill the server of a training in three ways.

    Args:
        program: starts commands.
        folder: for all files.
        whole: an uninterrupted run of twelve epochs.
    """
    server = Server(folder / "server")
    store = open_store(server.start())
    place = make_place(program, folder / "place", store)
    try:
        yield _return_in_time(place, server, whole)
        yield _return_empty(place, server, whole)
        yield _return_after_the_end(place, server, whole)
    finally:
        server.kill()


def _return_in_time(place: Place, server: Server, whole: Reference) -> Row:
    row = Row("server: kill -9 in mid-training, back three epochs later", tried=1)
    command = _train(place, "in-time", whole)
    wait_for_epoch(command, 2)
    server.kill()
    wait_for_epoch(command, 5)
    with _held(command):
        server.start()
    _end(place, command, row, "in-time", whole)
    return row


def _return_empty(place: Place, server: Server, whole: Reference) -> Row:
    row = Row("server: back with an empty database, then with its own", tried=1)
    command = _train(place, "empty", whole)
    wait_for_epoch(command, 2)
    with _held(command):
        server.kill()
        server.start("empty")
    wait_for_epoch(command, 6)
    with _held(command):
        status = place.run("sync", log="sync-empty.log")
        if status == 0:
            row.losses.append("sync to an empty database ends with 0")
        server.kill()
        server.start()
    _end(place, command, row, "empty", whole)
    return row


def _return_after_the_end(place: Place, server: Server, whole: Reference) -> Row:
    row = Row("server: away at the end, SIGTERM meanwhile, then sync", tried=1)
    command = _train(place, "late", whole)
    wait_for_epoch(command, 3)
    server.kill()
    wait_for_epoch(command, whole.run.epoch)
    command.send(signal.SIGTERM)
    status = place.program.wait(command)
    row.reached += status == 128 + signal.SIGTERM
    server.start()
    if status := place.run("sync", log="sync.log"):
        row.losses.append(f"sync ended with {status}: {(place.folder / 'sync.log').read_text()}")
    run = place.find("late")
    if run and run.status == "stopped":  # the signal came before its end was decided
        place.run("train", "--resume", run.run_id, log="late.log")
    _compare(place, row, "late", whole)
    return row


def _train(place: Place, name: str, whole: Reference) -> Command:
    return place.start(*train_command(name, epochs=whole.run.epoch), log=f"{name}.log")


class _held:  # noqa: N801
    """Hold a command's main process for a while, so that it does not end meanwhile."""

    def __init__(self, command: Command) -> None:
        self._pid = command.pid

    def __enter__(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, signal.SIGCONT)


def _end(place: Place, command: Command, row: Row, name: str, whole: Reference) -> None:
    status = place.program.wait(command)
    said = command.log.read_text()
    row.reached += 1  # else it had not come to the epochs that were waited for
    if status:
        row.losses.append(f"{name} ended with {status}: {said[-300:]}")
    _compare(place, row, name, whole)


def _compare(place: Place, row: Row, name: str, whole: Reference) -> None:
    run = place.find(name)
    if run is None:
        row.losses.append(f"{name} is not in the store")
        return
    row.losses += find_differences(place.store, run.run_id, whole.place.store, whole.run)
    row.losses += find_left_running(place)
