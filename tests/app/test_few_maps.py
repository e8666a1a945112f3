"""Pages of a run that logged a costly method's maps of a few images only."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_maps_of, read_per_class, read_predictions
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.sheets import sheets_of
from tests.helpers.views import plain_texts

Open = Callable[..., AppTest]
PLANTED = "planted:train=64,validation=64,counterfactual=0,size=64"
FEW = "smoothgradcampp"


@pytest.fixture(scope="module")
def few(own_store: Store) -> RunInfo:
    values = Hyperparameters(epochs=1, batch_size=16)
    request = Request(PLANTED, "squeezenet1_1", hyperparameters=values, image_size=64)
    return read_run(own_store, train(own_store, request))


def test_each_page_shows_each_class_with_each_method(
    open_page: Open, own_store: Store, few: RunInfo
) -> None:
    sizes = [len(read_maps_of(own_store, few.run_id, 1, one).rows) for one in ("gradcam", FEW)]
    assert sizes[1] < sizes[0]
    for name in read_per_class(own_store, few.run_id, 1)["class"]:
        for page in ("overview", "progression", "trust", "colours"):
            for method in ("gradcam", FEW):
                app = open_page(page, own_store, run=few.run_id, method=method, **{"class": name})
                assert not app.exception, page
                assert not app.error, page
    for page in ("overview", "retrain"):
        assert not open_page(page, own_store, run=few.run_id).error


def test_colours_offers_the_method_that_has_maps_of_all_images(
    open_page: Open, own_store: Store, few: RunInfo
) -> None:
    name = read_per_class(own_store, few.run_id, 1)["class"][0]
    app = open_page("colours", own_store, run=few.run_id, method=FEW, **{"class": name})
    asks = [one.key for one in app.button if (one.key or "").startswith("colours-ask-")]
    assert asks == ["colours-ask-method"], "no other class has more maps of it"
    app.button(key="colours-ask-method").click().run()
    assert not app.error
    assert app.selectbox(key="colours-method").value == "gradcam"
    assert "colours-ask-method" not in [one.key for one in app.button]


def test_progression_draws_no_row_of_maps_that_were_not_logged(
    open_page: Open, own_store: Store, few: RunInfo
) -> None:
    table = read_maps_of(own_store, few.run_id, 1, FEW)
    assert table is not None
    rows = read_predictions(own_store, few.run_id, 1)
    lacking = next(row for row in rows if row["image"] not in table.rows["image"])
    name = read_per_class(own_store, few.run_id, 1)["class"][int(lacking["true"])]
    query = {"class": name, "image": str(lacking["image"])}
    app = open_page("progression", own_store, run=few.run_id, **query)
    assert not app.error
    (film,) = (one for one in sheets_of(app) if "said" in one)
    assert len(film["rows"]) == 2, "CAM and Grad-CAM"
    assert "of this image by SmoothGrad-CAM++" in plain_texts(app)
