from hypothesis import given
from hypothesis import strategies as some

from pipelines.comparison.task import (
    KINDS,
    MAX_CLASSES,
    MAX_MODELS,
    Offered,
    Task,
    task_from_query,
    task_to_query,
)
from saliencnn.measures.similarity import MEASURES
from saliencnn.saliency import METHODS

OFFERED = Offered(("a1", "b2", "c3"), ("tench", "night snake, Hypsiglena", "ä"), 12)
ALL = [*KINDS, *METHODS, *MEASURES, *OFFERED.models, *OFFERED.classes, "3", "-1", "inf", "1e400"]


def unique(values: list[object]) -> some.SearchStrategy:
    return some.lists(some.sampled_from(values), unique=True).map(tuple)


@given(
    some.builds(
        Task,
        models=unique(list(OFFERED.models)),
        kind=some.sampled_from(list(KINDS)),
        classes=unique([0, 1, 2]),
        image=some.none() | some.integers(0, 11),
        methods=unique(list(METHODS)).filter(len),
        rule=some.sampled_from(list(MEASURES)),
        threshold=some.integers(0, 100).map(lambda percent: percent / 100),
    )
)
def test_a_task_survives_the_url(task: Task) -> None:
    assert task_from_query(task_to_query(task, OFFERED), OFFERED) == task


@given(
    some.dictionaries(
        some.sampled_from(["model", "kind", "class", "image", "method", "rule", "threshold", "x"]),
        some.lists(some.sampled_from(ALL) | some.text("nai-1e.9", max_size=4), max_size=4),
    )
)
def test_any_url_is_a_task_of_what_exists(query: dict[str, list[str]]) -> None:
    task = task_from_query(query, OFFERED)
    assert set(task.models) <= set(OFFERED.models)
    assert task.kind in KINDS
    assert set(task.classes) <= {0, 1, 2}
    assert task.image is None or 0 <= task.image < 12
    assert set(task.methods) <= set(METHODS)
    assert task.methods
    assert task.rule in MEASURES
    assert 0 <= task.threshold <= 1


def test_a_task_is_bounded() -> None:
    many = [f"m{i}" for i in range(1000)]
    task = task_from_query({"model": many, "class": many}, Offered(tuple(many), tuple(many), 1))
    assert (len(task.models), len(task.classes)) == (MAX_MODELS, MAX_CLASSES)


def test_a_task_says_what_it_lacks() -> None:
    assert Task().missing == "Choose the networks."
    assert Task(models=("a",)).missing == "Choose a class."
    assert Task(models=("a",), image=3).missing == ""
    assert Task(models=("a",), kind="classes", classes=(1, 2)).missing == ""
    assert Task(models=("a",), kind="images").missing == "Choose a class."
