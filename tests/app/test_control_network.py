"""From the trust page to a control network, over a real store and a real queue."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.retry.queue import list_requests
from pipelines.retry.studies import open_queue
from pipelines.retry.worker import Worker
from pipelines.training.request import Request
from pipelines.training.run import train
from pipelines.trust.audit import audit
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, read_run
from tests.app.test_retrain import DATA, assert_sound, open_view, press, texts

UNJUDGED = "A control network with randomized labels is there now, and no method is judged by it"


@pytest.fixture(scope="module")
def run(own_store: Store) -> RunInfo:
    hyperparameters = Hyperparameters(epochs=1, color_jitter=0.5)
    request = Request(DATA, image_size=48, hyperparameters=hyperparameters, name="honest")
    return read_run(own_store, train(own_store, request))


@pytest.fixture
def open_labels(own_store: Store, look_at: Callable[[Store], None]) -> Callable[[RunInfo], AppTest]:
    """Open the trust page on label randomization."""

    def open_labels(run: RunInfo) -> AppTest:
        look_at(own_store)
        app = open_view("trust", run.run_id)
        app.query_params["check"] = "labels"
        return app.run()

    return open_labels


def test_the_missing_network_is_queued_trained_and_compared_with(
    own_store: Store,
    run: RunInfo,
    open_labels: Callable[[RunInfo], AppTest],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
    audit(own_store, run, 1, 6, ("cam",), checks=("variance", "labels"))
    app = open_labels(run)
    assert_sound(app)
    assert UNJUDGED not in texts(app)
    queue = open_queue(own_store)
    app = press(app, "Queue a control network")
    assert "A request needs the name" in app.error[0].value
    assert list_requests(queue) == []

    app.text_input(key="control-person").set_value("Ann").run()
    app = press(app, "Queue a control network")
    assert_sound(app)
    (info,) = list_requests(queue)
    assert (info.state, info.asked_by, info.from_run) == ("queued", "Ann", run.run_id)
    expected = {**run.hyperparameters, "shuffle_labels": "True"}
    assert info.request.hyperparameters == Hyperparameters.from_mapping(expected)
    assert "requested by Ann" in texts(app)
    assert "Queue a control network" not in [button.label for button in app.button], (
        "once is enough"
    )

    Worker(queue).run(once=True)
    (info,) = list_requests(queue)
    assert info.state == "completed"
    app = open_labels(run)
    assert_sound(app)
    assert "Queue a control network" not in [button.label for button in app.button]
    assert "randomized labels" in texts(app)
    assert UNJUDGED in texts(app)
    table = audit(own_store, run, 1, 6, ("cam", "gradcam"), checks=("labels",))
    assert table["labels"]["cam"].result.images > 0
    assert UNJUDGED not in texts(open_labels(run))

    # The newest run is now one to compare with; who comes without a link wants to see the other.
    app = open_view("trust").run()
    assert app.selectbox(key="run-choice").value == run.run_id


def test_where_nothing_can_be_queued_the_command_remains(
    own_store: Store,
    open_labels: Callable[[RunInfo], AppTest],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lab's queue that cannot be reached."""
    other = Request(
        "planted:train=32,validation=16,counterfactual=8,size=32",
        image_size=32,
        name="alone",
        hyperparameters=Hyperparameters(epochs=1),
    )
    alone = read_run(own_store, train(own_store, other))
    monkeypatch.setenv("SALIENCNN_STUDY_URL", "postgresql://nobody@127.0.0.1:1/none")
    app = open_labels(alone)
    assert not app.exception
    assert "shuffle\\-labels true" in texts(app)
    assert "Queue a control network" not in [button.label for button in app.button]
