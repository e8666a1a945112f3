"""Maps beside each other at one epoch, and the methods that a person may add to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from saliencnn.common.sentences import duration
from saliencnn.maps.history import Pace
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import NEARLY_ONE_MAP, applicable, group_alike
from saliencnn.store.runs import RunInfo

OFFERED = ("layercam", "scorecam_fast", "eigencam", "integrated_gradients")
"""Each finds its map in another way than the methods of a first visit; all others are chosen in
the sidebar."""


@dataclass(frozen=True)
class Offer:
    """A method that a person may add.

    Attributes:
        name: the method's.
        cost: about how long that takes, in words; "" where unknown.
    """

    name: str
    cost: str = ""


@dataclass(frozen=True)
class Side:
    """What stands beside the maps at one epoch, where they come before all epochs.

    Attributes:
        course: what changed over the epochs; "" where nothing is said.
        notes: lines below each map, what is to be known of its methods.
        offers: methods that may be added.
        add: takes over which one a person adds; a callback.
    """

    course: str = ""
    notes: Sequence[Sequence[str]] = ()
    offers: Sequence[Offer] = ()
    add: Callable[[str], None] | None = None

    def pack(self) -> dict[str, Any]:
        """Return it as the film's script takes it."""
        offers = [
            {"name": one.name, "label": METHODS[one.name].label, "cost": one.cost}
            for one in self.offers
        ]
        notes = [list(lines) for lines in self.notes]
        return {"course": self.course, "notes": notes, "offers": offers}


def _count_maps(methods: Sequence[str], run: RunInfo) -> int:
    return len(group_alike(methods, [run.head_kind], NEARLY_ONE_MAP))


def list_offers(
    methods: Sequence[str], run: RunInfo, pace: Pace | None, epochs: int
) -> list[Offer]:
    """Return the methods that may be added to those that are shown, each for another map.

    Args:
        methods: that are shown.
        run: whose network explains the image.
        pace: how long it takes here; None where unknown.
        epochs: whose checkpoints were kept.
    """
    return [
        Offer(name, f"about {duration(max(1, pace.estimate(name, epochs)))}" if pace else "")
        for name in applicable(OFFERED, run.spec)
        if _count_maps((*methods, name), run) > _count_maps(methods, run)
    ]
