"""What follows from whether missed images differ: what it means, and the one next step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from saliencnn.common.sentences import say_interval
from saliencnn.findings.failure_facts import FailureFacts
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.looks import Looked, Looks
from saliencnn.findings.map_errors import CERTAIN, HIGHER, PLAINLY, say_bounds
from saliencnn.findings.methods import HEDGES, Advice
from saliencnn.findings.telling import FOCUS, SIZE
from saliencnn.findings.usual_mistake import UsualMistake
from saliencnn.measures.groups import difference, least_separability

SEE_PAIR, SEE_IMAGES, SEE_DIFFERENCE, SEE_CLASSES, RETRAIN = (
    "what follows: see what is taken for what",
    "what follows: see the missed images",
    "what follows: see what differs in the missed images",
    "what follows: see which classes are missed",
    "what follows: change the training",
)
"""The rules of what follows: each is the next step."""
NEXT: Mapping[str, str] = {
    SEE_PAIR: "So look at both classes side by side: what do they have in common?",
    SEE_IMAGES: "So look at the missed images one by one: more training images like them may help",
    SEE_CLASSES: "So see which classes are missed most, and begin there",
    RETRAIN: "So train it on images whose surroundings tell nothing of the class",
}
"""Next step -> what to do, in a sentence; of a difference other than in focus see ``VARY``."""
VARY = (
    "So vary it in training if it should not matter; else train on more images like the missed ones"
)
SURROUNDINGS = f"What surrounds the object may count for it. {NEXT[RETRAIN]}"
LOOK_FIRST = (
    "That goes with the mistakes and need not cause them. So look at the missed images before you "
    "change the training"
)
NOT_YET = "So do not act on it: see whether it holds on more images"
NOT_BY_IT = "So do not act on it: look at the images themselves"
UNKNOWN = "one mistake explains most of them; why is not known"
SPREAD = "no single mistake explains them"
DOUBTED = "But the maps of {method} fail the checks"


@dataclass(frozen=True)
class Follows:
    """What follows from the answer.

    Attributes:
        meaning: in a few words.
        numbers: sentences on what it rests on, the last without its full stop.
        so: what to do, likewise.
        step: the next one.
        unseen: which difference so many images would not have shown, in sentences.
    """

    meaning: str
    numbers: str
    so: str
    step: str
    unseen: str = ""


def say_what_follows(facts: FailureFacts, usual: UsualMistake) -> Finding:
    """Say what follows from the answer, its rule the next step.

    Args:
        facts: what was measured.
        usual: the mistake that is made most.
    """
    see = SEE_IMAGES if usual.classes == 1 else SEE_CLASSES
    if not facts.enough:
        said = f"So look at {_name_these(facts)}, or ask where more are missed."
        return Finding(see, Severity.NOTE, said, "", facts.evidence)
    if facts.differ:
        follows = _limit(_follow_difference(facts), facts)
    else:
        follows = _follow_none(facts, usual, see)
    end = "" if follows.so.endswith("?") else "."
    begun = follows.numbers[:1].lower()
    numbers = f": {begun}{follows.numbers[1:]}" if begun else ""
    sentence = f"{follows.meaning[0].upper()}{follows.meaning[1:]}{numbers}."
    return Finding(
        follows.step, Severity.NOTE, sentence, f"{follows.so}{end}", facts.evidence,
        detail=follows.unseen,
    )  # fmt: skip


def _follow_none(facts: FailureFacts, usual: UsualMistake, see: str) -> Follows:
    """Return what it means that nothing differs: no cause can be told by a method that failed."""
    looked = facts.looked
    likely, step = _say_likely(usual, looked)
    if looked.explains:
        likely = f"{HEDGES.get(facts.advice, '')}{likely}"
    numbers, so = usual.describe(), NEXT[step or see]
    if facts.advice == Advice.DO_NOT and FOCUS in facts.numbers:
        numbers, so = f"{numbers}. {say_doubt(facts)}", say_instead(facts) or so
    return Follows(likely, numbers, so, step or see, _say_what_could_be_seen(facts))


def _limit(follows: Follows, facts: FailureFacts) -> Follows:
    """Return what follows from a difference as far as the method and chance allow it."""
    if facts.advice == Advice.DO_NOT:
        so = say_instead(facts) or NOT_BY_IT
        numbers = f"{follows.numbers}. {say_doubt(facts)}"
        return replace(follows, numbers=numbers, so=so, step=SEE_DIFFERENCE)
    if facts.barely:
        return replace(
            follows, meaning=f"perhaps, {follows.meaning}", so=NOT_YET, step=SEE_DIFFERENCE
        )
    return follows


def say_doubt(facts: FailureFacts) -> str:
    """Say that the maps fail the checks, as a sentence without its full stop."""
    return DOUBTED.format(method=facts.method or "this method")


def say_instead(facts: FailureFacts) -> str:
    """Say which method to choose instead of one that failed the checks; "" without any."""
    return f"So choose {facts.instead} first: its maps pass them" if facts.instead else ""


def _say_likely(usual: UsualMistake, looked: Looked) -> tuple[str, str]:
    """Return what it means that nothing differs, and the next step.

    The step is "" where that is to see the images, or of several classes which are missed.
    """
    if looked.where in (Looks.BESIDE, Looks.LESS):
        return looked.means, RETRAIN
    if usual.prevails:
        means = "" if looked.where is Looks.AS_LITTLE else looked.means
        return means or UNKNOWN, SEE_PAIR
    return SPREAD, ""


def _name_these(facts: FailureFacts) -> str:
    """Name the missed images, as part of a sentence."""
    return "the missed one" if facts.missed == 1 else f"the {facts.missed} missed ones"


def _follow_difference(facts: FailureFacts) -> Follows:
    """Return what a difference means, with its numbers, and the next step."""
    if facts.worst:
        group = facts.groups[facts.worst[0]]
        wrong = sum(one.images - one.right for one in facts.groups)
        return Follows(
            f"{group.images - group.right} of {wrong} mistakes have {group.name}",
            "What these images share goes with the mistakes",
            "So look at what that is: more training images of that kind may help, or none that "
            "give it away",
            SEE_DIFFERENCE,
        )
    if not facts.apart:
        return Follows(
            "where it fails, its maps highlight other colours",
            f"Random groups of these images differ as much only {facts.colours:.1%} of the time",
            VARY,
            RETRAIN,
        )
    name = max(facts.apart, key=lambda one: abs(facts.apart[one].value - 0.5))
    area = facts.apart[name]
    higher = area.value > 0.5
    ends = (area.low, area.high) if higher else (1 - area.high, 1 - area.low)
    than = "higher" if higher else "lower"
    counted = (
        f"Of a missed and a correct image, the missed one has the {than} {name} in "
        f"{max(area.value, 1 - area.value):.0%} of pairs (95% interval "
        f"{say_interval(*ends, 0, '%', 0.5)}; 50% is no difference)"
    )
    if name not in PLAINLY:
        return Follows(f"where it fails, {name} is {than}", counted, VARY, RETRAIN)
    words = HIGHER if higher else {word: word for word in HIGHER}
    said = PLAINLY[name].format(**words).replace("on the object", facts.place.words["inside"])
    plainly = f"{HEDGES.get(facts.advice, '')}where it fails, {said}"
    so, step = (SURROUNDINGS, RETRAIN) if name == FOCUS else (LOOK_FIRST, SEE_DIFFERENCE)
    return Follows(plainly, counted, so, step)


def _say_what_could_be_seen(facts: FailureFacts) -> str:
    """Say in numbers how large a difference so many images would have shown."""
    asked = facts.asked
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
    if bound := facts.looked.bound():
        inside = facts.place.words["inside"]
        told.append(f"How much more of a missed one's map lies {inside}:{bound}")
    return " ".join(told)
