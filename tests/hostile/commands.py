"""Command lines with values that nobody would type, given to each option of each command."""

import argparse
import contextlib
import io
import os
from collections.abc import Iterator

# What commands load when they need it must be there before memory is bounded.
import pipelines.evaluation.run
import pipelines.retry.queue
import pipelines.training.run
import pipelines.trust.audit  # noqa: F401
from pipelines.cli.main import COMMANDS, _parser, main
from tests.helpers.golden import Golden, unpack
from tests.hostile.answers import Case, Surroundings, find_fault
from tests.hostile.texts import TEXTS, mutate_text

BEGINNINGS = {
    "train": ["--data", "folder:/nowhere"],
    "check": ["0" * 32],
    "evaluate": ["--images", "/nowhere", "--models", f"run:{'0' * 32}"],
    "propose": ["0" * 32],
    "verdict": ["0" * 32, "accept", "--reason", "x", "--name", "Ann"],
    "stop": ["0" * 32, "--name", "Ann"],
    "queue": ["0" * 32, "--name", "Ann"],
}
"""What makes each command end soon, however good the option is: nothing of it is there."""


def cases(here: Surroundings) -> Iterator[Case]:
    """Yield command lines: each ends with one line on stderr or argparse's usage."""
    golden = unpack(here.folder / "store")
    os.environ["MLFLOW_TRACKING_URI"] = golden.store.uri
    slots = [(command, option) for command in BEGINNINGS for option in _options(command)]
    number = 0
    while number < here.count:
        command, option = slots[number % len(slots)]
        yield _calling(_line(here, command, option, golden))
        number += 1


def _options(command: str) -> list[str | None]:
    """Return a command's options that take a value, and None for its positional arguments."""
    parser = argparse.ArgumentParser()
    COMMANDS[command][1](parser)
    options: list[str | None] = [
        action.option_strings[-1]
        for action in parser._actions
        if action.option_strings and action.nargs != 0
    ]
    return [*options, None]


def _line(here: Surroundings, command: str, option: str | None, golden: Golden) -> list[str]:
    text = here.rng.choice(TEXTS)
    if here.rng.random() < 0.3:
        text = mutate_text(here.rng, text)
    beginning = list(BEGINNINGS[command])
    if option is None:
        beginning[0 if not beginning[0].startswith("-") else 1] = text
        return [command, *beginning]
    if option in beginning:
        # Everything else is as good as it can be, so that this is what is wrong.
        beginning[beginning.index(option) + 1] = text if command != "train" else f"folder:{text}"
        return [command, *beginning]
    if here.rng.random() < 0.5:
        return [command, *beginning, f"{option}={text}"]
    return [command, *beginning, option, text]


def _calling(line: list[str]) -> Case:
    def give() -> None:
        _parser()
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            try:
                status = main(line)
            except SystemExit as end:
                status = end.code
        said = errors.getvalue().strip().removeprefix("saliencnn: ")
        assert status in (0, 1, 2), f"exit status {status}"
        assert "Traceback" not in said, said[-200:]
        if not said.startswith("usage:"):
            fault = find_fault(said) if status else ""
            assert not fault, fault
        assert "fault in saliencnn" not in said, said[:200]

    return Case(" ".join(map(repr, line))[:160], give)
