"""Every option of every command with values that nobody means: a sentence, never a traceback."""

import argparse
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cli.main import _parser, main
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.sentences import LONGEST
from saliencnn.store.connection import Store
from saliencnn.store.runs import start_run
from tests.helpers.stores import new_store

HOSTILE = (
    "--",
    "-1",
    "--5",
    "",
    " ",
    "nan",
    "-inf",
    "1e999",
    "9" * 20,
    "9" * 5000,
    "²",
    "x" * 300,
    "x" * 5000,
    f"folder:{'x' * 300}",
    f"/{'x' * 300}.pth",
    f"cub200:{'y' * 300}/{'x' * 5000}",
    f"run:{'0' * 32}:99999999999",
    "run:",
    "registered:\n",
    "smallgap@",
    f"smallgap@{'x' * 300}.pth",
    "planted:size=99999999999999999999",
    "planted:seed=-1",
    "two\nlines",
    "nul\0",
    "caf\udce9",
    "\ud800",
    "\u202egnp.exe",
    "%s{0}{name}",
    "<b>`[x](y)`",
)
COMMANDS = {
    "train": ["--data", "folder:/nowhere"],
    "check": ["RUN"],
    "evaluate": ["--images", "/nowhere", "--models", "registered:none"],
    "propose": ["0" * 32],
    "verdict": ["0" * 32, "accept", "--reason", "why", "--name", "Ann"],
    "stop": ["RUN", "--name", "Ann"],
    "queue": ["0" * 32, "--name", "Ann"],
    "sync": [],
}
"""Command -> words with which it fails soon, or has nothing to do. The others serve for ever."""
SLOW = {"demo", "worker", "app"}
"""They start what does not end; of them only what their parser refuses is tried."""


@pytest.fixture(scope="module")
def quiet_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return new_store(tmp_path_factory.mktemp("quiet"))


@pytest.fixture(scope="module")
def empty_run(quiet_store: Store) -> str:
    return start_run(quiet_store, "empty", {})


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("here")


@pytest.fixture(autouse=True)
def in_the_store(quiet_store: Store, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", quiet_store.uri)
    monkeypatch.chdir(here)


def options_of(command: str) -> list[str]:
    """Return a command's options, whatever will be added to it."""
    subparsers = next(a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    actions = subparsers.choices[command]._actions
    return [a.option_strings[-1] for a in actions if a.option_strings and a.nargs != 0]


def every_option() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield every option with a sixth of the values; of the hyperparameters, alike, a twelfth.

    Neighbours have others; ``make hostile`` tries more.
    """
    own = {f"--{spec.name.replace('_', '-')}" for spec in fields(Hyperparameters)}
    for command in COMMANDS:
        for number, option in enumerate(options_of(command)):
            parts = 12 if option in own else 6
            yield command, option, HOSTILE[number % parts :: parts]


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command, hold what every answer must hold, and return it."""
    status = main(words)
    said = capsys.readouterr()
    assert status in (0, 2), said.err
    assert "Traceback" not in said.err + said.out
    told = [line for line in said.err.splitlines() if line.startswith("saliencnn: ")]
    assert len(told) == (status == 2), said.err
    for line in told:
        assert len(line.removeprefix("saliencnn: ")) <= LONGEST, line
        assert line.endswith(".")
    return "".join(told)


@pytest.mark.parametrize(
    ("command", "option", "values"),
    [pytest.param(*row, id=f"{row[0]} {row[1]}") for row in every_option()],
)
def test_every_option_answers_every_value_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
    empty_run: str,
    command: str,
    option: str,
    values: tuple[str, ...],
) -> None:
    given = [empty_run if word == "RUN" else word for word in COMMANDS[command]]
    for value in values:
        answer(capsys, command, *given, f"{option}={value}")


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("command", ["check", "propose", "stop", "queue", "verdict"])
def test_every_command_answers_every_run_in_a_sentence(
    capsys: pytest.CaptureFixture[str], command: str, value: str
) -> None:
    rest = COMMANDS[command][1:]
    assert answer(capsys, command, *rest, "--", value)


@pytest.mark.parametrize("command", sorted(SLOW))
def test_numbers_that_make_no_sense_are_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    for option in options_of(command):
        if option in ("--port", "--poll"):
            for value in ("--", "", "nan", "-1", "x" * 5000, "9" * 5000, "nul\0"):
                assert answer(capsys, command, f"{option}={value}")


def test_unknown_options_and_commands_are_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert r"'caf\xe9' is not UTF-8" in answer(capsys, "stop", "caf\udce9", "--name", "Ann")
    assert "--nonsense" in answer(capsys, "train", "--nonsense")
    assert "'fly'" in answer(capsys, "fly")
    assert "COMMAND" in answer(capsys)
    assert "RUN_ID" in answer(capsys, "check")
    assert "x…x" in answer(capsys, "train", f"--{'x' * 5000}")
    assert "--data" in answer(capsys, "train", "--data")


@settings(max_examples=60)
@given(words=st.lists(st.text(max_size=40), max_size=5))
def test_whatever_the_words_they_are_parsed_or_refused(words: list[str]) -> None:
    asked_for_help = False
    try:
        status = main(["stop", *words])
    except SystemExit as end:
        asked_for_help, status = True, end.code
    assert status == (0 if asked_for_help else 2)


def test_the_working_directory_stays_empty(here: Path) -> None:
    assert not list(here.iterdir())
