"""Signs of where a run's network looks: at the object, beside it, around it, and since when."""

from collections.abc import Sequence

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import count, join_words, list_some, quote, say_fraction
from saliencnn.findings.class_focus import focus_by_class, see_worst_focus
from saliencnn.findings.counterfactual_signs import GOOD_ACCURACY, is_telling
from saliencnn.findings.finding import Found, Severity
from saliencnn.findings.focus_words import (
    AT_NO_EPOCH,
    describe_arrival,
    find_arrival,
    find_step,
)
from saliencnn.findings.mostly import (
    MAX_NAMED,
    PERHAPS,
    Beside,
    count_mostly,
    name_beside,
    name_certain,
    name_wide,
)
from saliencnn.findings.run_facts import RunFacts
from saliencnn.measures.focus import INSIDE

OFTEN = 0.8
"""Accuracy from which on it is a surprise that a network looks at nothing of the object."""
NEARLY_ALL = 0.9
"""Fraction of the images from which on nobody needs to hear how many the others are."""
MAX_LISTED = 20
"""Classes little better than chance that the help of a sentence names."""


def find_beside(facts: RunFacts) -> Found | None:
    """Find an accurate network most of whose maps lie beside the object."""
    if not is_telling(facts.accuracy, facts.chance):
        return None
    numbers = count_mostly(facts.focus, inside=False)
    if numbers is None or facts.is_wide:
        return None
    named = {**facts.place.words, **_rename(numbers), "known": facts.focused_images}
    named["it_looks"] = facts.it
    though = ", though it" if facts.accuracy >= OFTEN else " and"
    right = f"{though} is right on {facts.right_in_words}"
    return Found({"right": right, **named}, see_worst_focus(facts))


def find_around(facts: RunFacts) -> Found | None:
    """Find an accurate network whose maps lie mostly beside the object, though they point at it."""
    numbers = count_mostly(facts.focus, inside=False)
    if not is_telling(facts.accuracy, facts.chance) or numbers is None or facts.guided:
        return None
    if not facts.is_wide:
        return None
    named = {**facts.place.words, **_rename(numbers), "known": facts.focused_images}
    named |= {"it_looks": facts.it, "pointed": int(facts.spots.sum())}
    return Found({**named, "spots": len(facts.spots)}, see_worst_focus(facts))


def find_on_object(
    facts: RunFacts, checked: bool, severity: Severity = Severity.GOOD
) -> Found | None:
    """Find an accurate network most of whose maps lie on the object, unguided.

    Args:
        facts: of the run.
        checked: whether its maps have been checked, and did not fail; others prove nothing.
        severity: of maps that have been checked, a warning where those of some class lie beside
            it by more than chance; a note where at most half of a class's lie on it, or inside its
            box little oftener than chance puts them.
    """
    if facts.accuracy < GOOD_ACCURACY or facts.guided or facts.believed != checked:
        return None
    counted = count_mostly(facts.focus, inside=True)
    if counted is None or facts.place.describe_chance(counted["focus"]):
        return None
    focus = focus_by_class(facts, facts.focus)
    known = np.flatnonzero(np.isfinite(focus))
    weak = [quote(facts.classes[n]) for n in known if facts.place.describe_box(float(focus[n]))]
    beside = list_classes_beside(facts)
    wide = [one for one in facts.weak_classes if one.is_wide]
    but = ""
    if weak and not beside:
        but = f"; in {join_words(weak, MAX_NAMED)} boxes are too large to tell"
    but += f"; {name_wide(wide, facts.classes, facts.place)}" if wide else ""
    certain = name_certain(beside, facts.classes)
    found = Severity.WARNING if certain else Severity.NOTE if weak or beside else Severity.GOOD
    if checked and found != severity:
        return None
    numbers = {**facts.place.words, **_rename(counted), "known": facts.focused_images}
    numbers["chance"] = facts.place.compare_with_chance(float(counted["focus"]))
    some = counted["count"] < NEARLY_ALL * counted["known"]
    fraction = say_fraction(int(counted["count"]), int(counted["known"])) if some else ""
    numbers |= {"it_looks": facts.it, "but": but, "certain": certain}
    part = f" in {fraction} of the images" if some else ""
    numbers |= _say_where(facts, beside, part)
    if not len(known):
        see = facts.see("progression" if checked else "trust")
        return Found({**numbers, "least": ""}, see)
    worst, best = (facts.classes[known[place]] for place in np.argsort(focus[known])[[0, -1]])
    # Whoever looks at that class next must not take one of the two sentences for wrong.
    least = ""
    if weak:
        least = (
            f"; in {len(weak)} of {count(len(known), 'class', 'classes')} little better than "
            f"chance, {facts.box_area:.2f} since boxes cover so much of the image: "
            f"{list_some(weak, MAX_LISTED)}, least in {quote(worst)}: {np.nanmin(focus):.2f}"
        )
    elif np.nanmin(focus) < INSIDE:
        least = f"; in the class {quote(worst)} only {np.nanmin(focus):.2f}"
    shown = worst if weak or beside else best
    if beside:  # whoever follows the link looks for the class that the sentence names first
        shown = facts.classes[beside[0].target]
    see = facts.see("progression", class_name=shown) if checked else facts.see("trust")
    return Found({**numbers, "least": least}, see)


def _rename(counted: dict[str, float]) -> dict[str, object]:
    """Return counted maps so that a sentence can say what they are of."""
    return {**counted, "of": counted["known"]}


def _say_where(facts: RunFacts, beside: Sequence[Beside], part: str) -> dict[str, str]:
    """Return where the network looks, and what more there is to say of single classes.

    Args:
        facts: of the run.
        beside: classes of which at most half of the maps lie on the object.
        part: in which part of the images it looks at the object; "" where in nearly all.
    """
    at = f"{facts.place.words['at']}{part}"
    told = name_beside(beside, facts.classes, facts.place) if beside else ""
    if not any(one.certain for one in beside):
        return {"where": f"{at}, but {told}" if told else at, "also": ""}
    sure, _, perhaps = told.partition(PERHAPS)
    words = sure.replace(facts.place.words["it"], facts.place.words["object"], 1)
    also = f"{PERHAPS.removeprefix(', ')}{perhaps}; " if perhaps else ""
    return {"where": words, "also": f"{also}in all, "}


def list_classes_beside(facts: RunFacts) -> list[Beside]:
    """Return the classes looked at beside the object: no map that is wide is."""
    return [one for one in facts.weak_classes if not one.is_wide]


def find_box_chance(facts: RunFacts) -> Found | None:
    """Find maps inside boxes so large that maps of anything would lie there."""
    known = facts.focus[np.isfinite(facts.focus)]
    if facts.accuracy < GOOD_ACCURACY or facts.guided or len(known) < MIN_IMAGES:
        return None
    told = facts.place.describe_chance(float(known.mean()))
    if not told or count_mostly(facts.focus, inside=False):
        return None
    return Found({"told": told}, facts.see("progression"))


def find_focus_change(facts: RunFacts) -> Found | None:
    """Find the epoch at which mean focus changed most, and in which class."""
    place = find_step(facts.metric("focus"))
    if place is None:
        return None
    before, after = facts.metric("focus")[place : place + 2]
    epoch = int(facts.history.index[place + 1])
    numbers = {"epoch": epoch, "before": before, "after": after, "most": "", "arrived": ""}
    numbers["known"] = facts.focused_images
    unnamed = Found(numbers, facts.see("progression", epoch=str(epoch)))
    inside, epochs = facts.metric("focus_inside"), facts.history.index.tolist()
    known = facts.focus[np.isfinite(facts.focus)]
    mean = float(known.mean()) if len(known) >= MIN_IMAGES else np.nan
    arrival = find_arrival(inside, epochs, mean, facts.place)
    wide = arrival == AT_NO_EPOCH and facts.is_wide
    arrived = "" if wide else describe_arrival(arrival, facts.place, "the images")
    numbers["arrived"] = f" {arrived}" if arrived else ""
    if facts.focus_around is None:
        return unnamed
    around = [focus_by_class(facts, focus) for focus in facts.focus_around]
    # Whoever follows the link must see there what the sentence says.
    steps = (around[1] - around[0]) * np.sign(after - before)
    if not (steps > 0).any():
        return unnamed
    most = int(np.nanargmax(steps))
    name, (first, then) = facts.classes[most], (one[most] for one in around)
    numbers["most"] = f", most of all in the class {quote(name)} ({first:.2f} to {then:.2f})"
    return Found(numbers, facts.see("progression", class_name=name, epoch=str(epoch)))
