"""A row of a table of measurements."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: is measured.
        value: the outcome, in the unit that ``what`` names.
        limit: the value must not exceed it.
        beside: what was measured in the same run to compare with, in words.
    """

    what: str
    value: float
    limit: float
    beside: str

    @property
    def passed(self) -> bool:
        return self.value <= self.limit

    def __str__(self) -> str:
        verdict = "PASS" if self.passed else "FAIL"
        return f"{verdict}  {self.what}: {self.value:.3g} (at most {self.limit:g}); {self.beside}"
