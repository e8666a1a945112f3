"""Signs of where a run's network looks: at the object, beside it, or so that maps say little."""

from collections.abc import Sequence

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import count, count_of, join_words, list_some, quote, say_fraction
from saliencnn.findings.finding import Evidence, Found, Severity
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
from saliencnn.measures.rates import LEVEL, differ_by_chance, wilson_interval

GOOD_ACCURACY = 0.5
"""From which on it is worth asking what a network's accuracy comes from."""
OFTEN = 0.8
"""Accuracy from which on it is a surprise that a network looks at nothing of the object."""
SHORTCUT_GAP = 0.15
SHORTCUT = "shortcut"
"""The fault that many rules find signs of: a network knows the class by something else."""
METHODS_APART = 0.25
"""Between the focus by Grad-CAM and by Grad-CAM++, from which on neither is to be trusted."""
NEARLY_ALL = 0.9
"""Fraction of the images from which on nobody needs to hear how many the others are."""
MAX_LISTED = 20
"""Classes little better than chance that the help of a sentence names."""
EMPTY = 0.05
NEGATIVE = 0.6
"""Of CAM's energy, from which on a network mostly argues against other classes."""


def find_shortcut(facts: RunFacts) -> Found | None:
    """Find a network that loses much of its accuracy where the shortcut says another class."""
    without = facts.last("counterfactual_accuracy")
    images = facts.counterfactual_images
    if facts.accuracy < GOOD_ACCURACY or not relies(facts.accuracy, facts.images, without, images):
        return None
    counted = (
        count_of(round(without * images), images) if images else f"{without:.1%} of the images"
    )
    return _find_without(facts, counted)


def relies(accuracy: float, images: int, without: float, others: int) -> bool:
    """Whether accuracy is much lower without the shortcut, and not by chance.

    Args:
        accuracy: with it, 0 to 1.
        images: behind that.
        without: without it, 0 to 1; NaN where unknown.
        others: images behind that, 0 where unknown: the gap alone tells then.
    """
    if not accuracy - without >= SHORTCUT_GAP:
        return False
    if not others:
        return True
    low, _ = wilson_interval(np.array(accuracy), np.array(images))
    _, high = wilson_interval(np.array(without), np.array(others))
    return bool(low > high)


def is_telling(accuracy: float, chance: float) -> bool:
    """Whether a network knows so much that where it looks tells what its accuracy comes from.

    It is right twice as often as who always names the most frequent class; where that class has a
    third of the images or more, it makes at most half of their mistakes.

    Args:
        accuracy: 0 to 1.
        chance: accuracy of whoever always names the most frequent class, 0 to 1.
    """
    return accuracy >= max(GOOD_ACCURACY, min(2 * chance, (1 + chance) / 2))


def find_leaning(facts: RunFacts) -> Found | None:
    """Find a network that loses some accuracy without the shortcut, less than ``find_shortcut``."""
    without, images = facts.last("counterfactual_accuracy"), facts.counterfactual_images
    if facts.accuracy < GOOD_ACCURACY or not leans(facts.accuracy, facts.images, without, images):
        return None
    if find_shortcut(facts):
        return None
    counted = count_of(round(without * images), images)
    return _find_without(facts, counted)


def leans(accuracy: float, images: int, without: float, others: int) -> bool:
    """Whether accuracy is lower without the shortcut, by more than chance.

    Args:
        accuracy: with it, 0 to 1.
        images: behind that.
        without: without it, 0 to 1; NaN where unknown.
        others: images behind that, 0 where unknown.
    """
    if not others or not without < accuracy:
        return False
    return differ_by_chance(accuracy, without, images, others) <= 1 - LEVEL


def _find_without(facts: RunFacts, counted: str) -> Found:
    numbers = {"right": facts.right_in_words, "without": counted, "built": facts.built}
    return Found(numbers, _see_worst_focus(facts))


def find_beside(facts: RunFacts) -> Found | None:
    """Find an accurate network most of whose maps lie beside the object."""
    if not is_telling(facts.accuracy, facts.chance):
        return None
    numbers = count_mostly(facts.focus, inside=False)
    if numbers is None or facts.points_at_objects:
        return None
    named = {**facts.place.words, **_rename(numbers), "known": facts.focused_images}
    named["it_looks"] = facts.it
    though = ", though it" if facts.accuracy >= OFTEN else " and"
    right = f"{though} is right on {facts.right_in_words}"
    return Found({"right": right, **named}, _see_worst_focus(facts))


def find_around(facts: RunFacts) -> Found | None:
    """Find an accurate network whose maps lie mostly beside the object, though they point at it."""
    numbers = count_mostly(facts.focus, inside=False)
    if not is_telling(facts.accuracy, facts.chance) or numbers is None or facts.guided:
        return None
    if not facts.points_at_objects:
        return None
    named = {**facts.place.words, **_rename(numbers), "known": facts.focused_images}
    named |= {"it_looks": facts.it, "pointed": int(facts.spots.sum())}
    return Found({**named, "spots": len(facts.spots)}, _see_worst_focus(facts))


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
    focus = _focus_by_class(facts, facts.focus)
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


def find_methods_apart(facts: RunFacts) -> Found | None:
    """Find Grad-CAM and Grad-CAM++ far apart in focus, so that neither can be believed."""
    first, second = facts.last("focus"), facts.last("focus_gradcampp")
    if not abs(first - second) >= METHODS_APART:
        return None
    return Found({"first": first, "second": second}, facts.see("progression"))


def find_empty(facts: RunFacts) -> Found | None:
    """Find a network many of whose maps are empty."""
    empty = facts.last("empty_maps")
    if not empty >= EMPTY:
        return None
    return Found(
        {"count": round(empty * facts.images), "images": facts.images}, facts.see("progression")
    )


def find_negative(facts: RunFacts) -> Found | None:
    """Find a network whose maps mostly speak against their class."""
    negative = facts.last("negative_energy")
    return Found({"negative": negative}, facts.see("progression")) if negative >= NEGATIVE else None


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
    wide = arrival == AT_NO_EPOCH and facts.points_at_objects
    arrived = "" if wide else describe_arrival(arrival, facts.place, "the images")
    numbers["arrived"] = f" {arrived}" if arrived else ""
    if facts.focus_around is None:
        return unnamed
    around = [_focus_by_class(facts, focus) for focus in facts.focus_around]
    # Whoever follows the link must see there what the sentence says.
    steps = (around[1] - around[0]) * np.sign(after - before)
    if not (steps > 0).any():
        return unnamed
    most = int(np.nanargmax(steps))
    name, (first, then) = facts.classes[most], (one[most] for one in around)
    numbers["most"] = f", most of all in the class {quote(name)} ({first:.2f} to {then:.2f})"
    return Found(numbers, facts.see("progression", class_name=name, epoch=str(epoch)))


def _see_worst_focus(facts: RunFacts) -> Evidence:
    """Return where a network looks beside the object most clearly: its class of least focus."""
    focus = _focus_by_class(facts, facts.focus)
    if not np.isfinite(focus).any():
        return facts.see("progression")
    return facts.see("progression", class_name=facts.classes[int(np.nanargmin(focus))])


def _focus_by_class(facts: RunFacts, focus: np.ndarray) -> np.ndarray:
    """Return the mean focus of each class's images, float (C,); NaN for too few of them.

    Args:
        facts: of the run.
        focus: of each image's map, float (N,); NaN where unknown.
    """
    known = np.isfinite(focus)
    true, values = facts.predictions["true"][known], focus[known]
    images = np.bincount(true, minlength=len(facts.classes))
    sums = np.bincount(true, values, minlength=len(facts.classes))
    return np.where(images >= MIN_IMAGES, sums / np.maximum(images, 1), np.nan)
