"""Comparison tasks that people saved by name, kept as tags of the evaluations' experiment.

A task is a tag of its own under a name that nobody else draws: so it is only ever added, also
when two people save at once, and one request brings all of them. Of two of the same name the newer
counts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import uuid4

from saliencnn.common.errors import UserError
from saliencnn.common.formats import SAVED_TASK
from saliencnn.common.names import require_line
from saliencnn.common.records import (
    WrongRecord,
    parse_object,
    readable,
    require_text,
    require_texts,
)
from saliencnn.store.connection import Store

MAX_TASK_NAME_LENGTH = 80
MAX_TASK_LENGTH = 5000
"""In characters, as JSON: what MLflow keeps in a tag of an experiment."""
_PREFIX = "saliencnn.task."


@dataclass(frozen=True)
class SavedTask:
    """A task as it was saved.

    Attributes:
        name: which the person gave it.
        time: UTC in ISO 8601, e.g. ``2025-03-01T12:30:00.000000+00:00``.
        query: the parameters that say what the task is, each with its values. They come from
            people: whoever reads them checks them against what the store has.
    """

    name: str
    time: str
    query: Mapping[str, Sequence[str]]


def save_task(store: Store, name: str, query: Mapping[str, Sequence[str]]) -> SavedTask:
    """Save a task; one of the same name is replaced in lists, and nothing is deleted.

    Args:
        store: where.
        name: for people.
        query: the parameters that say what the task is.

    Raises:
        UserError: the name is empty or too long, or the task is too long to be kept.
    """
    kept = require_line(name, "name", MAX_TASK_NAME_LENGTH, "A saved task needs a name.")
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    task = SavedTask(kept, now, {key: list(values) for key, values in query.items()})
    text = json.dumps(SAVED_TASK.stamp | asdict(task), ensure_ascii=False)
    if len(text) > MAX_TASK_LENGTH:
        raise UserError(
            f"The task takes {len(text)} characters to describe; at most {MAX_TASK_LENGTH} can be "
            "saved: choose fewer classes or models."
        )
    store.client.set_experiment_tag(store.evaluations, f"{_PREFIX}{uuid4().hex}", text)
    return task


def list_tasks(store: Store) -> list[SavedTask]:
    """Return the saved tasks by name; of those of the same name only the newest."""
    tags = store.client.get_experiment(store.evaluations).tags
    texts = (text for key, text in tags.items() if key.startswith(_PREFIX))
    found = list(readable(_read, texts))
    newest = {task.name: task for task in sorted(found, key=lambda task: task.time)}
    return sorted(newest.values(), key=lambda task: task.name.casefold())


def _read(text: str) -> SavedTask:
    stored = parse_object(text, "saved task")
    SAVED_TASK.check(stored)
    query = stored.get("query")
    if not isinstance(query, dict):
        raise WrongRecord("A saved task holds no query.")
    values = {name: list(require_texts(texts, name)) for name, texts in query.items()}
    task = SavedTask(require_text(stored.get("name"), "name"), str(stored.get("time")), values)
    if datetime.fromisoformat(task.time).tzinfo is None:
        raise WrongRecord(f"The saved task {task.name!r} says no time.")
    return task
