import pytest

from saliencnn.checks.grading import CheckResult, Outcome
from saliencnn.findings.methods import Advice, judge_methods

PASS, BORDERLINE, FAIL, NONE = Outcome.PASS, Outcome.BORDERLINE, Outcome.FAIL, Outcome.NOT_JUDGED


@pytest.mark.parametrize(
    ("outcomes", "advice", "deciding"),
    [
        ((PASS, PASS, NONE), Advice.BELIEVE, ("a", "b")),
        ((PASS, NONE, NONE), Advice.UNKNOWN, ()),
        ((NONE, NONE, NONE), Advice.UNKNOWN, ()),
        ((PASS, BORDERLINE, PASS), Advice.CARE, ("b",)),
        ((PASS, BORDERLINE, FAIL), Advice.DO_NOT, ("c",)),
        ((FAIL, NONE, NONE), Advice.DO_NOT, ("a",)),
    ],
)
def test_the_worst_check_decides(
    outcomes: tuple[Outcome, ...], advice: Advice, deciding: tuple[str, ...]
) -> None:
    checks = {
        name: {"gradcam": CheckResult(outcome, 0.5, 0.4, 0.6, 20)}
        for name, outcome in zip("abc", outcomes, strict=True)
    }
    found = judge_methods(checks)["gradcam"]
    assert (found.advice, found.deciding) == (advice, deciding)
