"""The answer to whether missed images of a class differ from the correct ones, in one sentence."""

from collections import Counter
from collections.abc import Sequence

from saliencnn.common.sentences import count, join_words, quote
from saliencnn.findings.failure_facts import CHANCE, FailureFacts
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.map_errors import FOCUS
from saliencnn.measures.groups import MIN_GROUP

NO_DIFFERENCE = "no difference"
"""The answer's rule where there are images enough, and nothing tells missed from correct ones."""
NAMED = 3
"""Differences that are named, and classes that missed images are taken for."""


def answer_failures(facts: FailureFacts, taken_for: Sequence[str]) -> Finding | None:
    """Say whether anything that was measured tells missed from correct images; None without any.

    Args:
        facts: what was measured.
        taken_for: the class that each missed image is taken for.
    """
    if not facts.missed:
        return None
    if not facts.enough:
        few = "missed" if facts.missed < MIN_GROUP else "correct"
        told = count(facts.counts[few], "is", "are")
        said = (
            f"It cannot be told whether missed images differ: only {told} {few}, and {MIN_GROUP} "
            "of each are needed."
        )
        return Finding("answer", Severity.NOTE, said, _say_taken(taken_for), facts.evidence)
    telling = _list_telling(facts)
    sides = f"the {facts.missed} missed from the {facts.counts['correct']} correct images"
    if telling:
        rule, severity = "answer", Severity.WARNING if facts.actionable else Severity.NOTE
        tell = "tell" if len(telling) > 1 else "tells"
        sure = ", but barely beyond chance" if facts.barely else " by more than chance"
        said = f"They differ{sure}: {join_words(telling, NAMED)} {tell} {sides}"
    else:
        rule, severity = NO_DIFFERENCE, Severity.NOTE
        place = "where the network looks, " if FOCUS in facts.numbers else ""
        said = (
            f"No difference could be shown: neither {place}the kind of map nor the colours and "
            f"textures that it highlights tell {sides}"
        )
    return Finding(rule, severity, f"{said}.", _say_taken(taken_for), facts.evidence)


def _list_telling(facts: FailureFacts) -> list[str]:
    """Return what tells missed from correct images, what does so best of each kind first."""
    apart = sorted(facts.apart, key=lambda name: -abs(facts.apart[name].value - 0.5))
    group = ["the kind of map"] if facts.worst else []
    colours = ["the colours that it highlights"] if facts.colours < CHANCE else []
    return [*group, *apart, *colours]


def _say_taken(taken_for: Sequence[str]) -> str:
    """Say which classes missed images are taken for, the most frequent first."""
    counts = Counter(taken_for).most_common()
    told = [f"{quote(name)} ({images})" for name, images in counts]
    return f"The missed ones are taken for {join_words(told, NAMED)}."
