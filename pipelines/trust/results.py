"""What audits of a run's explanations have found, as the trust table shows it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from saliencnn.checks.faithfulness import KINDS
from saliencnn.checks.statistics import LOGIT_CHANGE, NUMBER, PER_SCORE, RANDOM_BASELINE, TOLERANCE
from saliencnn.checks.verdicts import CHECKS, Verdict, judge
from saliencnn.measures.road import MAX_REMOVED_FRACTION
from saliencnn.store.check_results import read_results
from saliencnn.store.connection import Store


@dataclass(frozen=True)
class LogitChange:
    """How far a signal that the network must not feel moved its logits.

    Attributes:
        logit: largest change of any logit, of the image where it is farthest beyond its
            tolerance or nearest to it; in the logits' own unit.
        tolerance: below which a change counts as none, for that image.
    """

    logit: float
    tolerance: float

    def in_words(self) -> str:
        """Return the change beside its tolerance, and what follows."""
        same = self.logit <= self.tolerance
        return (
            f"largest change of any logit {self.logit:.2g} (tolerance {self.tolerance:.2g}): "
            + ("the network computed the same" if same else "an image beyond it is not judged")
        )


@dataclass(frozen=True)
class AuditResult:
    """What an audit found about a method by one check.

    Attributes:
        numbers: what is judged, float64 (N,), in the check's own unit; NaN for images without.
        images: int64 (N,), the images' positions in the image set.
        verdict: on the numbers.
        moved: of input variance; None for other checks, and where it was not kept.
        per_score: of stability, how much the map moves for each standard deviation of the scores
            that the class's score moves (1 - Spearman, the median image); None as above.
    """

    numbers: np.ndarray
    images: np.ndarray
    verdict: Verdict
    moved: LogitChange | None = None
    per_score: float | None = None

    def in_words(self) -> str:
        """Return the verdict, and how far the map moves with the score where that is known."""
        words = self.verdict.in_words()
        if self.per_score is None:
            return words
        return f"{words}  map moves {self.per_score:.2g} x the score"


@dataclass(frozen=True)
class MeanCurves:
    """The class's mean probability over images as pixels go or come.

    Attributes:
        shares: of the pixels, rising from 0, float64 (S + 1,), to within half a pixel.
        own: (S + 1,), in the order of a method's maps.
        by_lot: (S + 1,), in random orders of the same grain.
        images: how many images.
    """

    shares: np.ndarray
    own: np.ndarray
    random_baseline: np.ndarray
    images: int


Table = dict[str, dict[str, AuditResult]]
"""Check -> method -> what was found."""
Arrays = dict[str, np.ndarray]
"""As an audit is kept: ``images``, and "check/quantity/method" (``judged.Quantities``)."""


def newest_audit(store: Store, run_id: str) -> int | None:
    """Return the newest epoch of which there is an audit, or None."""
    epochs = (int(asked["epoch"]) for asked, _ in read_results(store, run_id, "trust"))
    return max(epochs, default=None)


def read_audit(store: Store, run_id: str, epoch: int) -> Table:
    """Return what audits of an epoch found; empty if there is none.

    Of several, the one with the most numbers for a check and method counts.
    """
    best = _fullest(store, run_id, epoch)
    table: Table = {check: {} for check in CHECKS} if best else {}
    for (check, method), arrays in best.items():
        table[check][method] = judged(check, method, arrays)
    return table


def read_curves(store: Store, run_id: str, epoch: int) -> dict[str, dict[str, MeanCurves]]:
    """Return mean curves of faithfulness: method -> kind -> curves.

    They are over the images of the audit that ``read_audit`` takes the method's faithfulness
    from, ROAD's over every eighth of them.
    """
    curves: dict[str, dict[str, MeanCurves]] = {}
    for (check, method), arrays in _fullest(store, run_id, epoch).items():
        if check == "faithfulness":
            found = {kind: _mean_curves(method, kind, arrays) for kind in KINDS}
            curves[method] = {kind: curve for kind, curve in found.items() if curve}
    return curves


def find_logit_change(by_method: Mapping[str, AuditResult]) -> LogitChange | None:
    """Return how far any image's logits moved in the audits of a check; None if not kept."""
    found = [audited.moved for audited in by_method.values() if audited.moved]
    if not found:
        return None
    return max(found, key=lambda moved: moved.logit - moved.tolerance)


def _mean_curves(method: str, kind: str, arrays: Arrays) -> MeanCurves | None:
    names = [f"faithfulness/{name}/{method}" for name in (kind, kind + RANDOM_BASELINE)]
    if not all(name in arrays for name in names):
        return None
    own, random_baseline = (arrays[name].astype(np.float64) for name in names)
    known = np.isfinite(own).all(axis=1)  # a flat map has no curve
    if not known.any():
        return None
    shares = np.linspace(0, MAX_REMOVED_FRACTION if kind == "road" else 1, own.shape[1])
    return MeanCurves(
        shares, own[known].mean(axis=0), random_baseline[known].mean(axis=0), int(known.sum())
    )


def judged(check: str, method: str, arrays: Arrays) -> AuditResult:
    """Return what an audit's arrays say of a method by a check."""
    numbers = arrays[f"{check}/{NUMBER}/{method}"]
    return AuditResult(
        numbers,
        arrays["images"],
        judge(check, numbers),
        _moved(check, method, arrays),
        _per_score(check, method, arrays),
    )


def _moved(check: str, method: str, arrays: Arrays) -> LogitChange | None:
    change, tolerance = (f"{check}/{quantity}/{method}" for quantity in (LOGIT_CHANGE, TOLERANCE))
    if change not in arrays:
        return None
    farthest = int(np.argmax(arrays[change] - arrays[tolerance]))
    return LogitChange(float(arrays[change][farthest]), float(arrays[tolerance][farthest]))


def _per_score(check: str, method: str, arrays: Arrays) -> float | None:
    known = arrays.get(f"{check}/{PER_SCORE}/{method}", np.array([]))
    known = known[np.isfinite(known)]
    return float(np.median(known)) if len(known) else None


def _fullest(store: Store, run_id: str, epoch: int) -> dict[tuple[str, str], Arrays]:
    """Return, for each check and method, the arrays of the audit with most numbers of them."""
    best: dict[tuple[str, str], Arrays] = {}
    most: dict[tuple[str, str], int] = {}
    for asked, arrays in read_results(store, run_id, "trust"):
        for name, values in arrays.items():
            check, _, rest = name.partition(f"/{NUMBER}/")
            known = int(np.isfinite(values).sum())
            if asked["epoch"] == epoch and check in CHECKS and known >= most.get((check, rest), 0):
                best[check, rest], most[check, rest] = arrays, known
    return best
