"""Signs of a shortcut: what interventions show that they do not show of an honest network."""

from collections.abc import Callable

import numpy as np

from saliencnn.checks.interventions.effects import Effect, Effects
from saliencnn.checks.interventions.table import CORNERS, FILLS

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
FOLLOWS, FOLLOWS_ONE = 0.15, 0.5
"""Of the images, how many must follow what was taken from another class, of all or of those that
were given one class's."""
MIN_OF_CLASS = 10
"""Images that were given one class's: of fewer nothing is said."""

APART = 3.0
"""How many times more than any place apart from it a single place must cost."""

Judge = Callable[[Effects], dict[str, object] | None]
"""Returns the numbers of a sentence where it is true."""


def says_something(effects: Effects) -> bool:
    """Whether there are enough images, and a network that has learned something."""
    return len(effects.labels) >= MIN_IMAGES and effects.accuracy >= effects.chance + USEFUL


def find_costly(effects: Effects, name: str, cost: float = COST) -> Effect | None:
    """Return an intervention's effect where it costs that much, beyond chance."""
    effect = effects.rows.get(name)
    if effect is None or effect.cost < cost or not effects.is_beyond_chance(effect.by_chance):
        return None
    return effect


def needs_no_object(effects: Effects) -> dict[str, object] | None:
    """Find a network that is mostly right without the object, whatever stands in its place."""
    hidden = [effects.rows[f"object-{fill}"] for fill in FILLS if f"object-{fill}" in effects.rows]
    if not hidden:
        return None
    least = min(hidden, key=lambda effect: effect.accuracy)
    low, _ = least.interval
    above = effects.accuracy - effects.chance
    if least.accuracy - effects.chance < KEPT * above or low <= effects.chance:
        return None
    return {"left": least.accuracy}


def reads_background(effects: Effects) -> dict[str, object] | None:
    """Find one that errs on another class's background, and less on another of its own class."""
    swapped = find_costly(effects, "background-swapped")
    return None if swapped is None else {"left": swapped.accuracy, "own": swapped.control}


def reads_colour_beside(effects: Effects) -> dict[str, object] | None:
    """Find one that needs the hues beside the object, more than the object's."""
    turned = find_costly(effects, "background-hue")
    of_object = effects.rows.get("object-hue")
    if turned is None or of_object is None or of_object.cost > turned.cost:
        return None
    return {"left": turned.accuracy, "object": of_object.accuracy}


def reads_colour_of_object(effects: Effects) -> dict[str, object] | None:
    """Find one that needs the hues of the object, more than those beside it."""
    turned, beside = (
        find_costly(effects, "object-hue", LARGE_COST),
        effects.rows.get("background-hue"),
    )
    if turned is None or beside is None or beside.cost > turned.cost:
        return None
    return {"left": turned.accuracy}


def reads_colour(effects: Effects) -> dict[str, object] | None:
    """Find one that needs hues, where objects are not known: where they lie cannot be told."""
    turned = find_costly(effects, "hue", LARGE_COST)
    if turned is None or "background-hue" in effects.rows:
        return None
    return {"left": turned.accuracy}


def follows(effects: Effects, name: str) -> dict[str, object] | None:
    """Return how many images follow what was taken from another class, where many do.

    The number ``of_class`` is the class whose images alone are followed, None where all are.
    """
    effect = effects.rows.get(f"other-{name}")
    if effect is None or not effects.is_beyond_chance(effect.follows_by_chance):
        return None
    chosen, given = np.full(len(effects.labels), True), None
    if effect.follows < FOLLOWS:
        images = np.bincount(effect.others)
        gained = [effect.follows_class(k) if n >= MIN_OF_CLASS else 0 for k, n in enumerate(images)]
        given = int(np.argmax(gained))
        if gained[given] < FOLLOWS_ONE:
            return None
        chosen = effect.others == given
    counts = (effect.followed, effect.followed_before)
    after, before = (int(some[chosen].sum()) for some in counts)
    numbers = {"followed": after, "before": before, "of": int(chosen.sum())}
    return {**numbers, "of_class": given, "given": ""}


def follows_corner(effects: Effects) -> dict[str, object] | None:
    """Find a corner that images follow, where they follow no other nearly as much."""
    corners = {where: effects.rows.get(f"other-{where.replace(' ', '-')}") for where in CORNERS}
    gained = {where: _most_followed(effect) for where, effect in corners.items() if effect}
    if not gained:
        return None
    where = max(gained, key=lambda one: gained[one])
    rest = max((gained[one] for one in gained if one != where), default=0.0)
    numbers = follows(effects, where.replace(" ", "-"))
    return {**numbers, "where": where} if numbers and APART * rest <= gained[where] else None


def _most_followed(effect: Effect) -> float:
    return max(
        effect.follows, *(effect.follows_class(int(one)) for one in np.unique(effect.others))
    )
