import json
from dataclasses import replace

import pytest

from saliencnn.common.errors import UserError
from saliencnn.common.names import MAX_NAME_LENGTH
from saliencnn.store.connection import Store
from saliencnn.store.runs import list_runs, note, read_run, start_run
from saliencnn.store.verdicts import (
    ACCEPTED,
    MAX_REASON_LENGTH,
    REJECTED,
    Verdict,
    add_verdict,
    find_deciding,
    find_deciding_at,
    make_verdict,
)
from tests.helpers.commands import Forker


def test_a_verdict_is_read_as_it_was_given(any_store: Store) -> None:
    run_id = start_run(any_store, "judged", {})
    given = [
        make_verdict(ACCEPTED, "looks at the head", "Ann"),
        make_verdict(REJECTED, "learnt by heart since", "Bo", epoch=7),
        make_verdict(REJECTED, "the branch, not the bird", "Ann", epoch=7, image=0),
    ]
    for verdict in given:
        add_verdict(any_store, run_id, verdict)
    assert read_run(any_store, run_id).verdicts == tuple(given)
    listed = next(run for run in list_runs(any_store) if run.run_id == run_id)
    assert listed.verdicts == tuple(given)
    assert [verdict.scope for verdict in given] == ["the run", "epoch 7", "image 0 at epoch 7"]


def test_the_same_words_twice_are_two_verdicts(store: Store) -> None:
    run_id = start_run(store, "twice", {})
    verdict = make_verdict(ACCEPTED, "good", "Ann")
    for _ in range(2):
        add_verdict(store, run_id, verdict)
    assert read_run(store, run_id).verdicts == (verdict, verdict)


ADDER = """
import sys
from saliencnn.store.connection import open_store
from saliencnn.store.verdicts import add_verdict, make_verdict
store = open_store(sys.argv[1])
ready()
for number in range(15):
    add_verdict(store, sys.argv[2], make_verdict("rejected", f"reason {number}", sys.argv[3]))
"""


def test_two_processes_that_add_at_once_lose_none(any_store: Store, program: Forker) -> None:
    run_id = start_run(any_store, "at once", {})
    people = [(any_store.uri, run_id, name) for name in ("Ann", "Bo")]
    said = program.run_together(ADDER, *people)
    assert [status for status, _ in said] == [0, 0], said
    found = read_run(any_store, run_id).verdicts
    for name in ("Ann", "Bo"):
        own = [verdict.reason for verdict in found if verdict.person == name]
        assert own == [f"reason {number}" for number in range(15)]
    assert len(found) == 30


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"decision": "maybe"}, "'maybe'; it must be accepted or rejected"),
        ({"reason": ""}, "needs a reason"),
        ({"reason": " \n\t\x00 "}, "needs a reason"),
        ({"person": "  "}, "needs a name"),
        ({"person": "", "reason": ""}, "needs a reason and a name"),
        ({"reason": "x" * (MAX_REASON_LENGTH + 1)}, "501 characters; at most 500"),
        ({"person": "x" * (MAX_NAME_LENGTH + 1)}, "101 characters; at most 100"),
        ({"image": 3}, "must name the epoch"),
    ],
)
def test_a_verdict_that_says_too_little_or_too_much_is_refused(
    change: dict[str, object], said: str
) -> None:
    sound: dict[str, object] = {"decision": ACCEPTED, "reason": "good", "person": "Ann"}
    with pytest.raises(UserError, match=said) as caught:
        make_verdict(**{**sound, **change})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("letter", ["a", "ü", "鳥", '"', "\\", "🐦", "<"])
def test_the_longest_reason_of_any_letters_fits(any_store: Store, letter: str) -> None:
    run_id = start_run(any_store, "long", {})
    verdict = make_verdict(
        REJECTED, letter * MAX_REASON_LENGTH, letter * MAX_NAME_LENGTH, 10**6, 10**6
    )
    add_verdict(any_store, run_id, verdict)
    assert read_run(any_store, run_id).verdicts == (verdict,)
    assert len(verdict.reason) == MAX_REASON_LENGTH


def test_a_text_is_one_line_that_every_database_takes() -> None:
    verdict = make_verdict(ACCEPTED, " first\n\n line \x00\udc80 second ", "\tAnn\r\nLee ")
    assert verdict.reason == "first line second"
    assert verdict.person == "Ann Lee"


GIVEN = json.dumps(
    {"decision": "rejected", "reason": "r", "person": "p", "time": "2025-01-01T00:00:00+00:00"}
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        GIVEN.replace("rejected", "perhaps"),
        GIVEN.replace('"r"', "7"),
        GIVEN.replace("2025", "last year"),
        GIVEN.replace("+00:00", ""),
        GIVEN.replace("}", ', "epoch": "../1"}'),
        GIVEN.replace("}", ', "epoch": true}'),
        GIVEN.replace("}", ', "colour": "red"}'),
    ],
)
def test_a_tag_that_somebody_wrote_wrongly_hides_no_run(store: Store, text: str) -> None:
    run_id = start_run(store, "by hand", {})
    note(store, run_id, **{"verdict.by-hand": text, "verdict.sound": GIVEN})
    assert [verdict.reason for verdict in read_run(store, run_id).verdicts] == ["r"]
    assert run_id in [run.run_id for run in list_runs(store)]


def told(*scopes: tuple[str, int | None, int | None]) -> list[Verdict]:
    base = make_verdict(ACCEPTED, "because", "Ann")
    return [replace(base, decision=d, epoch=epoch, image=image) for d, epoch, image in scopes]


@pytest.mark.parametrize(
    ("verdicts", "deciding"),
    [
        ([], None),
        ([(ACCEPTED, None, None)], 0),
        ([(ACCEPTED, None, None), (REJECTED, None, None)], 1),
        ([(REJECTED, None, None), (ACCEPTED, 3, None)], 1),
        ([(ACCEPTED, 3, None), (REJECTED, None, None)], 1),
        ([(ACCEPTED, 3, None), (REJECTED, 3, None)], 1),
        ([(ACCEPTED, 3, None), (REJECTED, 8, None)], 0),
        ([(ACCEPTED, None, None), (REJECTED, 8, None)], 0),
        ([(ACCEPTED, 3, None), (ACCEPTED, 8, None), (REJECTED, 8, None)], 0),
        ([(ACCEPTED, 3, None), (ACCEPTED, 8, None), (ACCEPTED, 3, None)], 2),
        ([(REJECTED, 3, None), (REJECTED, 8, None)], 1),
        ([(REJECTED, 3, 14)], None),
        ([(ACCEPTED, 3, None), (REJECTED, 3, 14)], 0),
    ],
)
def test_what_was_not_replaced_decides_how_a_run_stands(
    verdicts: list[tuple[str, int | None, int | None]], deciding: int | None
) -> None:
    given = told(*verdicts)
    assert find_deciding(given) is (None if deciding is None else given[deciding])


@pytest.mark.parametrize(
    ("verdicts", "deciding"),
    [
        ([], None),
        ([(ACCEPTED, None, None)], 0),
        ([(REJECTED, None, None)], 0),
        ([(REJECTED, 3, None)], 0),
        ([(ACCEPTED, 3, None), (REJECTED, 3, 14)], 0),
        ([(ACCEPTED, None, None), (REJECTED, 3, None)], 1),
        ([(REJECTED, None, None), (ACCEPTED, 3, None)], 1),
        ([(REJECTED, None, None), (ACCEPTED, 8, None)], 0),
        ([(REJECTED, 3, None), (ACCEPTED, None, None)], 1),
        ([(ACCEPTED, 8, None)], None),
        ([(REJECTED, 8, None)], 0),
        ([(REJECTED, 8, None), (ACCEPTED, 9, None)], None),
        ([(REJECTED, 3, 14)], None),
    ],
)
def test_what_decides_how_the_third_epoch_stands(
    verdicts: list[tuple[str, int | None, int | None]], deciding: int | None
) -> None:
    given = told(*verdicts)
    assert find_deciding_at(given, 3) is (None if deciding is None else given[deciding])
