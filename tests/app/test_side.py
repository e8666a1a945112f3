"""Maps beside each other at one epoch: which ones, and which methods may be added."""

import numpy as np
import pytest

from app.parts.grids import View, draw_alike_once, draw_once
from app.progression.side import OFFERED, Side, list_offers
from saliencnn.maps.history import Pace
from saliencnn.store.runs import RunInfo


def view(*methods: str) -> View:
    return View(methods, 0.6, 0.0, jointly=False)


def test_maps_that_look_the_same_at_every_epoch_are_drawn_once(tiny_run: RunInfo) -> None:
    left, right = np.eye(7), np.eye(7)[::-1]
    maps = {
        "cam": {1: left, 2: left},
        "smoothgradcampp": {1: right, 2: left},
        "layercam": {1: 3 * right + 0.01, 2: 5 * left},
        "eigencam": {1: right, 2: right},
        "gradient": {1: np.eye(28)[::-1], 2: np.eye(28)},
    }
    shown = draw_once(view("cam", "gradcam", *[*maps][1:], "bbmp"), [tiny_run])
    once = draw_alike_once(shown, maps)
    assert once.methods == ("cam", "smoothgradcampp", "eigencam", "gradient", "bbmp")
    assert once.label("smoothgradcampp") == "SmoothGrad-CAM++ = LayerCAM"
    assert once.label("cam") == "CAM = Grad-CAM", "known before any map is"


def test_methods_that_are_shown_are_not_offered(tiny_run: RunInfo) -> None:
    offered = list_offers(("cam", "layercam", "eigencam"), tiny_run, None, 3)
    assert [one.name for one in offered] == [
        name for name in OFFERED if name not in ("layercam", "eigencam")
    ]
    assert not any(one.cost for one in offered), "a time that nobody has measured is not said"


def test_an_offer_says_about_how_long_it_takes(tiny_run: RunInfo) -> None:
    pace = Pace(checkpoint=0.1, forward=0.03)
    costs = {one.name: one.cost for one in list_offers((), tiny_run, pace, 6)}
    for name in OFFERED:
        seconds = pace.estimate(name, 6)
        assert seconds >= 6 * (pace.checkpoint + pace.forward)
        assert costs[name] == f"about {max(1, seconds):.0f} s"
    assert pace.estimate("scorecam_fast", 6) < pace.estimate("integrated_gradients", 6)
    assert pace.estimate("layercam", 6) == pytest.approx(6 * 0.13)


def test_it_is_sent_as_the_script_takes_it(tiny_run: RunInfo) -> None:
    offers = list_offers((), tiny_run, None, 3)[:1]
    packed = Side("It stays.", [["checks: believe"]], offers, print).pack()
    assert packed["course"] == "It stays."
    assert packed["notes"] == [["checks: believe"]]
    assert packed["offers"] == [{"name": "layercam", "label": "LayerCAM", "cost": ""}]
