"""Whether to rely on a network's answer to a person's own image, decided by numbers alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import count, join_words
from saliencnn.findings.hidden_region import Effect, HiddenRegion
from saliencnn.findings.methods import Advice
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.measures.rates import wilson_interval

GOOD, CHANCE = 0.8, 0.5
"""How often an answer is right from which on one relies on it, and at which one might as well toss
a coin: the lower end of its interval decides."""
LEAST_CONFIDENCE = 0.5
"""Confidence below which a network itself thinks that another class is as likely."""
UNUSUAL = 0.05
"""Of the right answers: where no more are as little confident, the image may be of another kind."""
REASONS = 3
"""That a judgement names."""

CLAIMS = {
    Advice.BELIEVE: "You can rely on this answer if the image shows one of its classes",
    Advice.CARE: "Take this answer with care",
    Advice.UNKNOWN: "Do not rely on this answer yet",
    Advice.DO_NOT: "Do not rely on this answer",
}
"""What is advised of an answer -> the judgement in a clause; what decides comes last."""
_BY_DOUBT = (*CLAIMS,)

UNRELATED = {
    Effect.NEEDLESS: "it stays the same with the brightest spot hidden",
    Effect.NO_MORE: "it depends as much on other parts of the image as on the brightest",
}
"""What hiding the spot does -> a clause, where the answer does not rest on it."""

Sign = tuple[Advice, str]
"""What a number advises, and that number in a clause."""


@dataclass(frozen=True)
class Record:
    """How a network does where it gives an answer.

    Attributes:
        given: validation images that get it.
        right: those of them that it is right in.
        less_sure: those of the right ones in which it is no more confident than here.
    """

    given: int
    right: int
    less_sure: int = 0


@dataclass(frozen=True)
class AnswerFacts:
    """What is known of a network's answer to an image.

    Attributes:
        confidence: in it, 0 to 1.
        record: how the network does where it says the same of validation images.
        convicted: what tests convict the network of, as a clause behind its name; "" of nothing.
        hidden: the answers without the spot that its map highlights; None where nobody asked, and
            where the map explains another class.
        doubts: clauses on what else speaks against it, such as that little of the image is seen.
    """

    confidence: float
    record: Record
    convicted: str = ""
    hidden: HiddenRegion | None = None
    doubts: Sequence[str] = ()


@dataclass(frozen=True)
class Judgement:
    """What to make of an answer or of a map.

    Attributes:
        advice: in a word.
        claim: a clause.
        why: what decides, in a clause or in sentences without the last mark; "" for nothing.
    """

    advice: Advice
    claim: str
    why: str


def read_record(
    true: np.ndarray, predicted: np.ndarray, confidence: np.ndarray, said: int, sure: float
) -> Record:
    """Return how a network does in validation images where it gives an answer.

    Args:
        true: classes of the validation images, int (N,).
        predicted: what the network says of each, int (N,).
        confidence: in that, float (N,), 0 to 1.
        said: the answer.
        sure: the confidence in it here.
    """
    given = predicted == said
    right = given & (true == said)
    return Record(int(given.sum()), int(right.sum()), int((confidence[right] <= sure).sum()))


def judge_answer(facts: AnswerFacts) -> Judgement:
    """Say whether to rely on an answer: the gravest of what is known of it decides."""
    signs = sorted(_read_signs(facts), key=lambda sign: -_BY_DOUBT.index(sign[0]))
    advice = signs[0][0]
    against = [why for own, why in signs if own != Advice.BELIEVE]
    speaks_for = [why for own, why in signs if own == Advice.BELIEVE]
    why = [join_words(told[:REASONS]) for told in (against, speaks_for) if told]
    return Judgement(advice, CLAIMS[advice], ", though ".join(why))


def _read_signs(facts: AnswerFacts) -> Iterator[Sign]:
    """Yield what each number advises; at least one."""
    if facts.convicted:
        yield Advice.DO_NOT, f"the network {facts.convicted}, as tests show"
    record = _judge_record(facts.record.given, facts.record.right)
    yield record
    if facts.confidence < LEAST_CONFIDENCE:
        rest = 1 - facts.confidence
        yield Advice.DO_NOT, f"the network itself gives other classes {rest:.0%} together"
    elif _is_unusual(facts.record):
        usual = facts.record.right - facts.record.less_sure
        right = f"{usual} of its {facts.record.right} right answers of this class"
        yield Advice.CARE, f"it is more confident than {facts.confidence:.0%} in {right}"
    if facts.hidden and facts.hidden.effect in UNRELATED:
        # What an answer rests on matters the more, the less is known of how often it is right.
        known = record[0] == Advice.BELIEVE
        yield Advice.CARE if known else Advice.DO_NOT, UNRELATED[facts.hidden.effect]
    for doubt in facts.doubts:
        yield Advice.CARE, doubt


def _is_unusual(record: Record) -> bool:
    """Whether the network is nearly always more confident where the answer is right."""
    return record.less_sure <= UNUSUAL * record.right and record.right >= 1 / UNUSUAL


def _judge_record(given: int, right: int) -> Sign:
    """Judge how often an answer is right, by the interval of that."""
    images = "validation images that get this answer"
    if not given:
        return Advice.UNKNOWN, "no validation image gets it, so how often it is right is not known"
    if given < MIN_GROUP:
        few = count(given, "validation image gets it", "validation images get it")
        return Advice.UNKNOWN, f"only {few}, too few to tell how often it is right"
    low, high = (float(end) for end in wilson_interval(np.array(right / given), np.array(given)))
    told = f"{right} of the {given} {images} ({right / given:.0%})"
    if low >= GOOD:
        return Advice.BELIEVE, f"it is right in {told}"
    if low > CHANCE:
        return Advice.CARE, f"it is right in {told}"
    if high < GOOD:
        return Advice.DO_NOT, f"it is right in only {told}"
    return Advice.UNKNOWN, f"it is right in {told}, too few to tell"
