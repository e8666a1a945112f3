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
from saliencnn.common.formats import SAVED_TASK, readable
from saliencnn.common.names import require_line
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
    found = [task for task in readable(_read, texts) if task]
    newest = {task.name: task for task in sorted(found, key=lambda task: task.time)}
    return sorted(newest.values(), key=lambda task: task.name.casefold())


def _read(text: str) -> SavedTask | None:
    """Read a tag; one that somebody wrote by hand and wrongly must not hide the others."""
    try:
        stored = json.loads(text)
        SAVED_TASK.check(stored)
        task = SavedTask(stored["name"], stored["time"], stored["query"])
        if datetime.fromisoformat(task.time).tzinfo is None:
            return None
        values = [value for texts in task.query.values() for value in texts]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    sound = isinstance(task.name, str) and all(isinstance(value, str) for value in values)
    return task if sound else None
