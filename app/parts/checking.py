"""What findings ask for while the maps that they are told from are being checked."""

from collections.abc import Iterable
from dataclasses import replace

from app.parts.findings import UNCHECKED
from app.parts.slow_work import is_under_way
from app.parts.works import check_key
from saliencnn.findings.finding import Finding
from saliencnn.store.runs import RunInfo

CHECKING = "They are being checked now."


def note_checking(run: RunInfo, epoch: int, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings on a run, none of which asks for a check that is under way."""
    if not is_under_way(check_key(run, epoch)):
        return [*findings]
    return [replace(one, advice=CHECKING) if one.rule == UNCHECKED else one for one in findings]
