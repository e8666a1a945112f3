"""`make chaos`: what is lost where processes are killed, disks full, clocks wrong, servers away.

Commands are forked from one process that has the program loaded, so that a kill costs no more than
what it cuts off. Prints a row for each kind of mishap; exit status 1 if anything was lost.
"""

import argparse
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the networks are tiny, and results the same

from pipelines.cli.process import prepare_process

prepare_process()  # as the command line does, before torch is loaded

from tests.chaos.clocks import shift_clocks  # noqa: E402
from tests.chaos.disks import fill_disks  # noqa: E402
from tests.chaos.evaluations import strike_evaluations  # noqa: E402
from tests.chaos.outages import kill_servers  # noqa: E402
from tests.chaos.place import make_place  # noqa: E402
from tests.chaos.row import Row, measured  # noqa: E402
from tests.chaos.training import strike_training, train_reference  # noqa: E402
from tests.chaos.workers import strike_workers  # noqa: E402
from tests.helpers.commands import Forker, forker  # noqa: E402

LONG = 12
"""Epochs of a run that outlives a server's restart."""


def parse() -> argparse.Namespace:
    """Read the options."""
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="kill -9, half of them on training")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of all strikes")
    return parser.parse_args()


def run_all(program: Forker, folder: Path, kills: int, seed: int) -> Iterator[Row]:
    """Try everything, and yield a row of each kind."""
    randomness = random.Random(seed)
    place = make_place(program, folder / "place")
    train_reference(place, "first")  # it publishes the images, and nobody else's time is like its
    short = [train_reference(place, f"whole {s}", seed=s) for s in (0, 1)]
    long = train_reference(place, "long", epochs=LONG)
    on_workers, on_evaluations = round(kills * 0.3), round(kills * 0.2)
    on_training = kills - on_workers - on_evaluations
    gentle = max(1, kills // 10)
    for tried in (
        partial(strike_training, place, short[0], on_training, signal.SIGKILL, randomness),
        partial(strike_workers, place, short, on_workers, signal.SIGKILL, randomness),
        partial(strike_evaluations, program, folder / "evaluations", on_evaluations, randomness),
        partial(strike_training, place, short[0], gentle, signal.SIGTERM, randomness),
        partial(strike_workers, place, short, gentle, signal.SIGTERM, randomness),
        partial(shift_clocks, place, long),
        partial(fill_disks, folder / "disks"),
        partial(kill_servers, program, folder / "servers", long),
    ):
        yield from measured(tried)


def main() -> int:
    """Print the table; return the exit status."""
    options, began = parse(), time.perf_counter()
    lost = 0
    # Whoever ends the campaign ends all that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with TemporaryDirectory(prefix="saliencnn-chaos-") as name, forker(Path(name)) as program:
        for row in run_all(program, Path(name), options.kills, options.seed):
            print(row, flush=True)
            for loss in row.losses:
                print(f"    {loss}", flush=True)
            lost += len(row.losses)
    minutes = (time.perf_counter() - began) / 60
    end = f"{lost} things were lost" if lost else "nothing was lost"
    print(f"seed {options.seed}: {end}, in {minutes:.1f} minutes")
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
