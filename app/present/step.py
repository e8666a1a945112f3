"""One step of a presentation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from saliencnn.drawing.parts import Part
from saliencnn.store.walkthroughs import Query


@dataclass(frozen=True)
class Live:
    """What a person can change or follow while they speak; a picture of the step has it not."""

    draw: Callable[[], None]


Shown: TypeAlias = Part | Live


@dataclass(frozen=True)
class Step:
    """One idea on the whole screen.

    Attributes:
        title: heads the step.
        tell: returns what is below the title.
        query: parameters of the address that say what the step shows, beside those of the
            presentation.
    """

    title: str
    tell: Callable[[], Sequence[Shown]]
    query: Query = field(default_factory=dict)
