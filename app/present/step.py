"""One step of a presentation."""

from collections.abc import Callable
from dataclasses import dataclass, field

from saliencnn.store.walkthroughs import Query


@dataclass(frozen=True)
class Step:
    """One idea on the whole screen.

    Attributes:
        title: heads the step.
        draw: draws what is below the title.
        query: parameters of the address that say what the step shows, beside those of the
            presentation.
    """

    title: str
    draw: Callable[[], None]
    query: Query = field(default_factory=dict)
