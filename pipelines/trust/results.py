"""The trust table: what a run's audits found, check by check and method by method."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from saliencnn.checks.grading import CheckResult
from saliencnn.checks.quantities import (
    LAST_FRACTION,
    LOGIT_CHANGE,
    NUMBER,
    PER_SCORE,
    RANDOM_BASELINE,
    TOLERANCE_USED,
)
from saliencnn.checks.table import CHECKS
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.trust.audit_record import Audit, read_audits


@dataclass(frozen=True)
class LogitChange:
    """How far the logits moved by a signal whose effect is subtracted again.

    Attributes:
        change: largest change of any logit, of the image where it is farthest beyond its
            tolerance or nearest to it; in the logits' own unit.
        tolerance: below which a change counts as none, for that image.
    """

    change: float
    tolerance: float

    def in_words(self) -> str:
        """Return the change beside its tolerance, and what follows."""
        same = self.change <= self.tolerance
        return (
            f"a class's score changed by at most {self.change:.2g} (by rounding, up to "
            f"{self.tolerance:.2g}): "
            + ("the network computed the same" if same else "images beyond it are not judged")
        )


@dataclass(frozen=True)
class AuditResult:
    """What an audit found about a method by one check.

    Attributes:
        numbers: what is graded, float64 (N,), in the check's own unit; NaN for images without.
        images: int64 (N,), the images' positions in the image set.
        result: of the numbers.
        logit_change: of input variance; None for other checks, and where it was not kept.
        per_score: of stability, how much the map moves for each standard deviation of the scores
            that the class's score moves (1 - Spearman, the median image); None as above.
    """

    numbers: np.ndarray
    images: np.ndarray
    result: CheckResult
    logit_change: LogitChange | None = None
    per_score: float | None = None

    def in_words(self) -> str:
        """Return the result, and how far the map moves with the score where that is known."""
        words = self.result.in_words()
        if self.per_score is None:
            return words
        return f"{words}  map moves {self.per_score:.2g} x the score"


@dataclass(frozen=True)
class MeanCurves:
    """The class's mean probability over images as pixels are removed or inserted.

    Attributes:
        fractions: of the pixels, rising from 0, float64 (S + 1,), to within half a pixel.
        own: (S + 1,), in the order of a method's maps.
        random_baseline: (S + 1,), in random orders of the same resolution.
        images: how many images.
    """

    fractions: np.ndarray
    own: np.ndarray
    random_baseline: np.ndarray
    images: int


Table = dict[str, dict[str, AuditResult]]
"""Check -> method -> what was found."""


def read_table(store: Store, run_id: str, epoch: int) -> Table:
    """Return what is kept of the audits of an epoch; empty if there is none."""
    return trust_table(read_audits(store, run_id), epoch)


def newest_epoch(audits: Iterable[Audit]) -> int | None:
    """Return the newest epoch of which there is an audit, or None."""
    return max((audit.epoch for audit in audits), default=None)


def trust_table(audits: Iterable[Audit], epoch: int) -> Table:
    """Return what audits of an epoch found; empty if there is none.

    Of several, the one with the most numbers for a check and method counts.
    """
    best = _fullest(audits, epoch)
    table: Table = {check: {} for check in CHECKS} if best else {}
    for (check, method), audit in best.items():
        table[check][method] = _result_of(audit, check, method)
    return table


def results_of(table: Table) -> dict[str, dict[str, CheckResult]]:
    """Return check -> method -> result of a table."""
    return {
        check: {method: found.result for method, found in by_method.items()}
        for check, by_method in table.items()
    }


def mean_curves(audits: Iterable[Audit], epoch: int) -> dict[str, dict[str, MeanCurves]]:
    """Return mean curves of faithfulness: method -> kind -> curves.

    They are over the images of the audit that ``trust_table`` takes the method's faithfulness
    from, ROAD's over every eighth of them.
    """
    curves: dict[str, dict[str, MeanCurves]] = {}
    for (check, method), audit in _fullest(audits, epoch).items():
        if check == "faithfulness":
            found = {kind: _mean_curves(audit, method, kind) for kind in LAST_FRACTION}
            curves[method] = {kind: curve for kind, curve in found.items() if curve}
    return curves


def find_logit_change(by_method: Mapping[str, AuditResult]) -> LogitChange | None:
    """Return how far any image's logits moved in the audits of a check; None if not kept."""
    found = [audited.logit_change for audited in by_method.values() if audited.logit_change]
    return max(found, key=lambda one: one.change - one.tolerance, default=None)


def _fullest(audits: Iterable[Audit], epoch: int) -> dict[tuple[str, str], Audit]:
    """Return, for each check and method, the audit with the most numbers."""
    best: dict[tuple[str, str], Audit] = {}
    for audit in audits:
        for check, by_method in audit.results.items():
            for method, found in by_method.items():
                known = best.get((check, method))
                # Another version of this program may know other methods.
                if (
                    audit.epoch == epoch
                    and method in METHODS
                    and (known is None or found.images >= known.results[check][method].images)
                ):
                    best[check, method] = audit
    return best


def _result_of(audit: Audit, check: str, method: str) -> AuditResult:
    found = {name: of[method] for name, of in audit.quantities[check].items() if method in of}
    return AuditResult(
        found[NUMBER],
        audit.images,
        audit.results[check][method],
        _logit_change(found),
        _per_score(found),
    )


def _logit_change(found: Mapping[str, np.ndarray]) -> LogitChange | None:
    if LOGIT_CHANGE not in found:
        return None
    change, tolerance = found[LOGIT_CHANGE], found[TOLERANCE_USED]
    farthest = int(np.argmax(change - tolerance))
    return LogitChange(float(change[farthest]), float(tolerance[farthest]))


def _per_score(found: Mapping[str, np.ndarray]) -> float | None:
    known = found.get(PER_SCORE, np.array([]))
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else None


def _mean_curves(audit: Audit, method: str, kind: str) -> MeanCurves | None:
    quantities = audit.quantities["faithfulness"]
    own, random_baseline = (
        quantities.get(name, {}).get(method) for name in (kind, kind + RANDOM_BASELINE)
    )
    if own is None or random_baseline is None:
        return None
    known = np.isfinite(own).all(axis=1)  # a constant map has no curve
    if not known.any():
        return None
    fractions = np.linspace(0, LAST_FRACTION[kind], own.shape[1])
    return MeanCurves(
        fractions,
        own[known].mean(axis=0, dtype=np.float64),
        random_baseline[known].mean(axis=0, dtype=np.float64),
        int(known.sum()),
    )
