"""Grades: by the thresholds of the table, how far a method's maps can be trusted."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from saliencnn.checks.table import find_check
from saliencnn.measures.bootstrap import bootstrap_interval, mean_of_rows

MIN_IMAGES = 5
"""Images below which nothing is graded: resampling fewer says little about others."""
RESAMPLES = 2000


class Outcome(StrEnum):
    """What a check says about a method, in a word."""

    PASS = "pass"
    BORDERLINE = "borderline"
    FAIL = "fail"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class CheckResult:
    """What a check says about a method.

    Attributes:
        outcome: the word; ``borderline`` lies between pass and fail.
        value: mean over the images; NaN without any.
        low: lower end of the mean's 95% confidence interval; NaN where nothing is judged.
        high: its upper end.
        images: images that have a number.
    """

    outcome: Outcome
    value: float
    low: float
    high: float
    images: int

    def sentence(self) -> str:
        """Say the mean and its interval, or why there is none."""
        if not np.isfinite(self.low):
            return f"{self.images} images have a number: too few for a result."
        return (
            f"The mean over {self.images} images is {self.value:.2f}, with a 95% confidence "
            f"interval from {self.low:.2f} to {self.high:.2f}."
        )

    def in_words(self) -> str:
        """Return the outcome with its number, its interval and the number of images."""
        if self.outcome == Outcome.NOT_JUDGED:
            return f"{self.outcome} ({self.images} images have a number)"
        return (
            f"{self.outcome}  {self.value:.2f}  [{self.low:.2f}, {self.high:.2f}]  "
            f"{self.images} images"
        )


def grade(check: str, values: np.ndarray) -> CheckResult:
    """Grade a method by the thresholds of the table.

    The burden of proof is the method's: it passes if the whole confidence interval is high enough,
    and fails if the mean is low. The interval is the expanded bootstrap's of the mean (see
    ``bootstrap_interval``), from ``RESAMPLES`` resamples of the images, always the same ones.

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
    if len(known) < MIN_IMAGES:
        return CheckResult(Outcome.NOT_JUDGED, value, float("nan"), float("nan"), len(known))
    low, high = bootstrap_interval([known], mean_of_rows, RESAMPLES)
    outcome = Outcome.BORDERLINE
    if low >= row.pass_from:
        outcome = Outcome.PASS
    elif value < row.fail_below:
        outcome = Outcome.FAIL
    return CheckResult(outcome, value, low, high, len(known))
