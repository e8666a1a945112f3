"""What an idea is told by, on a page as on a slide: words, tables, images, charts, maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from saliencnn.drawing.figure import Figure
from saliencnn.drawing.heat import Bytes


class Size(Enum):
    """How large words are: their letters' height in a slide that is 600 units wide."""

    LEAD = 15.0
    HEADING = 14.0
    TEXT = 12.0
    SMALL = 10.0
    SMALLEST = 8.0


class Mark(Enum):
    """What stands before words and says how much they matter: its colour."""

    PROBLEM = "#c62828"
    WARNING = "#b36200"
    GOOD = "#2e7d32"
    NOTE = "#757575"


@dataclass(frozen=True)
class Words:
    """A paragraph.

    Attributes:
        text: any.
        size: of its letters.
        label: stands before it in bold, with a colon unless it asks.
        mark: stands before both.
        strong: whether all of it is bold.
        bullet: begins it as a row of a list: ``-`` or a number.
    """

    text: str
    size: Size = Size.TEXT
    label: str = ""
    mark: Mark | None = None
    strong: bool = False
    bullet: str = ""

    @property
    def before(self) -> str:
        """The label as it stands before the text; "" without one."""
        return self.label if not self.label or self.label.endswith("?") else f"{self.label}:"


@dataclass(frozen=True)
class Table:
    """Rows, each of which begins with what it is of; the names are of the other columns."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False)
class Images:
    """Images, uint8 (H, W, 3), each with the words below it, side by side."""

    tiles: Sequence[tuple[Bytes, str]]


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart.

    Attributes:
        build: makes Altair's chart; a function of a module.
        inputs: of it, values that can be pickled.
        themed: whether it takes after them whether the page is dark.
    """

    build: Callable[..., Any]
    inputs: tuple[Any, ...]
    themed: bool = False


@dataclass(frozen=True, eq=False)
class Columns:
    """Parts side by side, with a frame around each column or without."""

    columns: Sequence[Sequence["Part"]]
    framed: bool = True


Part: TypeAlias = Words | Table | Images | Chart | Columns | Figure
