"""One process computes for all, one request after the other, whatever happens to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from pipelines.computing import asking
from pipelines.computing import computer as computer_of_all
from pipelines.computing.computer import Computer
from pipelines.computing.frames import name_of
from pipelines.computing.process import ComputerDied
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, silent
from saliencnn.common.translation import translate
from saliencnn.maps.history import MapHistory, UploadedImageHistory
from saliencnn.maps.progression import explain_upload
from saliencnn.measures.resolution import resample
from saliencnn.plugins import VARIABLE
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from tests.helpers import held
from tests.helpers.waiting import wait_for
from tests.helpers.working import begun

pytestmark = pytest.mark.usefixtures("forked", "as_new")
SECONDS = 120
Ask = Callable[..., UploadedImageHistory]


class Left(Exception):
    """Raised by a report: the page went away."""


@pytest.fixture(scope="module")
def computer(computer: Computer) -> Computer:
    computer.patience = 0.2
    return computer


@pytest.fixture
def ask(computer: Computer, store: Store, tiny_run: RunInfo) -> Ask:
    """Ask for the maps of a grey image."""

    def ask(grey: int, methods: tuple[str, ...], report: Progress = silent) -> UploadedImageHistory:
        image = np.full((48, 48, 3), grey, np.uint8)
        given = (store, tiny_run, image, 3, methods, MapHistory())
        found = computer.compute(name_of(explain_upload), given, {}, report)
        assert isinstance(found, UploadedImageHistory)
        return found

    return ask


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_it_computes_what_this_process_would(
    ask: Ask, store: Store, tiny_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computer_of_all, "LOOK", 0.001)  # a fast machine is done before it looks
    image = np.full((48, 48, 3), 90, np.uint8)
    here = explain_upload(store, tiny_run, image, 3, ("gradcam", "gradient"), MapHistory())
    told: list[tuple[float, str]] = []
    there = ask(90, ("gradcam", "gradient"), lambda *one: told.append(one))
    np.testing.assert_array_equal(there.pixels, here.pixels)
    assert there.history.predictions.keys() == here.history.predictions.keys()
    for method, by_epoch in here.history.maps.items():
        for epoch, saliency in by_epoch.items():
            found = there.history.maps[method][epoch]
            np.testing.assert_allclose(found, saliency, atol=1e-3 * abs(saliency).max())
    assert told[0] in ((0.0, "starting the process that computes"), (0.0, "started"))


def test_equal_requests_are_computed_once_and_others_wait(
    ask: Ask, pool: ThreadPoolExecutor, folder: Path
) -> None:
    told: list[str] = []
    first = [pool.submit(ask, 1, ("held",)) for _ in range(2)]
    wait_for(lambda: begun(folder), SECONDS)
    behind = pool.submit(ask, 2, ("held",), lambda _fraction, words: told.append(words))
    wait_for(lambda: told, SECONDS)
    assert told[0] == "waiting for 1 computation that came before"
    assert begun(folder) == 1
    (folder / "go").touch()
    one, two = (future.result(SECONDS) for future in first)
    assert one is not two  # nobody changes another's
    np.testing.assert_array_equal(one.history.maps["held"][3], two.history.maps["held"][3])
    behind.result(SECONDS)
    assert begun(folder) == 2 * len(one.history.predictions)


def test_a_check_that_takes_long_holds_up_no_map(
    pool: ThreadPoolExecutor,
    folder: Path,
    store: Store,
    tiny_run: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HELD", str(folder))
    monkeypatch.setenv(VARIABLE, held.__file__)
    slow = Computer()
    monkeypatch.setattr(asking, "the_slow_computer", lambda: slow)
    given = (store, tiny_run, np.full((48, 48, 3), 7, np.uint8), 3)
    check = pool.submit(
        lambda: asking.compute_slowly(explain_upload, *given, ("held",), MapHistory())
    )
    wait_for(lambda: begun(folder), SECONDS)
    found = asking.compute(explain_upload, *given, ("gradcam",), MapHistory())
    assert found.history.maps["gradcam"]
    assert not check.done()
    (folder / "go").touch()
    assert check.result(SECONDS).history.maps["held"]
    slow.close()


def leave_at_once(_fraction: float, _words: str) -> None:
    raise Left


def test_who_leaves_blocks_nobody(ask: Ask, pool: ThreadPoolExecutor, folder: Path) -> None:
    leaves = pool.submit(ask, 3, ("held",), _leave_when(lambda: begun(folder) > 0))
    wait_for(lambda: begun(folder), SECONDS)
    waits = pool.submit(ask, 4, ("gradcam",))
    with pytest.raises(Left):
        leaves.result(SECONDS)
    assert waits.result(SECONDS).target == 3
    assert not (folder / "go").exists()


def test_who_leaves_the_queue_is_not_computed_for(
    ask: Ask, pool: ThreadPoolExecutor, folder: Path
) -> None:
    holds = pool.submit(ask, 5, ("held",))
    wait_for(lambda: begun(folder), SECONDS)
    with pytest.raises(Left):
        ask(6, ("held",), leave_at_once)
    (folder / "go").touch()
    holds.result(SECONDS)
    ask(7, ("gradcam",))
    assert begun(folder) == 3  # of the first request's three epochs


def test_errors_are_the_sentences_that_people_know(ask: Ask, computer: Computer) -> None:
    huge = (np.zeros((1, 2, 2), "f4"), 2, 10**15)
    with pytest.raises(MemoryError) as full:
        resample(*huge)
    with pytest.raises(UserError) as told:
        computer.compute(name_of(resample), huge, {}, silent)
    assert str(told.value) == translate(full.value, "the dashboard's log").sentence
    with pytest.raises(UserError, match="Method 'nothing' is unknown"):
        ask(11, ("nothing",))
    assert ask(12, ("gradcam",)).target == 3


def test_work_that_does_not_notice_is_killed(
    ask: Ask, computer: Computer, pool: ThreadPoolExecutor, folder: Path
) -> None:
    (folder / "deaf").touch()
    leaves = pool.submit(ask, 8, ("held",), _leave_when(lambda: begun(folder) > 0))
    with pytest.raises(Left):
        leaves.result(SECONDS)
    wait_for(lambda: computer.pid is None, SECONDS)


def test_a_killed_process_is_one_sentence_and_the_next_request_starts_another(
    ask: Ask, computer: Computer, pool: ThreadPoolExecutor, folder: Path
) -> None:
    holds: Future[UploadedImageHistory] = pool.submit(ask, 13, ("held",))
    wait_for(lambda: begun(folder), SECONDS)
    before = computer.pid
    assert before
    os.kill(before, signal.SIGKILL)
    with pytest.raises(ComputerDied, match=r"was killed, .*: try again"):
        holds.result(SECONDS)
    assert computer.pid is None
    assert ask(14, ("gradcam",)).target == 3
    assert computer.pid != before


def test_it_ends_after_a_while_without_requests(ask: Ask, computer: Computer) -> None:
    computer.idle = 0.1
    ask(15, ("gradcam",))
    wait_for(lambda: computer.pid is None, SECONDS)


def test_it_ends_with_who_asks_also_when_that_is_killed() -> None:
    code = (
        "from pipelines.computing.asking import the_computer, compute\n"
        "from saliencnn.common.sentences import count\n"
        "compute(count, 2, 'map', 'maps')\n"
        "print(the_computer().pid, flush=True)\n"
        "input()\n"
    )
    asks = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert asks.stdout
    pid = int(asks.stdout.readline())
    os.kill(pid, 0)
    asks.kill()
    asks.wait()
    wait_for(lambda: not _lives(pid), SECONDS)


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


def _leave_when(happened: Callable[[], bool]) -> Progress:
    def report(_fraction: float, _words: str) -> None:
        if happened():
            raise Left

    return report
