"""What interventions prove of a network, in sentences: what it needs, and what it must not need."""

from dataclasses import dataclass
from functools import partial

from saliencnn.checks.interventions.effects import Effects
from saliencnn.common.sentences import count_of, quote
from saliencnn.findings.attention_signs import list_classes_beside
from saliencnn.findings.counterfactual_signs import SHORTCUT, find_leaning, find_shortcut
from saliencnn.findings.finding import Evidence, Found, Rule, Severity
from saliencnn.findings.mostly import name_certain
from saliencnn.findings.place_signs import acquit_place, reads_place
from saliencnn.findings.run_facts import RunFacts
from saliencnn.findings.shortcut_signs import (
    Judge,
    follows,
    follows_corner,
    needs_no_object,
    reads_background,
    reads_colour,
    reads_colour_beside,
    reads_colour_of_object,
    says_something,
)


@dataclass(frozen=True)
class Reading:
    """What a person does about it.

    Attributes:
        advice: in a sentence.
        change: hyperparameters that the retrain form is filled with, ``name:value``.
    """

    advice: str
    change: tuple[str, ...] = ()


def _find(facts: RunFacts, judge: Judge) -> Found | None:
    effects = facts.effects
    if effects is None or not says_something(effects):
        return None
    numbers = judge(effects)
    if numbers is None:
        return None
    given = numbers.get("of_class")
    if isinstance(given, int):
        numbers["given"] = f" to which that of the class {quote(facts.classes[given])} was given"
    images = len(effects.labels)
    counted = {
        name: count_of(round(rate * images), images)
        for name, rate in {"right": effects.accuracy, **numbers}.items()
        if isinstance(rate, float) and name != "cost"
    }
    known = {"images": images, "chance": effects.chance, "built": facts.built}
    return Found({**known, **numbers, **counted}, facts.see("trust"))


def _followed_row(
    name: str, judge: Judge, claim: str, reading: Reading
) -> tuple[str, Judge, str, Reading]:
    """Return the row of what images follow, so that their class changes with it."""
    return (
        name,
        judge,
        f"{claim}: taken from another class's image, it makes {{followed:,}} of {{of:,}} images"
        "{given} pass for that class; taken from their own class's, {before:,}.",
        reading,
    )


READ_BESIDE = ("reads the background", "hardly needs the object")
"""What new backgrounds answer, where it is known where the objects are."""
_NEW_BACKGROUNDS = Reading(
    "Guide it to the object, and show objects on other images' backgrounds.",
    # Guidance excludes what mixes images.
    ("guidance:both", "mixup:0.0", "cutmix:0.0", "new_background:1.0"),
)
CONVICTING: tuple[tuple[str, Judge, str, Reading], ...] = (
    (
        "reads colours beside the object",
        reads_colour_beside,
        "It reads a colour beside the object{built}: with that changed it is right on only "
        "{left}; with the object's colours changed, on {object}.",
        Reading(
            "Vary colours in training: color jitter at 1 turns any hue.", ("color_jitter:1.0",)
        ),
    ),
    _followed_row(
        "reads one corner",
        follows_corner,
        "It reads something at the {where} corner",
        Reading("Look what lies there, and crop or erase at random.", ("erasing:0.5", "crop:0.3")),
    ),
    (
        "reads one place",
        reads_place,
        "It reads something at {where}: hiding that place costs {cost:.0f} percentage points "
        "of accuracy, any place apart from it next to nothing; {fallen} classes are told apart "
        "there.",
        Reading("Look what lies there, and crop or erase at random.", ("erasing:0.5", "crop:0.3")),
    ),
    (
        "reads the background",
        reads_background,
        "It reads the background: on another class's background it is right on {left}, on another "
        "of the object's own class on {own}.",
        _NEW_BACKGROUNDS,
    ),
    _followed_row(
        "reads the border",
        partial(follows, name="border"),
        "It reads the images' border",
        Reading("Crop at random, so that the border is not always there.", ("crop:0.4",)),
    ),
    _followed_row(
        "reads the brightness",
        partial(follows, name="brightness"),
        "It reads how bright an image is",
        Reading("Vary brightness in training.", ("color_jitter:1.0",)),
    ),
    _followed_row(
        "reads fine detail",
        partial(follows, name="detail"),
        "It reads the finest detail, such as texture, noise or traces of compression",
        Reading(
            "Blur and compress images at random in training, or take all images alike: "
            "`saliencnn inspect` says what their files tell.",
            ("degrade:0.7",),
        ),
    ),
    (
        "hardly needs the object",
        needs_no_object,
        "It hardly needs the object: without it, it is still right on {left}, with it on {right}; "
        "guessing gives {chance:.1%}.",
        _NEW_BACKGROUNDS,
    ),
)
"""Name, when, sentence and what to do: each convicts a network of a shortcut.

What tells most precisely what the network reads comes first: it heads a run's signs.
"""

DOUBTFUL: tuple[tuple[str, Judge, str, Reading], ...] = (
    _followed_row(
        "reads the colour cast",
        partial(follows, name="tint"),
        "It goes by the mean and the spread of an image's colours",
        Reading("If colours do not define the classes, jitter them.", ("color_jitter:1.0",)),
    ),
    (
        "needs colour",
        reads_colour,
        "It needs colour: with other colours everywhere it is right on only {left}. Where colour "
        "does not define the classes, that is a shortcut.",
        Reading("If colour should not matter, jitter it.", ("color_jitter:1.0",)),
    ),
    (
        "reads the object's colour",
        reads_colour_of_object,
        "It knows the object by its colour: with other colours on it, it is right on only "
        "{left}. Where colour does not define the classes, that is a shortcut.",
        Reading("If colour should not matter, jitter it.", ("color_jitter:1.0",)),
    ),
)
"""Likewise, where it depends on the classes whether it is one."""


def _find_none(facts: RunFacts) -> Found | None:
    found = any(_find(facts, judge) for _, judge, _, _ in (*CONVICTING, *DOUBTFUL))
    if found or find_shortcut(facts) or find_leaning(facts):
        return None
    # Maps that failed their checks, or had none, accuse nobody of what interventions do not find.
    beside = list_classes_beside(facts) if facts.believed else []
    alone = name_certain(beside, facts.classes)
    over = f" over all classes together, which does not clear it in {alone}" if alone else ""
    return _find(
        facts,
        lambda effects: {"tests": len(effects.rows), "over": over, **acquit_place(effects)},
    )


def _lead(found: Found | None, facts: RunFacts, reading: Reading) -> Found | None:
    """Lead to the retrain form with the advice filled in; without a change, to the numbers."""
    if found is None or not reading.change:
        return found
    return Found(
        found.numbers, Evidence("retrain", {"run": facts.run_id, "change": reading.change})
    )


def _rule(
    severity: Severity,
    name: str,
    judge: Judge,
    sentence: str,
    reading: Reading,
) -> Rule[RunFacts]:
    def find(facts: RunFacts) -> Found | None:
        return _lead(_find(facts, judge), facts, reading)

    return Rule(name, severity, find, sentence, reading.advice, SHORTCUT)


def accuse(effects: Effects, doubtful: bool = False) -> tuple[str, ...]:
    """Return in a few words each what convicts a network, what matters most first.

    Args:
        effects: of interventions on it.
        doubtful: whether that is named, too, of which only a person knows if it is a shortcut.
    """
    if not says_something(effects):
        return ()
    rows = (*CONVICTING, *(DOUBTFUL if doubtful else ()))
    return tuple(name for name, judge, _, _ in rows if judge(effects))


def convict(effects: Effects) -> str | None:
    """Return in a few words what convicts a network most clearly.

    Returns:
        The words; "" where nothing does, None where too little is known to say.
    """
    return next(iter(accuse(effects)), "") if says_something(effects) else None


INTERVENTION_RULES: tuple[Rule[RunFacts], ...] = (
    *(_rule(Severity.PROBLEM, *row) for row in CONVICTING),
    *(_rule(Severity.WARNING, *row) for row in DOUBTFUL),
    Rule(
        "no shortcut found",
        Severity.GOOD,
        _find_none,
        "No sign of a shortcut{over}.{place}",
        detail="{tests} ways of changing images were tried on {images:,} of them.{part} A "
        "shortcut that none of them changes stays unseen.",
    ),
)
"""Every rule about interventions; a new one is one more row."""
INTERVENTION_RULE_NAMES = tuple(rule.name for rule in INTERVENTION_RULES)
