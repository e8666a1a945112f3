"""Which part of an own image a network is shown."""

import numpy as np

from app.progression.cut import fade_cut
from saliencnn.data.geometry import Geometry, validation_geometry


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
