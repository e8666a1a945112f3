"""The one map of an uploaded image that the answer speaks of."""

import numpy as np

from app.parts.grids import View
from app.progression.main_map import find_main_map
from app.progression.reel import Film, Reel
from saliencnn.findings.methods import Advice, MethodAdvice
from saliencnn.maps.history import EpochPrediction, MapHistory

SPOT, WIDE, NOTHING = np.eye(8), np.ones((8, 8)) + np.eye(8), np.zeros((8, 8))
BELIEVED, DOUBTED = (MethodAdvice(one, ("stability",)) for one in (Advice.BELIEVE, Advice.DO_NOT))


def find(maps: dict[str, np.ndarray], judged: dict[str, MethodAdvice]) -> str | None:
    known = MapHistory(maps={method: {2: one} for method, one in maps.items()})
    said = {2: EpochPrediction(0, 0.9, 0.9)}
    image = np.zeros((8, 8, 3), np.uint8)
    film = Film("", image, "", None, (Reel("", known, said, [2]),), ("ani",), None, 2)
    found = find_main_map(film, View((*maps,), 0.6, 0.0, jointly=False), judged)
    return found and found.method


def test_it_is_the_first_of_the_class_that_can_be_believed() -> None:
    maps = {"eigencam": SPOT, "cam": SPOT, "smoothgradcampp": SPOT}
    assert find(maps, {}) == "cam", "Eigen-CAM is the same for every class"
    assert find(maps, {"cam": DOUBTED, "smoothgradcampp": BELIEVED}) == "smoothgradcampp"
    assert find(maps, {"eigencam": BELIEVED, "cam": DOUBTED}) == "cam"
    assert find({"eigencam": SPOT}, {}) is None


def test_a_spot_comes_before_a_map_that_lies_everywhere_or_nowhere() -> None:
    for other in (WIDE, NOTHING):
        assert find({"cam": other, "smoothgradcampp": SPOT}, {"cam": BELIEVED}) == "smoothgradcampp"
        assert find({"cam": other}, {}) == "cam"
