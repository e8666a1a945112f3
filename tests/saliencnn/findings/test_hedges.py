"""What limits a sentence to its maps stands once beside an answer."""

import pytest

from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.findings.hedges import drop_hedge, is_hedged
from saliencnn.findings.methods import HEDGES


@pytest.mark.parametrize("hedge", HEDGES.values())
def test_a_hedge_is_dropped_wherever_the_sentence_has_it(hedge: str) -> None:
    begins = f"{hedge[0].upper()}{hedge[1:]}it looks there; 4 are few."
    for said, left in (
        (begins, "It looks there; 4 are few."),
        (f"They look alike: {hedge}it looks there.", "They look alike: it looks there."),
    ):
        claim = said.partition(";")[0]
        found = Finding("a", Severity.NOTE, said, "", Evidence("overview"), claim=claim)
        assert is_hedged(found)
        plainly = drop_hedge(found)
        assert plainly.sentence == left
        assert left.startswith(plainly.claim), "the claim is still what the sentence begins with"
        assert not is_hedged(plainly)
        assert drop_hedge(plainly) == plainly
