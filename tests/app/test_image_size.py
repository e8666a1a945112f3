"""A retry on images of another size: from the form to Before and after, over a real queue."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.retrain.image_size import describe_size
from app.retrain.resized import are_compared, describe_images, describe_retry
from pipelines.retry.queue import list_requests
from pipelines.retry.studies import open_queue
from pipelines.retry.worker import Worker
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.views import plain_texts, texts, view

DATA = "planted:train=32,validation=16,counterfactual=0,size=48"


@pytest.fixture(scope="module")
def start(own_store: Store) -> RunInfo:
    values = Hyperparameters(epochs=1, batch_size=16)
    request = Request(DATA, hyperparameters=values, image_size=48, name="small")
    return read_run(own_store, train(own_store, request))


@pytest.fixture
def open_retrain(
    own_store: Store, look_at: Callable[[Store], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    def open_retrain(run_id: str, section: str = "change", change: str = "") -> AppTest:
        monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
        look_at(own_store)
        app = view("overview").run().switch_page("views/retrain.py")
        query = {"run": run_id, "section": section, "change": change}
        for name, value in query.items():
            if value:
                app.query_params[name] = value
        app = app.run()
        assert not app.exception
        return app

    return open_retrain


def test_a_retry_on_larger_images_is_queued_trained_and_compared_as_far_as_it_can_be(
    open_retrain: Callable[..., AppTest], own_store: Store, start: RunInfo
) -> None:
    key = f"retry-{start.run_id}"
    app = open_retrain(start.run_id)
    app.session_state[f"{key}-group"] = "Images and augmentation"
    field = app.run().selectbox(key=f"{key}-image_size")
    assert field.value == "48"
    assert {"32", "64", "96", "1024"} <= {*field.options}
    app.text_input(key=f"{key}-person-form").set_value("Ann").run()
    app = app.selectbox(key=f"{key}-image_size").set_value("64").run()
    changed = next(one.value for one in app.markdown if "**Changed:**" in one.value)
    assert "image size 48 → 64" in changed
    told = texts(app).replace("\\", "")
    assert "1.8 times the pixels" in told
    assert "no more than 48 pixels" in told, "which is what they are drawn at"
    app = app.button(key=f"{key}-queue-form").click().run()
    assert not app.error
    queue = open_queue(own_store)
    (info,) = list_requests(queue)
    assert info.request.image_size == 64
    assert info.request.name == "small · image size 64"
    assert app.button(key=f"{key}-queue-form").disabled, "it is queued"

    Worker(queue).run(once=True)
    (info,) = list_requests(queue)
    assert (info.state, info.run_id is not None) == ("completed", True)
    larger = read_run(own_store, str(info.run_id))
    assert larger.image_size == 64
    app = open_retrain(start.run_id)
    numbers = texts(app).replace("\\", "")
    assert "completed &nbsp; **small · image size 64** of small" in numbers
    assert "best accuracy" in numbers
    outcome = describe_retry(own_store, start, larger)
    assert "accuracy" in outcome
    assert "focus" not in outcome, "maps of larger images are finer"

    app = open_retrain(start.run_id, "before-after")
    assert not app.error
    (table,) = [one.value for one in app.dataframe if "what changed" in one.value.columns]
    row = table.set_index("what changed").loc["image size (px)"]
    assert [*row] == ["48", "64"]
    assert len(table) == 1
    assert "48 pixels before and 64 after" in app.info[0].value
    labels = [metric.label for metric in app.metric]
    assert "Best accuracy" in labels
    assert not [label for label in labels if "ocus" in label]
    assert outcome in plain_texts(app)
    specs = [one.proto.spec for one in app.get("vega_lite_chart")]
    for size in ("48", "64"):
        apart = [one for one in specs if f"Focus after each epoch, images of {size} pixels" in one]
        assert len(apart) == 1, "focus cannot be compared between sizes"
    assert "drawn apart: focus changes with how fine the maps are" in texts(app)


def test_images_of_another_seed_are_others_whatever_their_names(
    own_store: Store, start: RunInfo
) -> None:
    values = Hyperparameters(epochs=1, batch_size=16, seed=1)
    other = read_run(own_store, train(own_store, Request(DATA, hyperparameters=values)))
    assert are_compared(own_store, start, start)
    assert describe_images(own_store, start, start) == ""
    assert not are_compared(own_store, start, other)
    assert describe_images(own_store, start, other)
    assert describe_retry(own_store, start, other) == ""


def test_a_link_fills_the_size_and_one_that_the_network_cannot_take_is_not_queued(
    open_retrain: Callable[..., AppTest], own_store: Store, start: RunInfo
) -> None:
    app = open_retrain(start.run_id, change="image_size:72")
    assert app.selectbox(key=f"retry-{start.run_id}-image_size").value == "72"
    app = open_retrain(start.run_id, change="image_size:9999")
    assert app.session_state[f"retry-{start.run_id}-image_size"] == "48"

    values = Hyperparameters(epochs=1, batch_size=16)
    request = Request(DATA, "resnet18", hyperparameters=values, image_size=64)
    deep = train(own_store, request)
    app = open_retrain(deep, change="image_size:32")
    assert "needs larger images" in app.error[0].value
    assert app.button(key=f"retry-{deep}-queue-form").disabled


def test_larger_images_than_there_are_and_smaller_ones_are_told_apart(start: RunInfo) -> None:
    gained = [" ".join(describe_size(start, size)) for size in ("32", "64")]
    assert ["only be scaled up" in told for told in gained] == [False, True]
    assert "0.44 times the pixels" in gained[0]
