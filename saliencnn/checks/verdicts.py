"""Verdicts: by the rules of the table, how far a method's maps can be trusted."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from torch import nn

from saliencnn.checks.parallel import count_workers, run_side_by_side
from saliencnn.checks.statistics import NUMBER, Quantities
from saliencnn.checks.subject import BATCH, Subject, explain_subject
from saliencnn.checks.table import CHECKS, Check, find_check
from saliencnn.common.progress import Progress, part_of

__all__ = ["CHECKS", "NUMBER", "Check", "Quantities", "Verdict", "judge", "run_checks"]

LEAST = 5
"""Images below which nothing is judged: resampling fewer says little about others."""
RESAMPLES = 2000

HOLDS, MOVES, FAILS, NOT_JUDGED = "holds", "moves", "fails", "not judged"


@dataclass(frozen=True)
class Verdict:
    """What a check says about a method.

    Attributes:
        verdict: ``holds``, ``moves`` (in between), ``fails`` or ``not judged``.
        value: mean over the images; NaN without any.
        low: lower end of the mean's 95 % confidence interval; NaN where nothing is judged.
        high: its upper end.
        images: images that have a number.
    """

    verdict: str
    value: float
    low: float
    high: float
    images: int

    def in_words(self) -> str:
        """Return the verdict with its number, its interval and the images behind it."""
        if self.verdict == NOT_JUDGED:
            return f"{self.verdict} ({self.images} images have a number)"
        return (
            f"{self.verdict}  {self.value:.2f}  [{self.low:.2f}, {self.high:.2f}]  "
            f"{self.images} images"
        )


def judge(check: str, values: np.ndarray) -> Verdict:
    """Judge a method by the rules of the table.

    The burden of proof is the method's: it holds if the whole confidence interval is good enough,
    and fails if the mean is bad. The interval is the percentile bootstrap's of the mean (Efron
    1979), from ``RESAMPLES`` resamples of the images, always the same ones.

    Args:
        check: a key of ``CHECKS``.
        values: float (N,), the numbers of the images; NaN for those without one.

    Raises:
        UserError: the check is unknown.
    """
    row = find_check(check)
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    value = float(known.mean()) if len(known) else float("nan")
    if len(known) < LEAST:
        return Verdict(NOT_JUDGED, value, float("nan"), float("nan"), len(known))
    low, high = bootstrap(known)
    good = low >= row.holds if row.high_is_good else high <= row.holds
    bad = value < row.fails if row.high_is_good else value > row.fails
    verdict = HOLDS if good else FAILS if bad else MOVES
    return Verdict(verdict, value, low, high, len(known))


def bootstrap(values: np.ndarray) -> tuple[float, float]:
    """Return both ends of the 95 % percentile bootstrap interval of the mean of (N,) numbers."""
    random = np.random.default_rng(0)
    means = random.choice(values, (RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def run_checks(
    subject: Subject,
    checks: Sequence[str],
    report: Progress,
    other: nn.Module | None = None,
    batch_size: int = BATCH,
    workers: int | None = None,
) -> dict[str, Quantities]:
    """Compute the judged numbers of many images and what stands behind them.

    A batch of images goes through all checks, which share its maps. On a CPU several batches do
    so at once, each with its own copy of the networks.

    Args:
        subject: what is checked.
        checks: keys of ``CHECKS``.
        report: called with the progress; what it raises cancels the check.
        other: the network trained on random labels that ``labels`` needs; without it that check's
            numbers are NaN.
        batch_size: the most images that go through the checks at once.
        workers: batches at once; by default as many as gain from it. But for rounding, neither
            changes what is found.

    Returns:
        Check -> quantity -> method -> float64 (N, ...). The quantity ``NUMBER``, (N,), is what
        ``judge`` takes; ``saliencnn.checks.statistics`` tells of the others.

    Raises:
        NotApplicable: input variance is not defined for the network.
        UserError: a check is unknown.
    """
    rows = {name: find_check(name) for name in checks}
    total = len(subject.images)
    if workers is None:
        workers = count_workers(subject.images.device)
    size = min(batch_size, -(-total // workers))
    check = _check_batch if workers == 1 else _check_copy
    jobs = [
        partial(check, subject.batch(start, size), total, rows, other)
        for start in range(0, total, size)
    ]
    return _concatenate(run_side_by_side(jobs, workers, report))


def _check_copy(
    batch: Subject, total: int, rows: dict[str, Check], other: nn.Module | None, report: Progress
) -> dict[str, Quantities]:
    """Check a batch beside others, which may not see this network while a check changes it."""
    copy = replace(batch, model=deepcopy(batch.model))
    return _check_batch(copy, total, rows, deepcopy(other), report)


def _check_batch(
    batch: Subject, total: int, rows: dict[str, Check], other: nn.Module | None, report: Progress
) -> dict[str, Quantities]:
    where = f"Images {batch.first + 1} to {batch.first + len(batch.images)} of {total}"
    report = part_of(report, 0.0, 1.0, where)
    steps = len(rows) + 1
    own = explain_subject(batch, part_of(report, 0, 1 / steps))
    found = {}
    for done, (name, row) in enumerate(rows.items(), start=1):
        of_check = part_of(report, done / steps, (done + 1) / steps, row.label)
        found[name] = row.compute(batch, own, other, of_check)
    report(1.0, "Checked")
    return found


def _concatenate(parts: Sequence[dict[str, Quantities]]) -> dict[str, Quantities]:
    """Put the images of several batches together, whatever the quantities are."""
    return {
        check: {
            quantity: {
                method: np.concatenate([part[check][quantity][method] for part in parts])
                for method in by_method
            }
            for quantity, by_method in quantities.items()
        }
        for check, quantities in parts[0].items()
    }
