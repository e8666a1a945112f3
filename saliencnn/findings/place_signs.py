"""Signs that a network reads one place of its images, where no object lies."""

from collections.abc import Mapping

import numpy as np

from saliencnn.checks.interventions.effects import Effect, Effects
from saliencnn.checks.interventions.table import CORNERS, PATCHES
from saliencnn.findings.shortcut_signs import APART, find_costly, follows_corner

_CELLS = {
    f"cell-{row}-{column}": f"row {row + 1}, column {column + 1} of {PATCHES} x {PATCHES} parts"
    for row in range(PATCHES)
    for column in range(PATCHES)
}
"""Intervention that hides a part of images -> the part in words."""


def reads_place(effects: Effects) -> dict[str, object] | None:
    """Find a corner or a cell at the edge that costs much where all places apart cost little."""
    if follows_corner(effects):
        return None  # which says more
    corners = {f"corner-{where.replace(' ', '-')}": f"the {where} corner" for where in CORNERS}
    cells = {name: place for name, place in _CELLS.items() if _is_at_edge(name)}
    for places in (corners, cells):
        found = [name for name in places if find_costly(effects, name)]
        if not found:
            continue
        name = max(found, key=lambda one: effects.rows[one].cost)
        worst = effects.rows[name]
        others = [effects.rows[one].cost for one in _apart(name, places)]
        if APART * max(others, default=0.0) <= worst.cost and not _reaches_out(effects, name):
            told = _classes_that_fall(effects, worst)
            return {"where": places[name], "cost": 100 * worst.cost, "fallen": told}
    return None


def _is_at_edge(cell: str) -> bool:
    return bool({*cell.split("-")[1:]} & {"0", str(PATCHES - 1)})


def acquit_place(effects: Effects) -> dict[str, str]:
    """Say why the part whose loss costs most is no sign of a shortcut.

    Args:
        effects: of a network that ``reads_place`` does not convict.

    Returns:
        ``place``, a sentence, and ``part``, another on which part that is, for whoever asks; both
        begin with a space and are "" where no part costs much.
    """
    costly = [name for name in _CELLS if find_costly(effects, name)]
    if not costly:
        return {"place": "", "part": ""}
    name = max(costly, key=lambda one: effects.rows[one].cost)
    where, why = (
        (
            "part at the edge of",
            "but hiding others costs some, too, as expected where they cover the object",
        )
        if _is_at_edge(name)
        else ("inner part of", "as expected: objects mostly lie there")
    )
    cost = 100 * effects.rows[name].cost
    return {
        "place": f" Hiding one {where} the images costs {cost:.0f} percentage points of accuracy, "
        f"{why}.",
        "part": f" The part that costs most is {_CELLS[name]}.",
    }


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
