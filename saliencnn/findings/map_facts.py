"""What is known of maps of a comparison task, as the rules need it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from saliencnn.common.terms import say_on_object
from saliencnn.findings.map_places import MapPlaces
from saliencnn.findings.odd_one import Likeness
from saliencnn.measures.groups import Estimate, difference, estimate_together


@dataclass(frozen=True, eq=False)
class MapFacts:
    """N maps by one method, each with the prediction that it explains.

    Attributes:
        kind: ``image`` for N networks on one image, ``images`` for a network's images of a class,
            ``classes`` for a network's images of several.
        names: of the networks, or the one network's name alone.
        true: names of the images' classes, (N,).
        predicted: names of what was predicted, (N,).
        right: bool (N,).
        like: int (N,), how many images there are of each image's class.
        right_on_like: int (N,), on how many of those the row's network is right.
        regions: float (N,), fraction of each map at or above the threshold; NaN where none is.
        focus: float (N,), fraction of each map's energy on the object; NaN where unknown.
        least_similar: the two networks whose maps are least similar.
        likeness: how similar these two are, with the measure's name.
        similarity: how similar the maps of all pairs of networks are, and what that means.
        method: whose maps they are, where a person sees several methods'.
        boxed: whether focus is measured inside the objects' boxes, not on their exact pixels.
        places: where several networks' maps lie; the networks that have a map alone.
        to_others: how similar each of these maps is to the others; None of a single one.
        left_out: networks that there are beside these.
    """

    kind: str
    names: tuple[str, ...]
    true: tuple[str, ...]
    predicted: tuple[str, ...]
    right: np.ndarray
    like: np.ndarray
    right_on_like: np.ndarray
    regions: np.ndarray
    focus: np.ndarray
    least_similar: tuple[str, str] | None = None
    likeness: str = ""
    similarity: str = ""
    method: str = ""
    boxed: bool = False
    places: MapPlaces | None = None
    to_others: Likeness | None = None
    left_out: int = 0

    @property
    def by(self) -> str:
        """The method as part of a sentence."""
        return f" by {self.method}" if self.method else ""

    @property
    def on(self) -> str:
        """Where focus counts a map's energy."""
        return say_on_object(self.boxed)

    @cached_property
    def shifts(self) -> dict[str, Estimate]:
        """How ``regions`` and ``focus`` differ where the prediction is wrong, asked together."""
        numbers = {"regions": self.regions, "focus": self.focus}
        pairs = {name: (values, self.right) for name, values in numbers.items()}
        return estimate_together(difference, pairs)

    @property
    def wrong(self) -> list[int]:
        """Places of the wrong predictions."""
        return [int(place) for place in np.flatnonzero(~self.right)]
