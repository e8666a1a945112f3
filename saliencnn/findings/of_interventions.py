"""What interventions prove of a network, in sentences: what it needs, and what it must not need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from saliencnn.checks.interventions.changes import PATCHES
from saliencnn.checks.interventions.effects import Effect, Effects
from saliencnn.checks.interventions.table import CORNERS, FILLS
from saliencnn.findings.finding import Evidence, Found, Rule, Severity
from saliencnn.findings.run_facts import RunFacts

MIN_IMAGES = 40
"""Fewer say nothing: a fall of a fifth could be chance among so many interventions."""
USEFUL = 0.2
"""Above chance, the accuracy from which on it is worth asking what it comes from."""
COST = 0.15
"""Of the accuracy, what an intervention must cost before it convicts."""
KEPT = 0.5
"""Of the accuracy above chance, what is left without the object where it is hardly needed."""
LARGE_COST = 0.3
"""What a change that every network feels must cost before it is told."""
APART = 3.0
"""How many times more than any place apart from it a single place must cost."""

Judge = Callable[[Effects], dict[str, object] | None]
"""Returns the numbers of a sentence where it is true."""


@dataclass(frozen=True)
class Reading:
    """What a person does about it.

    Attributes:
        advice: in a sentence.
        change: hyperparameters that the retrain form is filled with, ``name:value``.
    """

    advice: str
    change: tuple[str, ...] = ()


def _says_something(effects: Effects) -> bool:
    """Whether there are enough images, and a network that has learned something."""
    return len(effects.labels) >= MIN_IMAGES and effects.accuracy >= effects.chance + USEFUL


def _find(facts: RunFacts, judge: Judge) -> Found | None:
    effects = facts.effects
    if effects is None or not _says_something(effects):
        return None
    numbers = judge(effects)
    if numbers is None:
        return None
    known = {"images": len(effects.labels), "accuracy": effects.accuracy, "chance": effects.chance}
    return Found({**known, **numbers}, facts.see("trust"))


def _costs(effects: Effects, name: str, cost: float = COST) -> Effect | None:
    """Return an intervention's effect where it costs that much, beyond chance."""
    effect = effects.rows.get(name)
    if effect is None or effect.cost < cost or not effects.is_beyond_chance(effect):
        return None
    return effect


def _needs_no_object(effects: Effects) -> dict[str, object] | None:
    hidden = [effects.rows[f"object-{fill}"] for fill in FILLS if f"object-{fill}" in effects.rows]
    if not hidden:
        return None
    least = min(hidden, key=lambda effect: effect.accuracy)
    low, _ = least.interval
    above = effects.accuracy - effects.chance
    if least.accuracy - effects.chance < KEPT * above or low <= effects.chance:
        return None
    return {"left": least.accuracy}


def _reads_background(effects: Effects) -> dict[str, object] | None:
    swapped = _costs(effects, "background-swapped")
    return None if swapped is None else {"left": swapped.accuracy, "own": swapped.control}


def _reads_colour_beside(effects: Effects) -> dict[str, object] | None:
    turned = _costs(effects, "background-hue")
    of_object = effects.rows.get("object-hue")
    if turned is None or of_object is None or of_object.cost > turned.cost:
        return None
    return {"left": turned.accuracy, "object": of_object.accuracy}


def _reads_colour_of_object(effects: Effects) -> dict[str, object] | None:
    turned, beside = _costs(effects, "object-hue", LARGE_COST), effects.rows.get("background-hue")
    if turned is None or beside is None or beside.cost > turned.cost:
        return None
    return {"left": turned.accuracy}


def _reads_colour(effects: Effects) -> dict[str, object] | None:
    """Of images whose objects are not known: where the colour lies cannot be told."""
    turned = _costs(effects, "hue", LARGE_COST)
    if turned is None or "background-hue" in effects.rows:
        return None
    return {"left": turned.accuracy}


def _reads_place(effects: Effects) -> dict[str, object] | None:
    """Find a corner or a cell at the edge that costs much where all places apart cost little."""
    corners = {f"corner-{where.replace(' ', '-')}": f"the {where} corner" for where in CORNERS}
    edge = (0, PATCHES - 1)
    cells = {
        f"cell-{row}-{column}": f"row {row + 1}, column {column + 1} of {PATCHES} x {PATCHES} parts"
        for row in range(PATCHES)
        for column in range(PATCHES)
        if row in edge or column in edge
    }
    for places in (corners, cells):
        found = [name for name in places if _costs(effects, name)]
        if not found:
            continue
        name = max(found, key=lambda one: effects.rows[one].cost)
        worst = effects.rows[name]
        others = [effects.rows[one].cost for one in _apart(name, places)]
        if APART * max(others, default=0.0) <= worst.cost:
            told = _classes_that_fall(effects, worst)
            return {"where": places[name], "cost": 100 * worst.cost, "fallen": told}
    return None


def _apart(name: str, places: Mapping[str, str]) -> list[str]:
    """Return the places that share no edge or corner with one."""
    if not name.startswith("cell-"):
        return [one for one in places if one != name]
    row, column = map(int, name.split("-")[1:])

    def is_near(one: str) -> bool:
        down, across = map(int, one.split("-")[1:])
        return max(abs(down - row), abs(across - column)) <= 1

    return [one for one in places if not is_near(one)]


def _classes_that_fall(effects: Effects, effect: Effect) -> int:
    """Return how many classes lose at least a quarter of their images."""
    classes = int(effects.labels.max()) + 1
    images = np.bincount(effects.labels, minlength=classes)
    fallen = np.bincount(effects.labels[effect.before & ~effect.right], minlength=classes)
    return int((4 * fallen >= np.maximum(images, 1)).sum())


def _loses(name: str, cost: float = LARGE_COST) -> Judge:
    """Return what asks whether an intervention costs so much."""

    def judge(effects: Effects) -> dict[str, object] | None:
        effect = _costs(effects, name, cost)
        return None if effect is None else {"left": effect.accuracy}

    return judge


CONVICTING: tuple[tuple[str, Judge, str, Reading], ...] = (
    (
        "hardly needs the object",
        _needs_no_object,
        "It hardly needs the object: {left:.0%} of {images:,} images are still right without it, "
        "of {accuracy:.0%} with it (guessing gives {chance:.0%}).",
        Reading(
            "Guide it to the object, or show objects on other backgrounds.", ("guidance:inside",)
        ),
    ),
    (
        "reads colours beside the object",
        _reads_colour_beside,
        "It reads a colour beside the object: with the hues there turned only {left:.0%} of "
        "{images:,} images are right, with the object's turned {object:.0%}.",
        Reading(
            "Vary colours in training: color jitter at 1 turns any hue.", ("color_jitter:1.0",)
        ),
    ),
    (
        "reads the background",
        _reads_background,
        "It reads the background: with the object put on another class's background {left:.0%} of "
        "{images:,} images are right, on another background of its own class {own:.0%}.",
        Reading("Guide it to the object, or collect other backgrounds.", ("guidance:inside",)),
    ),
    (
        "reads one place",
        _reads_place,
        "It reads something at {where}: hiding that place costs {cost:.0f} points, any place apart "
        "from it next to nothing; {fallen} classes are told apart there.",
        Reading("Look what lies there, and crop or erase at random.", ("erasing:0.5", "crop:0.3")),
    ),
    (
        "reads the border",
        _loses("border", COST),
        "It reads the images' border: without it {left:.0%} of {images:,} images are right.",
        Reading("Crop at random, so that the border is not always there.", ("crop:0.4",)),
    ),
    (
        "reads the brightness",
        _loses("brightness"),
        "It reads how bright an image is: at equal brightness {left:.0%} of {images:,} images are "
        "right.",
        Reading("Vary brightness in training.", ("color_jitter:1.0",)),
    ),
    (
        "reads the compression",
        _loses("jpeg-50"),
        "It reads how files were compressed: as JPEG of quality 50 only {left:.0%} of {images:,} "
        "images are right.",
        Reading("Save all images alike before you train on them."),
    ),
)
"""Name, when, sentence and what to do: each convicts a network of a shortcut."""

DOUBTFUL: tuple[tuple[str, Judge, str, Reading], ...] = (
    (
        "needs colour",
        _reads_colour,
        "It needs colour: with all hues turned {left:.0%} of {images:,} images are right. Where "
        "colour does not define the classes, that is a shortcut.",
        Reading("If colour should not matter, jitter it.", ("color_jitter:1.0",)),
    ),
    (
        "reads the object's colour",
        _reads_colour_of_object,
        "It knows the object by its colour: with the object's hues turned {left:.0%} of {images:,} "
        "images are right. Where colour does not define the classes, that is a shortcut.",
        Reading("If colour should not matter, jitter it.", ("color_jitter:1.0",)),
    ),
    (
        "feels noise",
        _loses("noise"),
        "Faint noise confuses it: {left:.0%} of {images:,} images are right with noise of 5 %.",
        Reading("See whether its classes differ in noise or sharpness."),
    ),
)
"""Likewise, where it depends on the classes whether it is one."""


def _find_none(facts: RunFacts) -> Found | None:
    if any(_find(facts, judge) for _, judge, _, _ in (*CONVICTING, *DOUBTFUL)):
        return None
    return _find(facts, lambda effects: {"tests": len(effects.rows)})


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

    return Rule(name, severity, find, sentence, reading.advice)


def convict(effects: Effects) -> str:
    """Return in a few words what convicts a network, "" where nothing does."""
    if not _says_something(effects):
        return ""
    return next((name for name, judge, _, _ in CONVICTING if judge(effects)), "")


INTERVENTION_RULES: tuple[Rule[RunFacts], ...] = (
    *(_rule(Severity.PROBLEM, *row) for row in CONVICTING),
    *(_rule(Severity.WARNING, *row) for row in DOUBTFUL),
    Rule(
        "no shortcut found",
        Severity.GOOD,
        _find_none,
        "No sign of a shortcut in the {tests} tests that were run on {images:,} images.",
        "That is no proof that there is none.",
    ),
)
"""Every rule about interventions; a new one is one more row."""
INTERVENTION_RULE_NAMES = tuple(rule.name for rule in INTERVENTION_RULES)
