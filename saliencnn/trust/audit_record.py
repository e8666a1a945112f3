"""What one audit found, and how it is stored.

Numbers are all the better the higher they are. Of a check that wants a map to change, the store
holds the similarity instead, as it did before the number was the change.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from saliencnn.checks.grading import CheckResult, Outcome, grade
from saliencnn.checks.quantities import NUMBER, Quantities
from saliencnn.checks.table import CHECKS
from saliencnn.common.records import readable, require_whole
from saliencnn.store.check_results import list_results, read_named_result
from saliencnn.store.connection import Store
from saliencnn.store.run_record import MAX_EPOCHS

FOLDER = "trust"
"""Of all audits: the check's name in their questions."""
_CELLS = np.dtype([
    ("check", "U32"), ("method", "U32"), ("outcome", "U16"),
    ("value", "f8"), ("low", "f8"), ("high", "f8"), ("images", "i8"),
])  # fmt: skip


class ArrayName(NamedTuple):
    """The name of an audit's array of numbers."""

    check: str
    quantity: str
    method: str

    def __str__(self) -> str:
        """Return it as it is stored."""
        return "/".join(self)


@dataclass(frozen=True)
class Audit:
    """What one audit found.

    Attributes:
        epoch: whose checkpoint was checked.
        images: int64 (N,), the images' positions in the image set.
        quantities: check -> quantities of these images.
        results: check -> method -> the result.
    """

    epoch: int
    images: np.ndarray
    quantities: dict[str, Quantities]
    results: dict[str, dict[str, CheckResult]]

    @classmethod
    def of(cls, epoch: int, images: np.ndarray, quantities: dict[str, Quantities]) -> "Audit":
        """Grade the quantities of an audit, and keep all but the graded numbers in float32."""
        kept = {
            check: {
                quantity: {
                    method: values.astype(np.float64 if quantity == NUMBER else np.float32)
                    for method, values in by_method.items()
                }
                for quantity, by_method in found.items()
            }
            for check, found in quantities.items()
        }
        results = {
            check: {method: grade(check, numbers) for method, numbers in found[NUMBER].items()}
            for check, found in kept.items()
        }
        return cls(epoch, images, kept, results)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what is stored."""
        return {
            "images": self.images,
            "results": _pack(self.results),
            **{
                str(ArrayName(check, quantity, method)): _turn(check, quantity, values)
                for check, quantities in self.quantities.items()
                for quantity, by_method in quantities.items()
                for method, values in by_method.items()
            },
        }

    @classmethod
    def from_arrays(cls, epoch: int, arrays: dict[str, np.ndarray]) -> "Audit":
        """Return what was stored; an audit of format 1, which keeps no results, is graded."""
        quantities: dict[str, Quantities] = {}
        for text, values in arrays.items():
            if text.count("/") == 2:
                name = ArrayName(*text.split("/"))
                if name.check in CHECKS:
                    found = quantities.setdefault(name.check, {})
                    found.setdefault(name.quantity, {})[name.method] = _turn(
                        name.check, name.quantity, values
                    )
        quantities = {check: found for check, found in quantities.items() if NUMBER in found}
        if "results" not in arrays:
            return cls.of(epoch, arrays["images"], quantities)
        return cls(epoch, arrays["images"], quantities, _unpack(arrays["results"]))


def list_audits(store: Store, run_id: str) -> list[str]:
    """Return the names of the files that keep a run's audits."""
    return list_results(store, run_id, FOLDER)


def read_named_audits(
    store: Store, run_id: str, names: Iterable[str]
) -> Iterator[tuple[str, Audit]]:
    """Yield the audits that files keep, with the files' names.

    What a killed writer has cut short is left out, and, with a warning, what cannot be read, such
    as what a later version of this program wrote.
    """

    def read(name: str) -> tuple[str, Audit | None]:
        result = read_named_result(store, run_id, FOLDER, name)
        if result is None:
            return name, None
        question, arrays = result
        epoch = require_whole(question.get("epoch"), "epoch", 0, MAX_EPOCHS)
        return name, Audit.from_arrays(epoch, arrays)

    for name, audit in readable(read, names):
        if audit is not None:
            yield name, audit


def read_audits(store: Store, run_id: str) -> list[Audit]:
    """Return all audits of a run."""
    return [audit for _, audit in read_named_audits(store, run_id, list_audits(store, run_id))]


def _turn(check: str, quantity: str, values: np.ndarray) -> np.ndarray:
    """Return a quantity as it is stored, or as it is used where it comes from the store."""
    return CHECKS[check].number_of(values) if quantity == NUMBER else values


def _turn_result(check: str, found: CheckResult) -> CheckResult:
    """Likewise of a result."""
    if check not in CHECKS or not CHECKS[check].wants_change:
        return found
    value, low, high = (1 - number for number in (found.value, found.high, found.low))
    return replace(found, value=value, low=low, high=high)


def _pack(results: dict[str, dict[str, CheckResult]]) -> np.ndarray:
    rows = [
        (check, method, found.outcome, found.value, found.low, found.high, found.images)
        for check, by_method in results.items()
        for method, one in by_method.items()
        for found in [_turn_result(check, one)]
    ]
    return np.array(rows, _CELLS)


def _unpack(cells: Iterable[Any]) -> dict[str, dict[str, CheckResult]]:
    results: dict[str, dict[str, CheckResult]] = {}
    for cell in cells:
        check, method, outcome, value, low, high, images = cell.item()
        result = CheckResult(Outcome(outcome), value, low, high, images)
        results.setdefault(check, {})[method] = _turn_result(check, result)
    return results
