"""What follows from whether missed images differ: what it means, and the one next step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from saliencnn.common.sentences import join_words, say_interval
from saliencnn.findings.confusion_places import Looks
from saliencnn.findings.failure_facts import CHANCE, QUESTIONS, FailureFacts
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.focus_words import Place
from saliencnn.findings.map_errors import (
    CERTAIN,
    FOCUS,
    HIGHER,
    PLAINLY,
    SIZE,
    describe_power,
    say_bounds,
)
from saliencnn.findings.methods import Advice
from saliencnn.findings.usual_mistake import UsualMistake
from saliencnn.measures.focus import INSIDE
from saliencnn.measures.groups import MIN_GROUP, difference, least_separability

SEE_PAIR, SEE_IMAGES, SEE_CLASSES, RETRAIN = (
    "what follows: see what is taken for what",
    "what follows: see the missed images",
    "what follows: see which classes are missed",
    "what follows: change the training",
)
"""The rules of what follows: each is the next step."""
VARY = (
    "If that should not matter, vary it in training; else train on more images like the missed ones"
)
SURROUNDINGS = "What surrounds the object may count for it"
CAUSES: Mapping[tuple[bool, Looks], tuple[str, str]] = {
    (True, Looks.ON_OBJECT): (
        "most likely the two classes look alike, since the maps lie {inside}",
        SEE_PAIR,
    ),
    (True, Looks.UNKNOWN): ("one mistake explains most of them; why is not known", SEE_PAIR),
    (True, Looks.BESIDE): ("most likely what surrounds the object counts", RETRAIN),
    (False, Looks.ON_OBJECT): (
        "most likely these images are hard, though the maps lie {inside}",
        "",
    ),
    (False, Looks.UNKNOWN): ("no single mistake explains them", ""),
    (False, Looks.BESIDE): ("most likely what surrounds the object counts", RETRAIN),
}
"""Whether one mistake prevails and where maps lie -> what nothing but that means, and the next
step; "" where that is to see the images, or of several classes which are missed."""

HEDGES: Mapping[Advice | None, str] = {
    None: "as far as unchecked maps tell, ",
    Advice.UNKNOWN: "as far as hardly checked maps tell, ",
    Advice.CARE: "as far as maps tell that are to be read with care, ",
}
"""What the checks advise on the method -> how a cause that rests on its maps begins."""
DOUBTED = "by a method that the checks advise not to rely on"


@dataclass(frozen=True)
class Follows:
    """What follows from the answer.

    Attributes:
        meaning: in a few words.
        numbers: sentences on what it rests on, the last without its full stop.
        step: the next one.
        unseen: which difference so many images would not have shown, in sentences.
    """

    meaning: str
    numbers: str
    step: str
    unseen: str = ""


@dataclass(frozen=True)
class Looked:
    """Where the network looks in missed images.

    Attributes:
        where: as far as enough of them tell.
        words: with its numbers, as a clause.
        inside: where the maps should lie.
    """

    where: Looks
    words: str
    inside: str


def say_what_follows(
    facts: FailureFacts, usual: UsualMistake, place: Place, wider: str = ""
) -> Finding:
    """Say what follows from the answer, its rule the next step.

    Args:
        facts: what was measured.
        usual: the mistake that is made most.
        place: where maps should lie.
        wider: name of images of more classes, of which there are enough; "" without any.
    """
    see = SEE_IMAGES if usual.classes == 1 else SEE_CLASSES
    if not facts.enough:
        follows = _say_lacking(facts, see, wider)
    elif facts.worst or facts.apart or facts.colours < CHANCE:
        follows = _follow_difference(facts, place)
    else:
        focus = facts.numbers.get(FOCUS, np.full(len(facts.correct), np.nan))
        of = f"the {facts.method} map of the true class" if facts.method else "the map"
        looked = locate(focus, facts.correct, place, of)
        if facts.advice == Advice.DO_NOT:
            looked = _refuse(looked, facts)
        likely, numbers, step = say_likely(usual, looked)
        if looked.where is not Looks.UNKNOWN:
            likely = f"{HEDGES.get(facts.advice, '')}{likely}"
        seen, unseen = _say_what_could_be_seen(facts)
        follows = Follows(likely, f"{numbers}. {seen}", step or see, unseen)
    sentence = f"{follows.meaning[0].upper()}{follows.meaning[1:]}."
    return Finding(
        follows.step, Severity.NOTE, sentence, f"{follows.numbers}.", facts.evidence,
        detail=follows.unseen,
    )  # fmt: skip


def locate(focus: np.ndarray, correct: np.ndarray, place: Place, of: str = "the map") -> Looked:
    """Say where maps of missed images lie, and those of correct ones.

    Args:
        focus: float (N,), of each map; NaN where unknown.
        correct: bool (N,).
        place: where maps should lie.
        of: what lies there, by whose method.
    """
    inside = place.words["inside"]
    sides = [focus[np.isfinite(focus) & own] for own in (~correct, correct)]
    if not any(map(len, sides)):
        return Looked(
            Looks.UNKNOWN,
            "whether the object is looked at there is not known: no image has a box or a mask",
            inside,
        )
    if min(map(len, sides)) < MIN_GROUP:
        return Looked(Looks.UNKNOWN, "whether the object is looked at there is not known", inside)
    missed, right = (float(side.mean()) for side in sides)
    words = (
        f"{missed:.0%} of {of} lies {inside} where wrong ({len(sides[0])} maps), "
        f"{right:.0%} where right ({len(sides[1])})"
    )
    if box := place.describe_box(missed):
        return Looked(Looks.UNKNOWN, f"{words}, but the box {box}", inside)
    where = Looks.ON_OBJECT if missed >= INSIDE else Looks.BESIDE
    chance = place.name_chance()
    return Looked(where, f"{words}, {chance}" if chance else words, inside)


def _refuse(looked: Looked, facts: FailureFacts) -> Looked:
    """Return where maps lie by a method that failed the checks: no cause can be told by it."""
    if looked.where is Looks.UNKNOWN:
        return looked
    use = f"; use {facts.instead}, which passes them" if facts.instead else ""
    return replace(looked, where=Looks.UNKNOWN, words=f"{looked.words}, {DOUBTED}{use}")


def say_likely(
    usual: UsualMistake, looked: Looked, of: str = "missed images"
) -> tuple[str, str, str]:
    """Return what it means that nothing differs, on which numbers, and the next step.

    Args:
        usual: the mistake that is made most.
        looked: where the maps lie.
        of: what the mistakes are counted in.
    """
    likely, step = CAUSES[usual.prevails, looked.where]
    counted = usual.describe(of)
    return (
        likely.format(inside=looked.inside),
        f"{counted[0].upper()}{counted[1:]}; {looked.words}",
        step,
    )


def _say_lacking(facts: FailureFacts, see: str, wider: str) -> Follows:
    """Say how many images are lacking and how to get them, with the next step."""
    lacking = {name: MIN_GROUP - number for name, number in facts.counts.items()}
    more = {name: few for name, few in lacking.items() if few > 0}
    told = join_words([f"{few} more {name}" for name, few in more.items()])
    are = "image is" if sum(more.values()) == 1 else "images are"
    get = (
        f"Ask it of {wider} instead: of these there are enough"
        if wider
        else "Validate the network on more images of these classes to get them"
    )
    until = "Until then the missed ones say nothing of others"
    return Follows(f"{told} {are} needed", f"{until}. {get}", see)


def _follow_difference(facts: FailureFacts, place: Place) -> Follows:
    """Return what a difference means, with its numbers, and the next step."""
    if facts.worst:
        group = facts.groups[facts.worst[0]]
        wrong = sum(one.images - one.right for one in facts.groups)
        return Follows(
            f"{group.images - group.right} of {wrong} mistakes have {group.name}",
            "What these images share goes with the mistakes. Look at what that is: more training "
            "images of that kind, or none that give it away, may help",
            SEE_IMAGES,
        )
    if not facts.apart:
        return Follows(
            "the colours that count for it are others where it fails",
            f"Chance alone does that {facts.colours:.1%} of the time. {VARY}",
            RETRAIN,
        )
    name = max(facts.apart, key=lambda one: abs(facts.apart[one].value - 0.5))
    area = facts.apart[name]
    higher = area.value > 0.5
    ends = (area.low, area.high) if higher else (1 - area.high, 1 - area.low)
    than = "higher" if higher else "lower"
    counted = (
        f"{name[0].upper()}{name[1:]} is {than} in the missed one of "
        f"{max(area.value, 1 - area.value):.0%} of pairs of a missed and a correct image (95% "
        f"interval {say_interval(*ends, 0, '%', 0.5)}; 50% is no difference)"
    )
    if name not in PLAINLY:
        return Follows(f"{name} is {than} where it fails", f"{counted}. {VARY}", RETRAIN)
    words = HIGHER if higher else {word: word for word in HIGHER}
    doubted = facts.advice == Advice.DO_NOT
    inside, by = place.words["inside"], f", {DOUBTED}" if doubted else ""
    said = PLAINLY[name].format(**words).replace("on the object", inside)
    plainly = f"{HEDGES.get(facts.advice, '')}where it fails, {said}{by}"
    if name == FOCUS and not doubted:
        return Follows(plainly, f"{counted}. {SURROUNDINGS}", RETRAIN)
    see = "That goes with the mistakes and need not cause them: see them"
    return Follows(plainly, f"{counted}. {see}", SEE_IMAGES)


def _say_what_could_be_seen(facts: FailureFacts) -> tuple[str, str]:
    """Say how large a difference so many images would have shown: in short, and in numbers."""
    asked = QUESTIONS * max(sum(area.enough for area in facts.areas.values()), 1)
    sides = facts.counts["missed"], facts.counts["correct"]
    told, least = [], least_separability(*sides, asked)
    if least < CERTAIN:
        told.append(
            f"A difference that holds in fewer than {100 * least:.0f} of 100 pairs of a missed and "
            "a correct image (50 is chance) stays unseen."
        )
    if SIZE in facts.numbers:
        shift = difference(facts.numbers[SIZE], facts.correct, asked)
        if shift.enough:
            told.append(f"The missed ones' regions are {say_bounds(shift)}.")
    return describe_power([sides], asked), " ".join(told)
