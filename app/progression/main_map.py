"""The one map of an uploaded image that the page's answer speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.parts.grids import View
from app.progression.reel import Film
from saliencnn.drawing.heat import rescale_one
from saliencnn.findings.map_location import HALF_MAXIMUM, name_location
from saliencnn.findings.map_places import WIDEST
from saliencnn.findings.method_groups import Advised, list_advised
from saliencnn.findings.methods import Advice, MethodAdvice
from saliencnn.measures.energy import is_empty
from saliencnn.measures.map_measures import region_size
from saliencnn.saliency import METHODS


@dataclass(frozen=True, eq=False)
class MainMap:
    """A map of the class that is explained.

    Attributes:
        method: that draws it.
        saliency: the map, raw (h, w).
        advised: what the checks say of it; None where nobody has checked it.
    """

    method: str
    saliency: np.ndarray
    advised: Advised | None

    @property
    def label(self) -> str:
        """The method as people call it."""
        return METHODS[self.method].label

    @property
    def place(self) -> str:
        """Where it lies, as its caption says it."""
        return name_location(self.saliency)

    @property
    def can_be_hidden(self) -> bool:
        """Whether it highlights a spot, not most of the image."""
        if is_empty(self.saliency[None])[0]:
            return False
        return region_size(rescale_one(self.saliency), HALF_MAXIMUM) <= WIDEST


def find_main_map(film: Film, view: View, judged: Mapping[str, MethodAdvice]) -> MainMap | None:
    """Return the map to speak of: the first that can be believed, else the first of the class.

    One that highlights a spot comes before one that lies everywhere or nowhere.

    Args:
        film: the image's maps.
        view: which of them are shown.
        judged: method -> what the checks of the epoch say of it.
    """
    maps = film.reels[0].history.maps
    found = [
        MainMap(method, maps[method][film.chosen], _advise(view.drawn_as(method), judged))
        for method in view.methods
        if METHODS[method].of_class and film.chosen in maps.get(method, {})
    ]
    return min(found, key=lambda one: (not one.can_be_hidden, not _is_believed(one)), default=None)


def _is_believed(spot: MainMap) -> bool:
    return spot.advised is not None and spot.advised.advice == Advice.BELIEVE


def _advise(methods: tuple[str, ...], judged: Mapping[str, MethodAdvice]) -> Advised | None:
    """Return what the checks advise on a map that some methods draw alike."""
    return next(iter(list_advised(judged, [methods])), None)
