"""The button that hands over one picture of runs."""

from io import BytesIO

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.parts.picture import make_picture
from saliencnn.drawing.slide import SCALE, WIDTH
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


def script(uri: str, run_ids: list[str]) -> None:
    from app.parts.picture import offer_picture
    from saliencnn.store.connection import open_store
    from saliencnn.store.runs import read_run

    store = open_store(uri)
    offer_picture(store, [read_run(store, run_id) for run_id in run_ids])


def offered(store: Store, *runs: RunInfo) -> AppTest:
    app = AppTest.from_function(script, args=(store.uri, [run.run_id for run in runs])).run()
    assert not app.exception
    return app


def test_it_is_offered_of_runs_on_the_same_images(
    store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    (button,) = offered(store, tiny_run).get("download_button")
    assert button.proto.label == "Picture"
    assert not button.proto.disabled
    (button,) = offered(store, tiny_run, seeded_run).get("download_button")
    assert button.proto.disabled
    assert "same validation images" in button.proto.help
    assert not offered(store).get("download_button")


@pytest.mark.usefixtures("look_at")
def test_it_is_a_png_as_wide_as_a_screen(store: Store, tiny_run: RunInfo) -> None:
    png = make_picture(store, [tiny_run], None)
    assert Image.open(BytesIO(png)).width == round(WIDTH * SCALE)
