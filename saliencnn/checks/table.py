"""The table of checks: what each asks, of which number, and the thresholds fixed beforehand."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from saliencnn.checks import statistics
from saliencnn.checks.statistics import Quantities
from saliencnn.checks.subject import Explanation, Subject
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress


@dataclass(frozen=True)
class Check:
    """One row of the table.

    Attributes:
        label: name on the screen.
        question: what it asks of a method, in a sentence.
        statistic: the number of each image, in words; a verdict is about its mean.
        high_is_good: whether higher numbers are better; else lower ones are.
        holds: the confidence interval lies at or beyond this on the good side for ``holds``.
        fails: the mean lies beyond this on the bad side for ``fails``.
        reason: why these thresholds.
        source: where the check was published.
        compute: from a subject, the explanation of its images as they are, and the network of
            random labels, if there is one, to the numbers and what stands behind them.
    """

    label: str
    question: str
    statistic: str
    high_is_good: bool
    holds: float
    fails: float
    reason: str
    source: str
    compute: Callable[[Subject, Explanation, nn.Module | None, Progress], Quantities]

    @property
    def thresholds(self) -> tuple[str, str]:
        """When a method holds and when it fails, in words."""
        better, worse = ("at least", "below") if self.high_is_good else ("at most", "above")
        return f"{better} {self.holds:g}", f"{worse} {self.fails:g}"


CHECKS: dict[str, Check] = {
    "variance": Check(
        "Input variance",
        "Does the map stay when the input changes and the network's function does not?",
        "Spearman correlation of the maps before and after a constant signal of one standard "
        "deviation, subtracted again behind the first convolution",
        True,
        0.99,
        0.9,
        "The function is the same, so only rounding may move a map: 0.99 leaves room for cells "
        "that are nearly equal and change places. Below 0.9, a fifth of the variance of the ranks "
        "comes from the signal.",
        "Kindermans et al. 2019",
        statistics.judge_variance,
    ),
    "randomisation": Check(
        "Parameter randomisation",
        "Does the map get lost when all of the network's weights are replaced by random ones?",
        "Spearman correlation of the maps' absolute values with those of the random network",
        False,
        0.3,
        0.6,
        "A random network knows nothing, so a map of what is learnt has nothing in common with its "
        "own but the image's rough layout: up to 0.3, that is a tenth of the variance of the "
        "ranks. Above 0.6 it is more than a third: mostly the image is shown.",
        "Adebayo et al. 2018",
        statistics.judge_randomization,
    ),
    "labels": Check(
        "Label randomisation",
        "Does the map differ from that of a network trained on labels dealt at random?",
        "Spearman correlation of the maps' absolute values with those of the other network",
        False,
        0.3,
        0.6,
        "The other network knows nothing of the classes; the same shares of common variance are "
        "allowed as for random weights.",
        "Adebayo et al. 2018",
        statistics.judge_labels,
    ),
    "stability": Check(
        "Stability",
        "Does the map stay when the image changes by less than anybody sees?",
        "Spearman correlation of the maps before and after faint noise, or a shift by one pixel, "
        "whichever is lower, where the explained logit moved by at most half of the logits' "
        "standard deviation",
        True,
        0.9,
        0.5,
        "At 0.9, four fifths of the variance of the ranks are kept, and the map reads the same. "
        "Below 0.5 it is less than a quarter: most of what it shows depends on what nobody sees.",
        "Alvarez-Melis and Jaakkola 2018",
        statistics.judge_stability,
    ),
    "faithfulness": Check(
        "Faithfulness",
        "Does the score rest on what the map points at, more than on pixels taken by lot?",
        "share of random rankings of the same grain that have a higher area under the deletion "
        "curve, or a lower one under the insertion curve; 0.5 by chance",
        True,
        0.75,
        0.6,
        "A method without any knowledge beats half of the random rankings; 0.75 is as far from "
        "that as from a method that always wins. Up to 0.6 a few dozen images cannot tell it "
        "from chance.",
        "Petsiuk et al. 2018",
        statistics.judge_faithfulness,
    ),
}


def find_check(name: str) -> Check:
    """Return the table's row.

    Raises:
        UserError: the table has no such name.
    """
    if name not in CHECKS:
        raise UserError(f"Check {name!r} is unknown; choose from {', '.join(CHECKS)}.")
    return CHECKS[name]
