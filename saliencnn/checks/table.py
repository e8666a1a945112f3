"""The table of checks: what each asks, of which number, and the thresholds fixed beforehand.

A check is a module of this package that computes it, and a row here. The command line and the
Trust page read the row; it is light, so that ``--help`` waits for no network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from saliencnn.common.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from saliencnn.checks.evidence import Evidence, Resources
    from saliencnn.checks.quantities import Quantities
    from saliencnn.checks.subject import Explanation, Subject
    from saliencnn.common.progress import Progress

Number = TypeVar("Number", float, "np.ndarray")

SIGNALS = ("constant", "noise", "checkerboard", "image")
MODES = ("exact", "bias")
BLOCKS = ("cascading", "independent")


class CheckModule(Protocol):
    """What a check's module defines."""

    def measure(
        self,
        subject: "Subject",
        own: "Explanation",
        control: "nn.Module | None",
        report: "Progress",
    ) -> "Quantities":
        """Return the number of each image that is graded, and what else is worth keeping.

        Args:
            subject: what is checked.
            own: explanation of its images.
            control: network trained on randomized labels, where there is one.
            report: called with the progress; what it raises cancels the check.
        """

    def show(
        self,
        subject: "Subject",
        options: Mapping[str, Any],
        resources: "Resources",
        report: "Progress",
    ) -> "Evidence":
        """Return what the check does to the maps of a single image.

        Args:
            subject: what is checked, of one image.
            options: a value for each of the row's.
            resources: what the check needs besides.
            report: as for ``measure``.
        """


@dataclass(frozen=True)
class Option:
    """What can be chosen where a check is shown on a single image.

    Attributes:
        name: as a keyword and, after two dashes, on the command line.
        kind: str, float or int, of its values.
        default: value where nothing is chosen.
        help: what it is.
        choices: of the values, where they are few.
        is_image: whether it is the number of a validation image.
    """

    name: str
    kind: type
    default: str | float | int | None
    help: str
    choices: tuple[str, ...] = ()
    is_image: bool = False

    @property
    def metavar(self) -> str:
        """What stands for a value in the command's help."""
        return self.name.upper() if self.kind is str else "N"

    def validate(self, value: object) -> None:
        """Refuse a value that is not among the choices.

        Raises:
            UserError: names the choices.
        """
        if self.choices and value not in self.choices:
            raise UserError(
                f"--{self.name} {value!r} is unknown; choose from {', '.join(self.choices)}."
            )


@dataclass(frozen=True)
class Check:
    """One row of the table.

    Attributes:
        name: on the command line, and of what is stored.
        module: that defines what ``CheckModule`` says.
        label: name on the screen.
        short: the same where space is short.
        question: what it asks of a method, in a sentence.
        statistic: the number of each image, in words, of which more is better; a method's result
            is about its mean.
        pass_from: a method passes if the whole confidence interval reaches this.
        fail_below: a method fails if the mean lies below this.
        reason: why these thresholds.
        source: where the check was published.
        options: of a single image.
        needs_control: whether it compares with a network trained on randomized labels.
        draws_curves: whether ``show`` returns curves; else it returns maps.
        step: what its changes of an image are numbered as; where empty, each has a name.
        wants_change: whether a good map changes: the number is then 1 minus a similarity.
        weakness: what a map does that does not pass, in words; empty to leave it unsaid.
        strength: what a map does that passes, likewise.
        effort: how many times it explains the images by all methods, beside once for all checks.
        passes: about how many forward passes it takes for each method that explain nothing.
    """

    name: str
    module: str
    label: str
    short: str
    question: str
    statistic: str
    pass_from: float
    fail_below: float
    reason: str
    source: str
    options: tuple[Option, ...] = ()
    needs_control: bool = False
    draws_curves: bool = False
    step: str = ""
    wants_change: bool = False
    weakness: str = ""
    strength: str = ""
    effort: int = 1
    passes: int = 0

    def count_passes(self, explaining: int, methods: int, control: bool) -> int:
        """Return about how many forward passes it takes for an image.

        Args:
            explaining: passes that explaining it once by all methods takes.
            methods: how many there are.
            control: whether there is the control network that some checks need.
        """
        if self.needs_control and not control:
            return 0
        return self.effort * explaining + self.passes * methods

    @property
    def thresholds(self) -> tuple[str, str]:
        """When a method passes and when it fails, in words."""
        return f"at least {self.pass_from:g}", f"below {self.fail_below:g}"

    def number_of(self, similarity: Number) -> Number:
        """Return the check's number of a similarity, and the similarity of such a number."""
        return 1 - similarity if self.wants_change else similarity

    @property
    def defaults(self) -> dict[str, Any]:
        """Option -> its default."""
        return {option.name: option.default for option in self.options}

    def load(self) -> CheckModule:
        """Import the module that computes the check."""
        return cast(CheckModule, import_module(self.module))


_ROWS = (
    Check(
        "variance",
        "saliencnn.checks.variance",
        "Input variance",
        "Variance",
        "Does the map stay the same when the input changes and the network's function does not?",
        "Spearman correlation of the maps before and after a constant signal of one standard "
        "deviation, which is subtracted again after the first convolution",
        0.99,
        0.9,
        "The function is the same, so only rounding may change a map: 0.99 leaves room for cells "
        "that are nearly equal and change places. Below 0.9, a fifth of the variance of the ranks "
        "comes from the signal.",
        "Kindermans et al. 2017, who call it input invariance",
        (
            Option("signal", str, "constant", "what is added to the image", SIGNALS),
            Option("strength", float, 1.0, "in standard deviations of the network's input"),
            Option("mode", str, "exact", "how the first layer compensates", MODES),
            Option("other", int, None, "the image that the signal image adds", is_image=True),
        ),
        weakness="the map changes although what the network computes does not",
        strength="the map stays where the network computes the same",
    ),
    Check(
        "randomization",
        "saliencnn.checks.parameter_randomization",
        "Parameter randomization",
        "Parameters",
        "Does the map change when all of the network's weights are replaced by random ones?",
        "change of the map: 1 minus the Spearman correlation of its absolute values with those of "
        "the random network's map",
        0.7,
        0.4,
        "A random network knows nothing, so a map of what was learned shares nothing with its map "
        "but the image's rough layout: from a change of 0.7 on, that is a tenth of the variance of "
        "the ranks. Below 0.4 it is more than a third: the map mostly shows the image.",
        "Adebayo et al. 2018",
        (Option("blocks", str, "cascading", "how weights become random, block by block", BLOCKS),),
        step="block",
        wants_change=True,
        weakness="the map hardly changes when the network's weights are made random",
        strength="with random weights the map is another",
    ),
    Check(
        "labels",
        "saliencnn.checks.label_randomization",
        "Label randomization",
        "Labels",
        "Does the map differ from that of a control network, trained on randomized labels?",
        "change of the map: 1 minus the Spearman correlation of its absolute values with those of "
        "the control network's map",
        0.7,
        0.4,
        "The control network knows nothing about the classes; the maps may have as much in common "
        "with its maps as with those of random weights.",
        "Adebayo et al. 2018",
        needs_control=True,
        wants_change=True,
        weakness="the map is much like that of a network trained on random labels",
        strength="a network trained on random labels has other maps",
    ),
    Check(
        "classes",
        "saliencnn.checks.class_sensitivity",
        "Class sensitivity",
        "Classes",
        "Is the map about its class, or would any other class get the same?",
        "change of the map: 1 minus its Spearman correlation with the same image's map for the "
        "class that the network holds for least likely",
        0.5,
        0.1,
        "Below 0.1, four fifths of the variance of the ranks are the other class's too: the map "
        "says what the network sees, and not why it names this class. From 0.5 on, at most a "
        "quarter is.",
        "Nie et al. 2018",
        wants_change=True,
        weakness="the map is much the same for another class",
        strength="another class has another map",
    ),
    Check(
        "stability",
        "saliencnn.checks.stability",
        "Stability",
        "Stability",
        "Does the map stay the same when the image changes by less than anybody sees?",
        "Spearman correlation of the maps before and after faint noise or a shift by one pixel, "
        "whichever is lower, where the class's logit moved by at most half of the logits' "
        "standard deviation",
        0.9,
        0.5,
        "At 0.9, four fifths of the variance of the ranks are kept, and the map reads the same. "
        "Below 0.5 it is less than a quarter: most of what it shows depends on what nobody sees.",
        "Alvarez-Melis and Jaakkola 2018",
        weakness="the map changes when the image hardly does",
        strength="the map stays when the image hardly changes",
        effort=2,
    ),
    Check(
        "faithfulness",
        "saliencnn.checks.faithfulness",
        "Faithfulness",
        "Faithfulness",
        "Does the score depend on what the map highlights, more than on random pixels?",
        "fraction of random rankings of the same resolution that have a higher area under the "
        "deletion curve, or a lower one under the insertion curve; 0.5 by chance",
        0.75,
        0.6,
        "A method that knows nothing beats half of the random rankings; 0.75 is as far from "
        "that as from a method that always wins. Up to 0.6, a few dozen images cannot tell it "
        "from chance.",
        "Petsiuk et al. 2018",
        draws_curves=True,
        weakness="the score depends little on what the map highlights",
        strength="what the map highlights decides the score",
        effort=0,
        passes=40,
    ),
)

CHECKS: dict[str, Check] = {row.name: row for row in _ROWS}
"""Name -> row, in the order of the Trust page."""


def find_check(name: str) -> Check:
    """Return the table's row.

    Raises:
        UserError: the table has no such name.
    """
    if name not in CHECKS:
        raise UserError(f"Check {name!r} is unknown; choose from {', '.join(CHECKS)}.")
    return CHECKS[name]
