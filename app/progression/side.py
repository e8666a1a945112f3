"""Maps beside each other at one epoch, and the methods that a person may add to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.parts.grids import View
from saliencnn.common.sentences import duration, join_words
from saliencnn.maps.history import Pace
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import NEARLY_ONE_MAP, applicable, group_alike
from saliencnn.store.runs import RunInfo

MAPS = 3
"""Different ones that a first visit is to see."""
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


def add_free(view: View, run: RunInfo) -> View:
    """Return a view that shows a map for each chosen method, where some of them give the same one.

    What is added costs nothing beside the pass that all methods share; ``MAPS`` are enough.
    """
    shown = tuple(applicable(view.methods, run.spec))
    wanted = min(len(shown), MAPS)
    for name in applicable(METHODS, run.spec):
        known, more = _count_maps(shown, run), (*shown, name)
        if known < wanted and not METHODS[name].passes and _count_maps(more, run) > known:
            shown = more
    return replace(view, methods=shown)


def explain_added(view: View) -> str:
    """Say why a map was added to those that a person chose: some of them are one.

    Args:
        view: where methods that give one map are drawn once.
    """
    alike = [join_words([METHODS[name].label for name in names]) for names in view.alike.values()]
    if not alike:
        return "added, since some of the others hardly differ here"
    return f"added, since {' are one map here, and '.join(alike)} are one map here"


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
