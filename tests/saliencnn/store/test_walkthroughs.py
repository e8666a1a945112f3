"""Walkthroughs are only ever added, and what somebody wrote into them by hand harms nothing."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from saliencnn.common.errors import UserError
from saliencnn.store.artifacts import location_of, write_files
from saliencnn.store.connection import Store
from saliencnn.store.runs import start_run
from saliencnn.store.walkthroughs import (
    MAX_PINS,
    MAX_SENTENCE_LENGTH,
    Pin,
    keep_walkthrough,
    list_walkthroughs,
    make_pin,
    read_walkthrough,
)

QUERY = {"run": ["a", "b"], "class": ["ä & <b>"], "epoch": ["3"]}
KNOWN_ID = "20250301T123000000000-0123456789ab"
TIME = "2025-03-01T12:30:00+00:00"


def pin(sentence: str = "It looks at the sticker.", page: str = "progression") -> Pin:
    return make_pin(page, QUERY, "Progression: ani, epoch 3", sentence, "Ann")


@pytest.fixture
def run_id(store: Store) -> str:
    return start_run(store, "told", {})


def test_what_was_kept_is_read_as_it_was(any_store: Store) -> None:
    run_id = start_run(any_store, "told", {})
    pins = (pin(), pin("  two\nlines\u202e "))
    kept = keep_walkthrough(any_store, run_id, "For the board", "Ann", pins)
    assert read_walkthrough(any_store, run_id, kept.id).pins[1].sentence == "two lines"
    found = list_walkthroughs(any_store, run_id)
    assert [(one.id, one.name, one.person, one.time) for one in found] == [
        (kept.id, "For the board", "Ann", kept.time)
    ]
    assert found[0].pins == pins
    assert found[0].pins[0].query == {name: tuple(values) for name, values in QUERY.items()}


def test_nothing_is_overwritten(store: Store, run_id: str) -> None:
    kept = [keep_walkthrough(store, run_id, "same name", one, [pin()]) for one in ("Ann", "Bob")]
    assert [one.id for one in list_walkthroughs(store, run_id)] == [kept[1].id, kept[0].id]
    assert {one.person for one in list_walkthroughs(store, run_id)} == {"Ann", "Bob"}
    assert list_walkthroughs(store, start_run(store, "other", {})) == []


@pytest.mark.parametrize("count", [0, MAX_PINS + 1])
def test_a_walkthrough_has_some_pins_and_not_too_many(
    store: Store, run_id: str, count: int
) -> None:
    with pytest.raises(UserError, match="pinned views"):
        keep_walkthrough(store, run_id, "name", "Ann", [pin()] * count)


@pytest.mark.parametrize(
    "change",
    [
        {"sentence": " \n"},
        {"sentence": "x" * (MAX_SENTENCE_LENGTH + 1)},
        {"title": ""},
        {"person": "\u200b"},
        {"page": "../home"},
        {"page": "home"},
        {"query": {"class": ["x" * 9000]}},
    ],
)
def test_what_a_pin_needs(change: dict[str, Any]) -> None:
    sound = {"page": "trust", "query": {}, "title": "t", "sentence": "s", "person": "p"}
    make_pin(**sound)  # type: ignore[arg-type]
    with pytest.raises(UserError):
        make_pin(**{**sound, **change})


@pytest.mark.parametrize("wrong", ["../../secret", "", KNOWN_ID + "/..", "x" * 4000, KNOWN_ID])
def test_an_id_is_never_a_path(store: Store, run_id: str, wrong: str) -> None:
    with pytest.raises(UserError):
        read_walkthrough(store, run_id, wrong)


def stored(**changes: Any) -> dict[str, Any]:
    pins = [asdict(replace(pin(), time=TIME))]
    return {"name": "n", "person": "p", "time": TIME, "pins": pins} | changes


@pytest.mark.parametrize(
    "facts",
    [
        "no json",
        [],
        {},
        stored(pins=[]),
        stored(pins="pins"),
        stored(pins=[3]),
        stored(pins=[{**stored()["pins"][0], "page": "../../etc"}]),
        stored(pins=[{**stored()["pins"][0], "query": {"run": 3}}]),
        stored(pins=[{**stored()["pins"][0], "sentence": ["x"]}]),
        stored(time="yesterday"),
        stored(name=7),
    ],
)
def test_what_somebody_wrote_wrongly_hides_nothing(store: Store, run_id: str, facts: Any) -> None:
    sound = keep_walkthrough(store, run_id, "sound", "Ann", [pin()])
    content = facts if isinstance(facts, str) else json.dumps(facts)
    files = {f"{KNOWN_ID}.json": content.encode(), "notes.txt": b"not ours"}
    write_files(store, location_of(store, run_id), files, "walkthroughs")
    assert [one.id for one in list_walkthroughs(store, run_id)] == [sound.id]
    with pytest.raises(UserError, match="walkthroughs/"):
        read_walkthrough(store, run_id, KNOWN_ID)


def test_a_text_written_by_hand_is_made_one_line(store: Store, run_id: str) -> None:
    content = json.dumps(stored(name="a\nb\u202ec")).encode()
    write_files(store, location_of(store, run_id), {f"{KNOWN_ID}.json": content}, "walkthroughs")
    assert read_walkthrough(store, run_id, KNOWN_ID).name == "a bc"
