"""A store on a disk that becomes full while a training runs.

Making a small disk needs root: the campaign mounts one in a mount namespace of its own, where
``python -m tests.chaos.disks FOLDER`` then does this.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from saliencnn.store.runs import list_runs
from tests.chaos.losses import epochs_said, find_differences, find_torn
from tests.chaos.place import find_left_running, make_place, train_command, wait_for_epoch
from tests.chaos.row import Row
from tests.chaos.training import train_reference
from tests.helpers.commands import forker

WHAT = "disk: full in mid-training, then room again and --resume"
SIZE = "48m"
EPOCHS = 12
LOSS = "lost: "


def fill_disks(folder: Path) -> Iterator[Row]:
    """Fill a small disk while a training runs, where this process may mount one."""
    if reason := _why_not():
        yield Row(WHAT, skipped=reason)
        return
    row = Row(WHAT, tried=1)
    folder.mkdir()
    small = folder / "small"
    small.mkdir()
    inside = (
        f"mount -t tmpfs -o size={SIZE} none {shlex.quote(str(small))} && "
        f"exec {shlex.join([sys.executable, '-m', 'tests.chaos.disks', str(folder)])}"
    )
    done = subprocess.run(["unshare", "-m", "sh", "-c", inside], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    row.reached = lines.count("full")
    row.losses += [line.removeprefix(LOSS) for line in lines if line.startswith(LOSS)]
    if done.returncode:
        row.losses.append(f"it ended with {done.returncode}: {done.stderr[-500:]}")
    yield row


def _why_not() -> str:
    if shutil.which("unshare") is None or os.getuid():
        return "only root can mount a small disk"
    tried = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True
    )
    return f"no disk can be mounted here ({tried.stderr.strip()[:80]})" if tried.returncode else ""


def _fill(folder: Path) -> Iterator[str]:
    """Train on the small disk, and yield what was lost."""
    with forker(folder) as program:
        whole = train_reference(make_place(program, folder / "roomy"), epochs=EPOCHS)
        place = make_place(program, folder / "small" / "place")
        command = place.start(*train_command("full", epochs=EPOCHS), log="../../full.log")
        wait_for_epoch(command, 2)
        ballast = folder / "small" / "ballast"
        _write_until_full(ballast)
        status = program.wait(command)
        said = command.log.read_text()
        if status not in (1, 2):
            yield f"the command ended with {status} on a full disk: {said[-300:]}"
            return
        print("full")
        if "Traceback" in said:
            yield f"a traceback: {said[-500:]}"
        (run,) = list_runs(place.store)
        yield from find_torn(place.store, run, epochs_said(said))
        ballast.unlink()
        again = place.run("train", "--resume", run.run_id, log="../../full.log")
        if again:
            yield f"it does not go on: {command.log.read_text()[-500:]}"
        yield from find_differences(place.store, run.run_id, whole.place.store, whole.run)
        yield from find_left_running(place)


def _write_until_full(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            return


if __name__ == "__main__":
    from pipelines.cli.process import prepare_process

    prepare_process()
    for sentence in _fill(Path(sys.argv[1])):
        print(LOSS + sentence.replace("\n", " "))
