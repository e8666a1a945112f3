"""The one answer for images of several classes: that within classes."""

from dataclasses import replace

from saliencnn.findings.failure_answer import say_mixed
from saliencnn.findings.failure_facts import FailureFacts
from saliencnn.findings.failure_follows import (
    NEXT,
    NOT_BY_IT,
    SEE_CLASSES,
    SEE_IMAGES,
    SEE_PAIR,
    SPREAD,
    UNKNOWN,
    say_doubt,
    say_instead,
)
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.methods import Advice
from saliencnn.findings.of_failures import DIFFERENCES, FOCUS_RULE
from saliencnn.findings.over_classes import DIFFER
from saliencnn.findings.usual_mistake import UsualMistake

MIXED = (*DIFFERENCES, FOCUS_RULE)
"""Rules that compare missed with correct images whatever their classes are."""
NEED_NOT_CAUSE = "What differs goes with the mistakes and need not cause them."
LOOK = "So look at the missed images before you change the training."


def conclude(over: Finding, answer: Finding, facts: FailureFacts) -> Finding:
    """Return one answer: of images enough the one within classes.

    What differs where classes are mixed is beside it only where nothing differs within them.

    Args:
        over: of ``compare_over_classes``.
        answer: of ``answer_failures``, of the same images.
        facts: what was measured of them.
    """
    if not facts.enough:
        return answer
    mixed = "" if over.rule == DIFFER else say_mixed(facts)
    return replace(over, sentence=f"{over.sentence} {mixed}".rstrip())


def follow(over: Finding, follows: Finding, facts: FailureFacts, usual: UsualMistake) -> Finding:
    """Return what follows from that answer, its rule the next step.

    What sets missed from correct images apart whatever their classes are explains nothing.

    Args:
        over: of ``compare_over_classes``.
        follows: of ``say_what_follows``.
        facts: what was measured.
        usual: the mistake that is made most.
    """
    if not facts.enough:
        return follows
    if over.rule == DIFFER:
        so = LOOK
        if facts.advice == Advice.DO_NOT:
            so = f"{say_doubt(facts)}. {say_instead(facts) or NOT_BY_IT}."
        return Finding(SEE_IMAGES, Severity.NOTE, NEED_NOT_CAUSE, so, facts.evidence)
    if not facts.differ:
        return follows
    meaning, step = (UNKNOWN, SEE_PAIR) if usual.prevails else (SPREAD, SEE_CLASSES)
    said = f"{meaning[0].upper()}{meaning[1:]}: {usual.describe()}."
    end = "" if NEXT[step].endswith("?") else "."
    return Finding(step, Severity.NOTE, said, f"{NEXT[step]}{end}", facts.evidence)
