"""How far maps can be believed stands once beside an answer, not in each of its sentences."""

import re
from dataclasses import replace

from saliencnn.findings.finding import Finding
from saliencnn.findings.methods import HEDGES

_HEDGE = re.compile(f"({'|'.join(map(re.escape, HEDGES.values()))})(.)", re.IGNORECASE)


def is_hedged(finding: Finding) -> bool:
    """Whether what a finding says is limited to maps that the checks do not vouch for."""
    return bool(_HEDGE.search(finding.sentence))


def drop_hedge(finding: Finding) -> Finding:
    """Return a finding without that limit, for where it is said beside it."""
    sentence, claim = (_HEDGE.sub(_begin, text) for text in (finding.sentence, finding.claim))
    return replace(finding, sentence=sentence, claim=claim)


def _begin(found: re.Match[str]) -> str:
    """Return how the sentence goes on, or now begins."""
    hedge, first = found.groups()
    return first.upper() if hedge[0].isupper() else first
