"""Sentences in two parts: where a claim ends, and that no word is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.parts.claims import write_claim
from app.parts.widgets import plain
from saliencnn.common.sentences import quote, split_claim
from saliencnn.findings.finding import Evidence, Found, Rule, Severity


@pytest.mark.parametrize(
    ("sentence", "claim", "rest"),
    [
        ("It reads a corner: with it hidden, 3.5% are right.", "It reads a corner:",
         "with it hidden, 3.5% are right."),
        ("Focus is 0.25 in 3 images.", "Focus is 0.25 in 3 images.", ""),
        ('The class "a: b. c" is missed; 3 of 30.', 'The class "a: b. c" is missed;', "3 of 30."),
        ("Nothing differs. run-2 is no better.", "Nothing differs.", "run-2 is no better."),
        ("At 12:30 it ended", "At 12:30 it ended", ""),
    ],
)  # fmt: skip
def test_a_claim_ends_with_its_first_clause(sentence: str, claim: str, rest: str) -> None:
    assert split_claim(sentence) == (claim, rest)


@pytest.mark.parametrize("name", ["net: small", "St. Bernard v. 2", '12" monitor: big', "a; b! c"])
def test_a_claim_does_not_end_inside_a_name(name: str) -> None:
    found = Found({"name": quote(name), "names": name}, Evidence("overview"))
    for template in ("{names} is best: 97%.", "Of {name} it says no: 3."):
        rule = Rule[None]("x", Severity.NOTE, lambda _: found, template)
        finding = rule.apply(None)
        assert finding
        assert finding.sentence == template.format(**found.numbers)
        claim, rest = split_claim(finding.sentence, finding.claim)
        assert (f"{claim} {rest}", claim[-1]) == (finding.sentence, ":")
        assert len(rest) < 5
        written = write_claim(finding.sentence, claim=finding.claim)
        assert written == f"**{plain(claim)}** :small[{plain(rest)}]"


@given(st.text(st.sampled_from('ab .":;!0'), max_size=40))
def test_no_word_is_lost(sentence: str) -> None:
    claim, rest = split_claim(sentence)
    assert claim + sentence[len(claim) : len(sentence) - len(rest)] + rest == sentence
    assert not sentence[len(claim) : len(sentence) - len(rest)].strip()
    assert split_claim(claim)[1] == "" or '"' in sentence


def test_what_a_sentence_holds_is_no_markdown() -> None:
    written = write_claim('The class "**x**" is confused: [see](there).')
    assert written.startswith("**The class")
    assert r"\*\*x\*\*" in written
    assert "[see](there)" not in written
