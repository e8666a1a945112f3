"""What stands out where one network fails on one class: one row a rule."""

from dataclasses import asdict, replace
from functools import partial

from saliencnn.common.sentences import say_interval
from saliencnn.findings.failure_facts import CHANCE, QUESTIONS, FailureFacts
from saliencnn.findings.finding import Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.kind_rates import MIN_OF_WEAK
from saliencnn.findings.map_errors import describe_missed_focus, describe_power
from saliencnn.findings.telling import FOCUS
from saliencnn.measures.rates import LEVEL

DO_NOT_DIFFER = "failures do not differ"
"""The rule that finds no difference."""
DIFFERENCES = ("failing group", "failures differ", "colours differ")
"""The rules that find one."""
FOCUS_RULE = "focus"
"""The rule that says where missed and correct images are looked at."""


def find_in_failures(facts: FailureFacts) -> tuple[Finding, ...]:
    """Return what stands out in the images of a class, what matters most first."""
    found = apply_rules(FAILURE_RULES, facts)
    if facts.actionable:
        return found
    # The answer says not to act on a difference, so nothing beside it may.
    calm = (
        replace(one, severity=Severity.NOTE, advice="") if one.rule in DIFFERENCES else one
        for one in found
    )
    return tuple(sorted(calm, key=lambda one: -one.severity))


def _find_group(facts: FailureFacts) -> Found | None:
    if facts.worst is None:
        return None
    place, low, high = facts.worst
    group = facts.groups[place]
    right = sum(one.right for one in facts.groups)
    numbers = {
        "name": group.name,
        "own_wrong": group.images - group.right,
        "wrong": facts.mapped - right,
        "own_right": group.right,
        "right": right,
        "interval": say_interval(100 * low, 100 * high, 0),
    }
    return Found(numbers, facts.evidence)


def _find_no_group(facts: FailureFacts, several: bool) -> Found | None:
    """Find that of several groups none stands out, or that all maps are of one."""
    if facts.several != several or facts.mapped < MIN_OF_WEAK or facts.worst:
        return None
    alone = ""
    if several and facts.effects is not None:
        if facts.reliance:
            return None
        alone = f", and none relies on something of its own ({len(facts.clusters)} images changed)"
    taken = facts.mapped > len(facts.correct)
    whose = " (with those of other images that are taken for the class)" if taken else ""
    numbers = {"groups": len(facts.groups), "images": facts.mapped, "alone": alone, "whose": whose}
    return Found(numbers, facts.evidence)


def _find_reliance(facts: FailureFacts, on_change: bool) -> Found | None:
    found = facts.reliance
    if found is None or bool(found.change) != on_change:
        return None
    return Found({**asdict(found), "name": facts.groups[found.cluster].name}, facts.evidence)


def _find_number(facts: FailureFacts) -> Found | None:
    if not facts.apart:
        return None
    name = max(facts.apart, key=lambda one: abs(facts.apart[one].value - 0.5))
    area = facts.apart[name]
    higher = area.value > 0.5
    low, high = (area.low, area.high) if higher else (1 - area.high, 1 - area.low)
    numbers = {
        "name": name,
        "way": "higher" if higher else "lower",
        "area": max(area.value, 1 - area.value),
        "interval": say_interval(low, high, 0, "%", 0.5),
        "missed": area.failed,
        "correct": area.correct,
    }
    return Found(numbers, facts.evidence)


def _find_colours(facts: FailureFacts) -> Found | None:
    if not facts.enough or not facts.colours < CHANCE:
        return None
    return Found({"p": facts.colours, **facts.counts}, facts.evidence)


def _find_none(facts: FailureFacts) -> Found | None:
    if not facts.enough or facts.apart or not facts.colours >= CHANCE:
        return None
    told = {"numbers": len(facts.numbers), "p": facts.colours, **facts.counts, "asked": ""}
    if facts.colours < 1 - LEVEL:
        told["asked"] = f", which chance may do where {QUESTIONS} questions are asked at once"
    power = describe_power([(facts.missed, len(facts.correct) - facts.missed)], facts.asked)
    return Found({**told, "power": power}, facts.evidence)


def _find_focus(facts: FailureFacts) -> Found | None:
    if FOCUS not in facts.numbers:
        return None
    said = describe_missed_focus(
        facts.areas[FOCUS], facts.numbers[FOCUS], facts.correct, facts.method
    )
    return Found({"said": said}, facts.evidence) if said else None


def _find_few_maps(facts: FailureFacts) -> Found | None:
    if not facts.groups or not facts.missed or facts.mapped >= MIN_OF_WEAK:
        return None
    return Found({"images": facts.mapped, "needed": MIN_OF_WEAK}, facts.evidence)


FAILURE_RULES: tuple[Rule[FailureFacts], ...] = (
    Rule(
        "failing group",
        Severity.WARNING,
        _find_group,
        "It fails on one group of images: {own_wrong} of {wrong} mistakes have {name}, but only "
        "{own_right} of the {right} right images.",
        detail="A difference of {interval} percentage points (95% interval).",
    ),
    Rule(
        "cluster relies on something else",
        Severity.WARNING,
        partial(_find_reliance, on_change=True),
        "Images with {name} rely on something of their own: one change ({change}) makes {told} of "
        "{of} right ones wrong, of the others only {others_told} of {others_of}.",
        "See what they share there; if it is not the object, it is a shortcut.",
    ),
    Rule(
        "cluster hardly needs the object",
        Severity.WARNING,
        partial(_find_reliance, on_change=False),
        "Images with {name} hardly need the object: {told} of {of} right ones stay right without "
        "it, however it is hidden, of the others only {others_told} of {others_of}.",
        "See what their maps lie on: that is what gives them away.",
    ),
    Rule(
        "no group stands out",
        Severity.NOTE,
        partial(_find_no_group, several=True),
        "No group of images stands out: of {groups} clusters of {images} maps{whose}, none holds "
        "more of the mistakes than chance would put there{alone}.",
    ),
    Rule(
        "one group",
        Severity.NOTE,
        partial(_find_no_group, several=False),
        "No group of images fails more than the others: all {images} maps{whose} form one group, "
        "as far as can be told.",
    ),
    Rule(
        "few maps",
        Severity.NOTE,
        _find_few_maps,
        "Too few maps to say whether one group of images fails: {images}; {needed} are needed.",
    ),
    Rule(FOCUS_RULE, Severity.NOTE, _find_focus, "{said}"),
    Rule(
        "failures differ",
        Severity.WARNING,
        _find_number,
        "Missed images differ from correct ones most in {name}: of a missed and a correct image, "
        "the missed one's is {way} in {area:.0%} of pairs.",
        "Compare both groups below.",
        detail="95% interval {interval}; {missed} missed, {correct} correct. Without "
        "any difference it were 50%.",
    ),
    Rule(
        "colours differ",
        Severity.NOTE,
        _find_colours,
        "The maps highlight other colours in the {missed} missed images than in the {correct} "
        "correct ones, by more than chance.",
        "Their mean histograms at the end show which. If colour should not matter, train with "
        "color jitter.",
        detail="Random groups differ as much only {p:.1%} of the time.",
    ),
    Rule(
        DO_NOT_DIFFER,
        Severity.NOTE,
        _find_none,
        "By colours, textures, size and place of what the maps highlight, no difference could be "
        "shown. {power}.",
        "More images could show a smaller difference.",
        detail="None of {numbers} numbers differs by more than chance, nor do the colours "
        "together: random groups differ as much {p:.0%} of the time{asked} ({missed} missed, "
        "{correct} correct).",
    ),
)
"""Every rule about a class's failures; a new one is one more row."""
