"""From a group of maps on Colours to a network that ignores it, over a real store and queue."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.attention.class_maps import read_run_maps
from app.colours.map_clusters import cluster_maps
from app.parts.outcome import describe_outcome
from pipelines.retry.ignoring import METHOD, request_ignoring
from pipelines.retry.map_groups import find_groups
from pipelines.retry.queue import enqueue, list_requests
from pipelines.retry.request_state import request_as_dict, request_from_dict, why_not_retried
from pipelines.retry.studies import Queue, open_queue
from pipelines.retry.worker import Worker
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.planted import CLASSES
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, read_run
from tests.app.test_retrain import DATA, assert_sound, press, texts

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def run(own_store: Store) -> RunInfo:
    request = Request(DATA, image_size=48, hyperparameters=Hyperparameters(epochs=1), name="reader")
    return read_run(own_store, train(own_store, request))


@pytest.fixture
def queue(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
    return open_queue(own_store)


def test_groups_are_chosen_and_a_worker_makes_a_network_without_them(
    own_store: Store, run: RunInfo, queue: Queue, open_page: Open
) -> None:
    groups = find_groups(own_store, run, 1)
    first = max(groups, key=lambda group: len(group.images))
    app = open_page("colours", own_store, run=run.run_id, **{"class": first.name})
    assert_sound(app)
    key = f"colours-ignore-{run.run_id}-1"
    buttons = [button.key for button in app.button if (button.key or "").startswith(key)]
    app = app.button(key=buttons[0]).click().run()
    assert_sound(app)
    (chosen,) = app.multiselect(key=key).value
    assert chosen in app.query_params["ignore"]
    assert chosen in {first.name, *(group.label for group in groups)}

    app = press(app, "Make a network that ignores it")
    assert "A request needs the name" in app.error[0].value
    assert list_requests(queue) == []
    another = next(name for name in CLASSES if name != first.name)
    app.multiselect(key=key).set_value([chosen, another]).run()
    app.text_input(key="colours-ignore-person").set_value("Ann").run()
    app = press(app, "Make a network that ignores them")
    assert_sound(app)
    (info,) = list_requests(queue)
    assert (info.state, info.asked_by, info.from_run) == ("queued", "Ann", run.run_id)
    assert info.request.ignored_groups == (chosen, another)
    assert "requested by Ann" in texts(app)

    Worker(queue).run(once=True)
    (info,) = list_requests(queue)
    assert (info.state, info.reason) == ("completed", "")
    assert info.run_id
    made = read_run(own_store, info.run_id)
    ignored = [group for group in groups if {group.name, group.label} & {chosen, another}]
    assert len(ignored) > 1
    name = f"reader without {len(ignored)} groups"
    assert (made.epoch, made.status, made.name) == (1, "finished", name)
    assert "not trained" in why_not_retried(made)
    assert any(chosen in note and another in note for note in made.notes)
    app = open_page("colours", own_store, run=run.run_id, **{"class": first.name})
    assert_sound(app)
    assert f"→ {made.metrics['best_val_accuracy']:.1%}" in texts(app).replace("\\", "")
    # A colleague's link shows what was chosen.
    linked = open_page("colours", own_store, run=run.run_id, ignore=[another, "no such:1"])
    assert linked.multiselect(key=key).value == [another]


def test_what_a_worker_cannot_ignore_is_said(
    own_store: Store, run: RunInfo, queue: Queue, open_page: Open
) -> None:
    request = request_ignoring(run, 1, ("no such:1",))
    assert request_from_dict(request_as_dict(request)) == request
    enqueue(queue, run, request, "Ann")
    Worker(queue).run(once=True)
    info = list_requests(queue)[-1]
    assert info.state == "failed"
    assert "no group" in info.reason
    app = open_page("colours", own_store, run=run.run_id)
    assert not app.exception
    assert "no group" in app.error[0].value


def test_the_page_numbers_groups_as_the_worker_does(own_store: Store, run: RunInfo) -> None:
    groups = find_groups(own_store, run, 1)
    for target in {group.target for group in groups}:
        maps = read_run_maps(own_store, run, 1, target, METHOD)
        clustered = cluster_maps(own_store, maps)
        own = [group.images for group in groups if group.target == target]
        if not clustered.groups:
            continue
        assert len(own) == len(clustered.groups)
        for number, images in enumerate(own):
            shown = clustered.class_maps.images[clustered.labels == number]
            np.testing.assert_array_equal(np.sort(images), np.sort(shown))


@pytest.mark.parametrize(
    ("without", "overall", "words"),
    [
        (0.98, 0.97, "Better: "),
        (0.71, 0.86, "Better without the shortcut, worse with it: "),
        (0.71, 0.925, "Better without the shortcut, worse with it: "),  # the other is no question
        (0.2, 0.97, "No clear difference: "),
        (0.12, 0.97, "Worse: "),
        (None, 0.27, "Worse: "),
        (0.2, 0.925, "No clear difference: "),  # by chance one of two comparisons is worse
        (None, 0.925, "Worse: "),
    ],
)
def test_an_outcome_says_whether_it_is_better(
    without: float | None, overall: float, words: str
) -> None:
    before = {"best_val_accuracy": 0.971, "counterfactual_accuracy": 0.2, "focus": 0.24}
    after = {"best_val_accuracy": overall, "focus": 0.55, "counterfactual_images": 240}
    if without is not None:
        after["counterfactual_accuracy"] = without
    said = describe_outcome(before, after, 240)
    assert said.startswith(words)
    assert said.endswith("focus 0.24 → 0.55.")
