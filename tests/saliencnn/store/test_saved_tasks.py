import json

import pytest

from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store
from saliencnn.store.saved_tasks import MAX_TASK_LENGTH, MAX_TASK_NAME_LENGTH, list_tasks, save_task

QUERY = {"model": ["a", "b"], "class": ["ä, b"], "threshold": ["0.5"]}


def test_what_was_saved_is_listed_by_name(any_store: Store) -> None:
    for name in ("  two\nlines ", "Birds", "ähnlich", "birds of prey"):
        save_task(any_store, name, QUERY)
    # Others may have saved tasks in the tests' store.
    saved = [task.name for task in list_tasks(any_store) if task.query == QUERY]
    assert saved == ["Birds", "birds of prey", "two lines", "ähnlich"]


def test_the_newer_of_a_name_counts(store: Store) -> None:
    save_task(store, "twice", QUERY)
    newer = save_task(store, "twice", {"model": ["c"]})
    assert [task for task in list_tasks(store) if task.name == "twice"] == [newer]


@pytest.mark.parametrize("name", ["", " \n", "x" * (MAX_TASK_NAME_LENGTH + 1)])
def test_a_name_must_be_there_and_short(store: Store, name: str) -> None:
    with pytest.raises(UserError, match="name"):
        save_task(store, name, QUERY)


def test_a_task_of_the_greatest_length_is_kept(any_store: Store) -> None:
    base = len(
        json.dumps({"format": 1, "name": "long", "time": "x" * 32, "query": {"class": [""]}})
    )
    save_task(any_store, "long", {"class": ["ä" * (MAX_TASK_LENGTH - base)]})
    assert "long" in [task.name for task in list_tasks(any_store)]
    with pytest.raises(UserError, match="fewer classes"):
        save_task(any_store, "long", {"class": ["ä" * (MAX_TASK_LENGTH - base + 1)]})


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"name": "bad"}',
        '{"name": "bad", "time": "2025-01-01", "query": {}}',
        '{"name": "bad", "time": "2025-01-01T00:00:00+00:00", "query": {"model": 3}}',
        '{"name": "bad", "time": "2025-01-01T00:00:00+00:00", "query": {"model": [3]}}',
        '{"name": "bad", "time": "2025-01-01T00:00:00+00:00", "query": "model"}',
        '{"name": ["bad"], "time": "2025-01-01T00:00:00+00:00", "query": {}}',
        '{"name": "bad", "time": 3, "query": {}}',
    ],
)
def test_what_somebody_wrote_wrongly_hides_nothing(store: Store, text: str) -> None:
    save_task(store, "sound", QUERY)
    store.client.set_experiment_tag(store.evaluations, "saliencnn.task.handmade", text)
    names = [task.name for task in list_tasks(store)]
    assert "sound" in names
    assert "bad" not in names
