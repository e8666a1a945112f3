"""Trainers whose clocks are wrong by minutes, killed and resumed."""

import os
import signal
from collections.abc import Iterator

from saliencnn.store.runs import read_facts, read_run
from tests.chaos.losses import epochs_said, find_differences, find_torn
from tests.chaos.place import Place, find_left_running, train_command, wait_for_epoch
from tests.chaos.row import Row
from tests.chaos.training import Reference


def shift_clocks(place: Place, whole: Reference) -> Iterator[Row]:
    """Train with a wrong clock; see it run, let nobody take it over, kill it, and resume it."""
    row = Row("clock: five minutes behind or ahead, kill -9, then --resume")
    for skew in (-300, 300):
        name = f"skew {skew}"
        command = place.start(
            *train_command(name, epochs=whole.run.epoch), log=f"{name}.log", skew=skew
        )
        wait_for_epoch(command, 3)
        row.tried += 1
        run = place.find(name)
        assert run is not None
        owner = read_facts(place.store, run.run_id)["process"]
        if read_run(place.store, run.run_id).status != "running":
            row.losses.append(f"{name} is listed as {run.status} while it trains")
        os.kill(command.pid, signal.SIGSTOP)  # or it would be through before it is asked for
        status = place.run("train", "--resume", run.run_id, log=f"{name}-again.log")
        if status == 0 or read_facts(place.store, run.run_id)["process"] != owner:
            row.losses.append(f"{name} was taken over while it trains")
        os.kill(command.pid, signal.SIGCONT)
        os.kill(command.pid, signal.SIGKILL)
        row.reached += place.program.wait(command) == -signal.SIGKILL
        killed = read_run(place.store, run.run_id)
        row.losses += find_torn(place.store, killed, epochs_said(command.log.read_text()))
        if place.run("train", "--resume", run.run_id, log=f"{name}.log"):
            row.losses.append(f"{name} does not go on: {command.log.read_text()[-300:]}")
        row.losses += find_differences(place.store, run.run_id, whole.place.store, whole.run)
    row.losses += find_left_running(place)
    yield row
