"""Progress of long work: one callback for training, checks, evaluations and maps."""

from collections.abc import Callable, Sequence
from itertools import accumulate

Progress = Callable[[float, str], None]
"""Called with the fraction that is done, 0 to 1, and in words what is being done.

Whatever it raises cancels the work and comes out of it.
"""


def silent(_fraction: float, _words: str) -> None:
    """Report to nobody."""


def part_of(report: Progress, start: float, end: float, name: str = "") -> Progress:
    """Return the progress of a part of some work.

    Args:
        report: of the whole work.
        start: fraction of the whole that is done when the part begins, 0 to 1.
        end: likewise when it is complete.
        name: of the part, put before its words.
    """
    prefix = f"{name}: " if name else ""

    def report_part(fraction: float, words: str) -> None:
        # Exact at both ends, so that a part never ends beyond the next one's start.
        report((1 - fraction) * start + fraction * end, f"{prefix}{words}")

    return report_part


def split(report: Progress, parts: Sequence[tuple[str, float]]) -> list[Progress]:
    """Return the progress of each part of some work, so that its pace is the same in all of them.

    Args:
        report: of the whole work.
        parts: each one's name, and about how long it takes beside the others.
    """
    ends = [*accumulate(effort for _, effort in parts)]
    spans = zip(parts, [0.0, *ends][:-1], ends, strict=True)
    return [
        part_of(report, start / ends[-1], end / ends[-1], name) for (name, _), start, end in spans
    ]
