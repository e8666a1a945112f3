"""Pages on a run that logs the maps of a sample of its validation images."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.parts.missing_maps import COMPUTE
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.maps.examples import recommend
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.images import read_index
from saliencnn.store.map_sample import sample_images
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.sheets import sheets_of
from tests.helpers.stores import new_store
from tests.helpers.views import plain_texts
from tests.helpers.working import press_and_wait

Open = Callable[..., AppTest]
Sampled = tuple[Store, RunInfo, np.ndarray]
PAGES = ("home", "overview", "progression", "trust", "retrain", "colours", "compare")


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    """A run of two epochs with maps of 16 of its 64 images, and which these are."""
    store = new_store(tmp_path_factory.mktemp("sampled"))
    request = Request(
        data="planted:train=64,validation=64,counterfactual=0,size=32,seed=0",
        image_size=32,
        hyperparameters=Hyperparameters(epochs=2, batch_size=32),
        map_images=16,
    )
    run = read_run(store, train(store, request))
    return store, run, sample_images(read_index(store, run.images_id).labels, 16)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_it(page: str, sampled: Sampled, open_page: Open) -> None:
    store, run, _ = sampled
    app = open_page(page, store, run=run.run_id)
    assert not app.exception
    assert [one.value for one in app.error] == []
    assert [one.value for one in app.warning] == []


def test_numbers_of_maps_say_of_how_many(sampled: Sampled, open_page: Open) -> None:
    store, run, _ = sampled
    app = open_page("overview", store, run=run.run_id)
    titles = {one.label: "16" in one.label for one in app.metric}
    by_first_word = {title.lower().split()[0]: of_sample for title, of_sample in titles.items()}
    assert by_first_word["focus"]
    assert not by_first_word["validation"]
    colours = open_page("colours", store, run=run.run_id)
    assert "sample of 16 images" in plain_texts(colours)


def test_an_example_of_the_sample_comes_first_and_others_can_be_explained(
    sampled: Sampled, open_page: Open
) -> None:
    store, run, sample = sampled
    rows = read_predictions(store, run.run_id, run.epoch)
    target = int(np.bincount(rows["predicted"]).argmax())
    classes = read_index(store, run.images_id).classes
    kinds = recommend(rows, target, sample)
    kind, cases = max(kinds.items(), key=lambda item: len(item[1]))
    logged = [case.image for case in cases if case.image in sample]
    others = [case.image for case in cases if case.image not in sample]
    assert logged
    assert others
    assert [case.image for case in cases] == logged + others

    app = open_page("progression", store, run=run.run_id, **{"class": classes[target]})
    app.segmented_control(key="kind-choice").set_value(kind).run()
    assert _maps_of(app) == [2], "the first has its maps"
    query = {"run": run.run_id, "class": classes[target], "image": str(others[0])}
    other = open_page("progression", store, **query)
    assert _maps_of(other) == [0]
    assert "sample of 16 images" in plain_texts(other)
    (button,) = (one for one in other.button if one.label == COMPUTE)
    press_and_wait(other, str(button.key), str(button.key))
    assert not other.exception
    assert _maps_of(other) == [2]


def _maps_of(app: AppTest) -> list[int]:
    """Return of how many epochs a film has Grad-CAM's map."""
    (shown,) = sheets_of(app)
    return [
        sum("not logged" not in str(cell) for cell in row["cells"])
        for row in shown["rows"]
        if "Grad-CAM" in row["name"].split(" = ")
    ]
