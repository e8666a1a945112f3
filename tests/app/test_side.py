"""Maps beside each other at one epoch: which ones, and which methods may be added."""

from dataclasses import replace

import numpy as np
import pytest

from app.parts.grids import View, draw_alike_once, draw_once
from app.progression.side import MAPS, OFFERED, Side, add_free, explain_added, list_offers
from saliencnn.maps.history import Pace
from saliencnn.models.spec import DEEP
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import FIRST_METHODS
from saliencnn.store.runs import RunInfo


def view(*methods: str) -> View:
    return View(methods, 0.6, 0.0, jointly=False)


@pytest.fixture(scope="module")
def deep(tiny_run: RunInfo) -> RunInfo:
    return replace(tiny_run, stored_spec=replace(tiny_run.spec, head_kind=DEEP))


def test_a_first_visit_sees_three_maps_at_no_more_cost(tiny_run: RunInfo) -> None:
    filled = add_free(view(*FIRST_METHODS), tiny_run)
    assert filled.methods[:3] == FIRST_METHODS, "the paper's three keep their names"
    added = filled.methods[3:]
    assert len(added) == 1
    assert not METHODS[added[0]].passes
    assert added != ("layercam",), "which draws what Grad-CAM++ draws"
    assert len(draw_once(filled, [tiny_run]).methods) == MAPS


def test_an_added_map_says_which_chosen_ones_are_one(tiny_run: RunInfo) -> None:
    filled = draw_once(add_free(view(*FIRST_METHODS), tiny_run), [tiny_run])
    assert explain_added(filled) == "added, since CAM and Grad-CAM are one map here"
    assert explain_added(view("gradcampp", "layercam")).endswith("hardly differ here")


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


@pytest.mark.parametrize(
    "methods",
    [(), ("gradcam",), ("gradcam", "gradcampp"), ("gradcam", "eigencam", "gradcampp", "bbmp")],
)
def test_nothing_is_added_to_maps_that_all_differ(
    tiny_run: RunInfo, methods: tuple[str, ...]
) -> None:
    assert add_free(view(*methods), tiny_run).methods == methods


def test_no_more_maps_than_a_first_visit_sees_are_added(tiny_run: RunInfo) -> None:
    many = ("cam", "gradcam", "hirescam", "xgradcam", "gradcampp", "smoothgradcampp")
    assert len(draw_once(add_free(view(*many), tiny_run), [tiny_run]).methods) == MAPS


def test_what_is_not_defined_for_a_network_is_neither_shown_nor_added(deep: RunInfo) -> None:
    filled = add_free(view(*FIRST_METHODS), deep)
    assert filled.methods == ("gradcam", "smoothgradcampp"), "here they are two maps already"


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
