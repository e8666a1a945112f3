"""Which part of an own image a network is shown."""

from collections.abc import Callable

import numpy as np
from streamlit.testing.v1 import AppTest

from app.progression.cut import fade_cut
from saliencnn.data.encode import encode_png
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

Open = Callable[..., AppTest]


def test_only_what_the_network_does_not_see_is_faint() -> None:
    pixels = np.zeros((256, 512, 3), np.uint8)
    faded = fade_cut(pixels, validation_geometry(224))
    assert not faded[16:240, 144:368].any(), "the middle square stays"
    assert faded[:, :140].min() == faded[:16].min() == 191, "255 - 0.25 * 255, rounded down"
    assert not pixels.any(), "the upload itself is not changed"


def test_the_whole_image_is_shown_where_nothing_is_to_be_cut() -> None:
    for geometry in (validation_geometry(224), Geometry(64, None, width=128, spare_exact=True)):
        whole = geometry.show_whole()
        assert whole.shape == geometry.shape
        assert whole.seen_box(300, 900) == (0, 0, 900, 300)
        assert not whole.cuts
    assert validation_geometry(224).cuts
    assert not validation_geometry(224, "stretch").cuts


def test_an_image_far_from_square_can_be_shown_whole(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 200, 3), dtype=np.uint8)
    app = open_page("progression", store, run=tiny_run.run_id, images="own")
    app.file_uploader[0].set_value(("wide.png", encode_png(pixels), "image/png")).run()
    (middle,) = [one.value for one in app.markdown if "The network says" in one.value]
    assert "200 x 90 pixels" in middle
    app.segmented_control(key="part-choice").set_value("whole").run()
    assert not app.exception
    assert not app.error
    (whole,) = [one.value for one in app.markdown if "The network says" in one.value]
    assert "200 x 90 pixels" not in whole
    assert "not on whole ones" in whole, "it was not measured on such images"
    assert "whole" in app.query_params["part"]


def test_a_square_image_is_offered_no_other_part(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    app = open_page("progression", store, run=tiny_run.run_id, images="own", part="whole")
    app.file_uploader[0].set_value(("square.png", encode_png(pixels), "image/png")).run()
    assert not app.error
    assert "part-choice" not in [one.key for one in app.segmented_control]
    assert "part" not in app.query_params
