"""What a check is: a row of the table, the choices that it offers, and the module behind it."""

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
