"""Signs of a shortcut: what interventions show that they do not show of an honest network."""

from collections.abc import Callable, Mapping

import numpy as np

from saliencnn.checks.interventions.effects import Effect, Effects
from saliencnn.checks.interventions.table import CORNERS, FILLS, PATCHES

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


def _costs(effects: Effects, name: str, cost: float = COST) -> Effect | None:
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
    swapped = _costs(effects, "background-swapped")
    return None if swapped is None else {"left": swapped.accuracy, "own": swapped.control}


def reads_colour_beside(effects: Effects) -> dict[str, object] | None:
    """Find one that needs the hues beside the object, more than the object's."""
    turned = _costs(effects, "background-hue")
    of_object = effects.rows.get("object-hue")
    if turned is None or of_object is None or of_object.cost > turned.cost:
        return None
    return {"left": turned.accuracy, "object": of_object.accuracy}


def reads_colour_of_object(effects: Effects) -> dict[str, object] | None:
    """Find one that needs the hues of the object, more than those beside it."""
    turned, beside = _costs(effects, "object-hue", LARGE_COST), effects.rows.get("background-hue")
    if turned is None or beside is None or beside.cost > turned.cost:
        return None
    return {"left": turned.accuracy}


def reads_colour(effects: Effects) -> dict[str, object] | None:
    """Find one that needs hues, where objects are not known: where they lie cannot be told."""
    turned = _costs(effects, "hue", LARGE_COST)
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


def reads_place(effects: Effects) -> dict[str, object] | None:
    """Find a corner or a cell at the edge that costs much where all places apart cost little."""
    if follows_corner(effects):
        return None  # which says more
    corners = {f"corner-{where.replace(' ', '-')}": f"the {where} corner" for where in CORNERS}
    cells = {name: place for name, place in _CELLS.items() if _is_at_edge(name)}
    for places in (corners, cells):
        found = [name for name in places if _costs(effects, name)]
        if not found:
            continue
        name = max(found, key=lambda one: effects.rows[one].cost)
        worst = effects.rows[name]
        others = [effects.rows[one].cost for one in _apart(name, places)]
        if APART * max(others, default=0.0) <= worst.cost and not _reaches_out(effects, name):
            told = _classes_that_fall(effects, worst)
            return {"where": places[name], "cost": 100 * worst.cost, "fallen": told}
    return None


_CELLS = {
    f"cell-{row}-{column}": f"row {row + 1}, column {column + 1} of {PATCHES} x {PATCHES} parts"
    for row in range(PATCHES)
    for column in range(PATCHES)
}
"""Intervention that hides a part of images -> the part in words."""


def _is_at_edge(cell: str) -> bool:
    return bool({*cell.split("-")[1:]} & {"0", str(PATCHES - 1)})


def acquit_place(effects: Effects) -> str:
    """Say, as the end of a sentence, why the part whose loss costs most is no sign of a shortcut.

    Args:
        effects: of a network that ``reads_place`` does not convict.

    Returns:
        "" where no part costs much.
    """
    costly = [name for name in _CELLS if _costs(effects, name)]
    if not costly:
        return ""
    name = max(costly, key=lambda one: effects.rows[one].cost)
    why = (
        "parts near it or elsewhere cost accuracy, too, as where an object's parts are hidden"
        if _is_at_edge(name)
        else "it is in the inner part of images, where objects mostly are, and hiding part of an "
        "object costs accuracy"
    )
    cost = 100 * effects.rows[name].cost
    return f"; that hiding {_CELLS[name]} costs {cost:.0f} percentage points is none: {why}"


def _apart(name: str, places: Mapping[str, str]) -> list[str]:
    """Return the places that share no edge or corner with one."""
    if not name.startswith("cell-"):
        return [one for one in places if one != name]
    row, column = map(int, name.split("-")[1:])

    def is_near(one: str) -> bool:
        down, across = map(int, one.split("-")[1:])
        return max(abs(down - row), abs(across - column)) <= 1

    return [one for one in places if not is_near(one)]


def _reaches_out(effects: Effects, name: str) -> bool:
    """Whether a part beside it costs more, so that what lies there reaches into this one."""
    if not name.startswith("cell-"):
        return False
    parts = dict.fromkeys((one for one in effects.rows if one.startswith("cell-")), "")
    near = parts.keys() - {*_apart(name, parts)}
    return any(effects.rows[one].cost > effects.rows[name].cost for one in near)


def _classes_that_fall(effects: Effects, effect: Effect) -> int:
    """Return how many classes lose at least a quarter of their images."""
    classes = int(effects.labels.max()) + 1
    images = np.bincount(effects.labels, minlength=classes)
    fallen = np.bincount(effects.labels[effect.before & ~effect.right], minlength=classes)
    return int((4 * fallen >= np.maximum(images, 1)).sum())
