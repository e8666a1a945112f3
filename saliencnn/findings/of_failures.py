"""What stands out where one network fails on one class: one row a rule."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial

import numpy as np

from saliencnn.checks.interventions.effects import Effects
from saliencnn.common.sentences import say_interval
from saliencnn.findings.cluster_signs import find_reliance
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.kind_rates import MIN_OF_WEAK
from saliencnn.findings.map_errors import FOCUS, describe_missed_focus, describe_power
from saliencnn.measures.groups import (
    MIN_GROUP,
    Estimate,
    estimate_together,
    separability,
)
from saliencnn.measures.rates import LEVEL, difference_interval, level_of_each

QUESTIONS = 3
"""Asked of a class's failures: do their numbers differ, do their colours, and does one group of
maps fail? Each has its part of the 5% that chance is allowed."""
CHANCE = 1 - level_of_each(QUESTIONS)
"""The p-value below which colours differ by more than chance."""


@dataclass(frozen=True)
class MapGroup:
    """Maps that are alike.

    Attributes:
        name: what they are, e.g. ``small maps near the border``.
        images: how many.
        right: how many of them the network gets right.
    """

    name: str
    images: int
    right: int


@dataclass(frozen=True, eq=False)
class FailureFacts:
    """What was measured in the images of a class.

    Attributes:
        correct: bool (N,), whether an image of the class is predicted as it.
        numbers: name -> float (N,), everything that may differ between missed and correct images.
        colours: p-value of the test that their regions have the same colours in ``TEST_SPACE``; NaN
            where unknown.
        groups: of the maps of these images and of those taken for the class.
        evidence: the page that shows them.
        effects: of interventions on those M images in ``groups`` on which any were tried; None
            where nobody has, or where the groups may be one.
        clusters: int (M,), the group of each.
        clear: whether the groups are apart; without structure, maps would split as well.
    """

    correct: np.ndarray
    numbers: Mapping[str, np.ndarray]
    colours: float
    groups: tuple[MapGroup, ...]
    evidence: Evidence
    effects: Effects | None = None
    clusters: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    clear: bool = True

    @property
    def missed(self) -> int:
        """Images that the network misses."""
        return int((~self.correct).sum())

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of images that a sentence says."""
        return {"missed": self.missed, "correct": int(self.correct.sum())}

    @property
    def enough(self) -> bool:
        """Whether there are images enough on both sides to say anything of others."""
        return min(self.counts.values()) >= MIN_GROUP

    @cached_property
    def areas(self) -> dict[str, Estimate]:
        """How well each number separates missed from correct images."""
        return compare_numbers(self.numbers, self.correct)

    @property
    def apart(self) -> dict[str, Estimate]:
        """Those of ``areas`` that do so at all."""
        found = self.areas.items()
        return {name: area for name, area in found if area.enough and area.excludes(0.5)}


def compare_numbers(numbers: Mapping[str, np.ndarray], correct: np.ndarray) -> dict[str, Estimate]:
    """Return how well each number, float (N,), separates missed from correct images, bool (N,)."""
    pairs = {name: (values, correct) for name, values in numbers.items()}
    return estimate_together(separability, pairs, QUESTIONS)


def find_in_failures(facts: FailureFacts) -> tuple[Finding, ...]:
    """Return what stands out in the images of a class, what matters most first."""
    return apply_rules(FAILURE_RULES, facts)


def worst_group(groups: tuple[MapGroup, ...]) -> tuple[int, float, float] | None:
    """Return the group that holds more of the mistakes than of the right images, if one does.

    Its fraction of the mistakes is compared with that of the right images, which says the same
    however many right images were left out. Its own rate must differ too: with few mistakes among
    many images, one of both tests alone errs more often than it may.

    Returns:
        Its place, and both ends of the interval of how much larger its fraction of the mistakes
        is: 95% for all groups and ``QUESTIONS`` together.
    """
    images, right = (np.array([getattr(g, n) for g in groups], int) for n in ("images", "right"))
    wrong = images - right
    if images.sum() < MIN_OF_WEAK or min(wrong.sum(), right.sum()) < MIN_GROUP:
        return None
    others, asked = images.sum() - images, QUESTIONS * len(groups)
    usable = np.minimum(images, others) >= MIN_GROUP
    low, high = difference_interval(
        wrong / wrong.sum(), right / right.sum(), wrong.sum(), asked, right.sum()
    )
    lower, _ = difference_interval(
        wrong / images,
        (wrong.sum() - wrong) / np.maximum(others, 1),
        images,
        asked,
        np.maximum(others, 1),
    )
    place = int(np.where(usable & (lower > 0), low, -1).argmax())
    told = usable[place] and min(low[place], lower[place]) > 0
    return (place, float(low[place]), float(high[place])) if told else None


def _find_group(facts: FailureFacts) -> Found | None:
    found = worst_group(facts.groups)
    if found is None:
        return None
    place, low, high = found
    group = facts.groups[place]
    right = sum(one.right for one in facts.groups)
    numbers = {
        "name": group.name,
        "own_wrong": group.images - group.right,
        "wrong": sum(one.images for one in facts.groups) - right,
        "own_right": group.right,
        "right": right,
        "interval": say_interval(100 * low, 100 * high, 0),
    }
    return Found(numbers, facts.evidence)


def _find_no_group(facts: FailureFacts) -> Found | None:
    """Find that no group of images stands out, where there are groups and images enough."""
    images = sum(group.images for group in facts.groups)
    one = len(facts.groups) < 2 or not facts.clear
    if one or images < MIN_OF_WEAK or worst_group(facts.groups):
        return None
    alone = ""
    if facts.effects is not None:
        if find_reliance(facts.effects, facts.clusters):
            return None
        alone = f", and none relies on something of its own ({len(facts.clusters)} images changed)"
    numbers = {"groups": len(facts.groups), "images": images, "alone": alone}
    return Found({**numbers, "whose": _say_whose(facts)}, facts.evidence)


def _find_one_group(facts: FailureFacts) -> Found | None:
    """Find that all maps are of one group, where they are enough to say so."""
    images = sum(group.images for group in facts.groups)
    several = len(facts.groups) > 1 and facts.clear
    if several or images < MIN_OF_WEAK or worst_group(facts.groups):
        return None
    return Found({"images": images, "whose": _say_whose(facts)}, facts.evidence)


def _say_whose(facts: FailureFacts) -> str:
    """Say whose maps are in the groups, where they are not those of the class's images alone."""
    images = sum(group.images for group in facts.groups)
    taken = images > len(facts.correct)
    return " (of the class's images and of those taken for it)" if taken else ""


def _find_reliance(facts: FailureFacts, on_change: bool) -> Found | None:
    found = None if facts.effects is None else find_reliance(facts.effects, facts.clusters)
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
    asked = QUESTIONS * max(sum(area.enough for area in facts.areas.values()), 1)
    told = {"numbers": len(facts.numbers), "p": facts.colours, **facts.counts, "asked": ""}
    if facts.colours < 1 - LEVEL:
        told["asked"] = f", which chance may do where {QUESTIONS} questions are asked at once"
    power = describe_power([(facts.missed, len(facts.correct) - facts.missed)], asked)
    return Found({**told, "power": power}, facts.evidence)


def _find_focus(facts: FailureFacts) -> Found | None:
    if FOCUS not in facts.numbers:
        return None
    said = describe_missed_focus(facts.areas[FOCUS], facts.numbers[FOCUS], facts.correct)
    return Found({"said": said}, facts.evidence) if said else None


def _find_few_maps(facts: FailureFacts) -> Found | None:
    images = sum(group.images for group in facts.groups)
    if not facts.groups or not facts.missed or images >= MIN_OF_WEAK:
        return None
    return Found({"images": images, "needed": MIN_OF_WEAK}, facts.evidence)


FAILURE_RULES: tuple[Rule[FailureFacts], ...] = (
    Rule(
        "failing group",
        Severity.WARNING,
        _find_group,
        "It fails on one group of images: {own_wrong} of {wrong} mistakes have {name}, but only "
        "{own_right} of the {right} right images.",
        "See below what these images share.",
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
        _find_no_group,
        "No group of images stands out: of {groups} clusters of {images} maps{whose}, none holds "
        "more of the mistakes than chance would put there{alone}.",
    ),
    Rule(
        "one group",
        Severity.NOTE,
        _find_one_group,
        "All {images} maps{whose} form one group, as far as can be told: one way of looking, so no "
        "group of images fails by itself.",
    ),
    Rule(
        "few maps",
        Severity.NOTE,
        _find_few_maps,
        "Too few maps to say whether one group of images fails: {images}; {needed} are needed.",
    ),
    Rule("focus", Severity.NOTE, _find_focus, "{said}"),
    Rule(
        "failures differ",
        Severity.WARNING,
        _find_number,
        "Missed images differ from correct ones most in {name}: of a missed and a correct image, "
        "the missed one's is {way} in {area:.0%} of pairs.",
        "Compare both groups below; more training images like the missed ones may help.",
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
        "failures do not differ",
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
