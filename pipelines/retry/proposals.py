"""What to train next, for the page, the command line and the search alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.retry.attempts import Attempt, list_attempts
from pipelines.retry.explain_proposals import give_reasons
from pipelines.retry.history import PastRun
from pipelines.retry.known_good import find_trained
from pipelines.retry.propose import propose
from pipelines.retry.reason import Reason
from pipelines.retry.resized import ResizedRun
from pipelines.retry.settings import Settings
from pipelines.training.request import IMAGE_SIZE
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.confusion_help import REMEDIES
from saliencnn.findings.finding import Finding


@dataclass(frozen=True)
class Proposal:
    """What to train next.

    Attributes:
        values: all hyperparameters.
        advice: what they change, what to expect of that, and why, for however many epochs.
        trained: id of a run that has them already, for as many epochs; "" without one.
        image_size: of the images, where that changes too; else "".
    """

    values: Hyperparameters
    advice: Reason
    trained: str
    image_size: str = ""

    @property
    def reason(self) -> Reason:
        """What they change, what to expect of that in so many epochs, and why."""
        return self.advice.in_epochs(self.values.epochs)

    def change(self, start: Settings) -> dict[str, Any]:
        """Return a run's settings as the proposal changes them."""
        size = {IMAGE_SIZE: self.image_size} if self.image_size else {}
        return {**start, **self.values.as_dict(), **size}


def list_proposals(
    start: Hyperparameters,
    past: Mapping[str, PastRun],
    findings: Sequence[Finding],
    count: int,
    seed: int = 0,
    criterion: str = "",
    under_way: Sequence[Hyperparameters] = (),
    size: str = "",
    resized: Sequence[ResizedRun] = (),
    asked: Settings | None = None,
) -> list[Proposal]:
    """Return proposals: what is known to work, what the run's findings ask for, and others.

    Args:
        start: the run to start from.
        past: past runs by their ids, as ``past_runs`` returns them.
        findings: about the run to start from, what matters most first.
        count: how many, 1 to 50.
        seed: as for ``propose``.
        criterion: metric that ranks their maps, as for ``comparable``.
        under_way: as for ``propose``.
        size: of the images of the run to start from, as ``write_size`` writes it; "" where
            proposals must not change it, since all that is trained is compared.
        resized: runs on the same images at other sizes.
        asked: settings whose proposal comes first, where there is one; None for no such wish.

    Raises:
        UserError: count is out of bounds, or there is no such criterion.
    """
    history = [*past.values()]
    values = propose(start, history, count, seed, criterion, under_way)
    found = list(zip(values, give_reasons(start, values, history, criterion), strict=True))
    ruled_out = any(run.ruled_out for run in history if run.hyperparameters == start)
    known = [one for one in found if one[1].is_known]
    settings = {**start.as_dict(), IMAGE_SIZE: size}
    attempts = list_attempts(settings, findings, ruled_out, resized)
    # What helps the run as a whole comes before what helps where it confuses classes.
    whole = [one for one in attempts if one.what not in REMEDIES]
    proposals: dict[tuple[Hyperparameters, str], Proposal] = {}
    for proposal in (
        *(_propose(*one, past) for one in known),
        *(_attempt(start, one, past) for one in (*whole[:1], *attempts)),
        *(_propose(*one, past) for one in found),
    ):
        proposals.setdefault((proposal.values, proposal.image_size), proposal)
    ordered = sorted(proposals.values(), key=lambda one: one.change(settings) != asked)
    return ordered[:count]


def find_reason(
    start: Settings, wanted: Settings, findings: Sequence[Finding], resized: Sequence[ResizedRun]
) -> str:
    """Return why a run's findings ask for settings, in words; "" where they do not.

    Args:
        start: the run's settings.
        wanted: all of them, as a link that a finding gave changes them.
        findings: about the run.
        resized: as for ``list_proposals``.
    """
    attempts = list_attempts(start, findings, resized=resized)
    fitting = (one.reason for one in attempts if {**start, **one.changes} == wanted)
    return str(next(fitting, ""))


def _propose(values: Hyperparameters, reason: Reason, past: Mapping[str, PastRun]) -> Proposal:
    return Proposal(values, reason, find_trained(values, past) or "")


def _attempt(start: Hyperparameters, attempt: Attempt, past: Mapping[str, PastRun]) -> Proposal:
    values = Hyperparameters.from_mapping({**start.as_dict(), **attempt.changes})
    size = attempt.changes.get(IMAGE_SIZE, "")
    trained = attempt.trained if size else find_trained(values, past) or ""
    return Proposal(values, attempt.reason, trained, size)


def train_for(
    proposal: Proposal, start: Hyperparameters, epochs: int, past: Mapping[str, PastRun]
) -> Proposal:
    """Return a proposal that trains for so many epochs, unless these are what it changes.

    Args:
        proposal: what to train next.
        start: the run to start from.
        epochs: for how many a person wants to train.
        past: past runs by their ids.
    """
    if epochs == start.epochs or proposal.values.epochs != start.epochs:
        return proposal
    values = replace(proposal.values, epochs=epochs)
    # What was trained at another size was so for as long as its start.
    trained = "" if proposal.image_size else find_trained(values, past) or ""
    return replace(proposal, values=values, trained=trained)
