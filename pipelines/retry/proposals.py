"""What to train next, for the page, the command line and the search alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.retry.explain_proposals import Reason, give_reasons
from pipelines.retry.history import PastRun
from pipelines.retry.known_good import find_trained
from pipelines.retry.longer import train_longer
from pipelines.retry.propose import propose
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.finding import Finding


@dataclass(frozen=True)
class Proposal:
    """What to train next.

    Attributes:
        values: all hyperparameters.
        reason: what they change, what to expect of that, and why.
        trained: id of a run that has them already, for as many epochs; "" without one.
    """

    values: Hyperparameters
    reason: Reason
    trained: str


def list_proposals(
    start: Hyperparameters,
    past: Mapping[str, PastRun],
    findings: Sequence[Finding],
    count: int,
    seed: int = 0,
    criterion: str = "",
    under_way: Sequence[Hyperparameters] = (),
) -> list[Proposal]:
    """Return proposals, the longer training of a run that was still learning first.

    Args:
        start: the run to start from.
        past: past runs by their ids, as ``past_runs`` returns them.
        findings: about the run to start from, what matters most first.
        count: how many, 1 to 50.
        seed: as for ``propose``.
        criterion: metric that ranks their maps, as for ``comparable``.
        under_way: as for ``propose``.

    Raises:
        UserError: count is out of bounds, or there is no such criterion.
    """
    history = [*past.values()]
    values = propose(start, history, count, seed, criterion, under_way)
    found = list(zip(values, give_reasons(start, values, history, criterion), strict=True))
    ruled_out = any(run.ruled_out for run in history if run.hyperparameters == start)
    if not ruled_out and (longer := train_longer(start, findings)):
        found = [longer, *(one for one in found if one[0] != longer[0])]
    return [
        Proposal(values, reason, find_trained(values, past) or "")
        for values, reason in found[:count]
    ]
