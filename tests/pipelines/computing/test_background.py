"""Work that goes on whoever looks: once for all, with its standing, until it ends or is stopped."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipelines.computing import asking, background
from pipelines.computing.background import Background, State, Work
from pipelines.computing.computer import Computer
from saliencnn.common.sentences import count
from saliencnn.maps.history import MapHistory, UploadedImageHistory
from saliencnn.maps.progression import explain_upload
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from tests.helpers.waiting import wait_for
from tests.helpers.working import await_end, begun

pytestmark = pytest.mark.usefixtures("forked", "as_new")
SECONDS = 120
KEY = "maps"


@pytest.fixture(scope="module")
def computer(computer: Computer) -> Iterator[Computer]:
    """The one for what takes minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "the_slow_computer", lambda: computer)
        yield computer


@pytest.fixture
def work(computer: Computer, store: Store, tiny_run: RunInfo) -> Work:
    given = (store, tiny_run, np.zeros((48, 48, 3), np.uint8), 3, ("held",), MapHistory())
    return Work(KEY, "Explaining an image", explain_upload, given, answers=True)


def test_one_computation_for_whoever_begins_it_and_its_answer_for_whoever_asks(
    work: Work, folder: Path
) -> None:
    works = Background()
    assert works.find(KEY) is None
    first = works.begin_work(work, "Ann")
    assert (first.state, first.person) == (State.UNDER_WAY, "Ann")
    wait_for(lambda: begun(folder), SECONDS)
    assert works.begin_work(work, "Bob").number == first.number
    wait_for(lambda: (works.find(KEY) or first).fraction, SECONDS)
    assert begun(folder) == 1
    (folder / "go").touch()
    ended = await_end(KEY, works)
    assert (ended.state, ended.number, ended.person) == (State.DONE, first.number, "Ann")
    assert isinstance(ended.result, UploadedImageHistory)
    assert works.begin_work(work).number > first.number, "what has ended can be begun anew"
    await_end(KEY, works)


def test_what_was_read_before_is_forgotten_before_anybody_learns_of_the_end(
    computer: Computer,
) -> None:
    works, seen = Background(), []

    def note_state() -> None:
        standing = works.find(KEY)
        seen.append(standing and standing.state)

    works.begin_work(Work(KEY, "Counting", count, (2, "map", "maps"), note_state))
    ended = await_end(KEY, works)
    assert seen == [State.UNDER_WAY]
    assert (ended.state, ended.result) == (State.DONE, None), "the store alone has the answer"


def test_stopping_ends_the_computation_and_only_this_one(
    work: Work, folder: Path, computer: Computer
) -> None:
    works = Background()
    number = works.begin_work(work).number
    wait_for(lambda: begun(folder), SECONDS)
    works.stop_work(KEY, number + 1, "Bob")
    assert (works.find(KEY) or work).what == work.what
    assert works.find(KEY).state == State.UNDER_WAY  # type: ignore[union-attr]
    works.stop_work(KEY, number, "Bob")
    ended = works.find(KEY)
    assert ended is not None
    assert (ended.state, ended.words) == (State.STOPPED, "Bob")
    # The process is free for others, although nobody has let the method go.
    assert asking.compute_slowly(count, 1, "map", "maps") == "1 map"
    again = works.begin_work(work)
    assert (again.state, again.number) == (State.UNDER_WAY, number + 1)
    (folder / "go").touch()
    assert await_end(KEY, works).state == State.DONE


def test_a_failure_is_a_sentence_and_can_be_tried_again(
    work: Work, folder: Path, computer: Computer
) -> None:
    works = Background()
    works.begin_work(work)
    wait_for(lambda: begun(folder), SECONDS)
    assert computer.pid
    os.kill(computer.pid, signal.SIGKILL)
    ended = await_end(KEY, works)
    assert ended.state == State.FAILED
    assert ended.words.startswith("The process that computes was killed")
    (folder / "go").touch()
    works.begin_work(work)
    assert await_end(KEY, works).state == State.DONE


def test_a_fault_of_ours_is_a_sentence_too(computer: Computer) -> None:
    works = Background()
    works.begin_work(Work(KEY, "Sending what cannot travel", count, (object(),)))
    ended = await_end(KEY, works)
    assert ended.state == State.FAILED
    assert ended.words.count(". ") == 0


def test_it_is_not_remembered_forever_how_works_ended(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "MAX_ENDED", 2)
    works = Background()
    for number in range(4):
        key = f"count-{number}"
        works.begin_work(Work(key, "Counting", count, (number, "map", "maps")))
        await_end(key, works)
    assert [works.find(f"count-{number}") is None for number in range(4)] == [
        True, False, False, False,
    ]  # fmt: skip
