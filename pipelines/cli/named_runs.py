"""Which runs a command is about: people name them by id, by its first characters, or by name."""

import argparse
import re

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_some

_WHOLE = re.compile(r"[0-9a-f]{32}")
SHORTEST = 6
"""Characters of an id that name it, as the pages write it."""


def complete_ids(given: argparse.Namespace) -> None:
    """Put whole ids where a command's words name runs otherwise; what names none stays.

    Raises:
        UserError: a word names several runs.
    """
    for option in ("run_id", "resume"):
        if word := getattr(given, option, None):
            setattr(given, option, _find_id(word))
    if words := getattr(given, "run_ids", None):
        given.run_ids = [_find_id(word) for word in words]


def _find_id(word: str) -> str:
    if _WHOLE.fullmatch(word):
        return word
    from saliencnn.store.connection import open_store  # takes seconds, and --help must not
    from saliencnn.store.evaluations import list_evaluations
    from saliencnn.store.runs import list_runs

    store = open_store()
    names = {run.run_id: run.name for run in list_runs(store)}
    ids = [*names, *(info.run_id for info in list_evaluations(store))]
    by_id = [one for one in ids if len(word) >= SHORTEST and one.startswith(word)]
    found = by_id or [one for one, name in names.items() if name == word]
    if len(found) > 1:
        raise UserError(f"{word!r} names {len(found)} runs: {list_some(found, 3)}; give one's id.")
    return found[0] if found else word
