"""Rows of a benchmark as they are measured, so that it goes on where it was ended."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

Row = dict[str, str]


class Rows:
    """A table on disk, a row for each measurement."""

    def __init__(self, path: Path, named: tuple[str, ...], measured: tuple[str, ...]) -> None:
        """Read what is there.

        Args:
            path: of the table (CSV).
            named: columns that say what was measured.
            measured: columns of the numbers.
        """
        self._path, self._named, self._measured = path, named, measured
        if not path.exists():
            with path.open("w", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow((*named, *measured))

    def fill(self, key: Mapping[str, object], measure: Callable[[], tuple[float, ...]]) -> None:
        """Measure a row unless it is there."""
        wanted = tuple(str(key[name]) for name in self._named)
        if any(tuple(row[name] for name in self._named) == wanted for row in self.read()):
            return
        found = [f"{value:.6g}" for value in measure()]
        with self._path.open("a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow((*wanted, *found))
        print(*wanted, *found, flush=True)

    def read(self) -> list[Row]:
        """Return all rows."""
        with self._path.open(newline="") as file:
            return list(csv.DictReader(file))

    def table(self, by: tuple[str, ...], shown: tuple[str, ...]) -> str:
        """Return medians and ranges over what is left out of ``by``, as a Markdown table."""
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in self.read():
            groups.setdefault(tuple(row[name] for name in by), []).append(row)
        lines = [
            f"| {' | '.join((*by, 'runs', *shown))} |",
            f"|{'---|' * (len(by) + 1 + len(shown))}",
        ]
        for key, rows in groups.items():
            cells = [spread([float(row[name]) for row in rows]) for name in shown]
            lines.append(f"| {' | '.join((*key, str(len(rows)), *cells))} |")
        return "\n".join(lines)


def spread(values: list[float]) -> str:
    """Return a median and the range."""
    return f"{median(values):.1f} ({min(values):.1f} to {max(values):.1f})"
