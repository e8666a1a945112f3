"""What stands out in one class of a run: how much is recognized, where the network looks."""

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import count, join_words, quote
from saliencnn.findings.class_facts import ClassFacts
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.focus_words import (
    FOCUS_STEP,
    Place,
    begin_looking,
    describe_arrival,
    find_arrival,
    name_arrival,
    name_images,
)
from saliencnn.findings.mostly import count_mostly
from saliencnn.measures.focus import INSIDE

MAX_NAMED = 3
"""Classes, or methods, that are named each."""


def find_in_class(facts: ClassFacts) -> tuple[Finding, ...]:
    """Return what stands out in a class, the numbers of its images first."""
    return apply_rules(CLASS_RULES, facts)


def _find_recognized(facts: ClassFacts) -> Found | None:
    images = len(facts.predicted)
    if not images:
        return None
    counts = np.bincount(facts.predicted, minlength=len(facts.classes))
    right = int(counts[facts.target])
    counts[facts.target] = 0
    wrong = int(counts.max())
    told = ["no class does worse"] if facts.is_lowest else []
    if wrong:
        others = [quote(facts.classes[other]) for other in np.flatnonzero(counts == wrong)]
        each = "each " if len(others) > 1 else ""
        taken = count(wrong, f"{each}is taken", f"{each}are taken")
        told.append(f"{taken} for {join_words(others, MAX_NAMED)}")
    return _found(facts, right=right, images=images, rest=": " * bool(told) + "; ".join(told))


def _find_inside(facts: ClassFacts, checked: bool) -> Found | None:
    believed = facts.checked and not facts.doubted
    return _find_place(facts, Severity.GOOD) if believed == checked else None


def _find_place(facts: ClassFacts, severity: Severity) -> Found | None:
    """Find whether maps lie on the object (good), beside it (warning) or neither (note)."""
    now = facts.focus[-1]
    known = now[np.isfinite(now)]
    if len(known) < MIN_IMAGES:
        return None
    inside, outside = count_mostly(now, inside=True), count_mostly(now, inside=False)
    found = Severity.GOOD if inside else Severity.WARNING if outside else Severity.NOTE
    if facts.is_wide:
        return None
    told = (
        "" if outside else Place(facts.box_area).describe_chance(float(known.mean()), facts.method)
    )
    if found != severity or told:
        return None
    mean, place = float(known.mean()), Place(facts.box_area)
    counted = COUNTED.format(
        count=int(((known >= INSIDE) != bool(outside)).sum()),
        known=name_images(len(known), len(now)),
        method=facts.method,
        name=quote(facts.name),
        where=f"outside {place.words['it']}" if outside else place.words["on"],
        focus=mean,
        epoch=int(facts.epochs[-1]),
        chance="" if facts.box_area is None else f", by chance {facts.box_area:.2f}",
    )
    arrival = find_arrival(facts.inside, facts.epochs.tolist(), mean, place) if inside else None
    since = name_arrival(arrival) if arrival else ""
    if facts.brief and not outside:  # that a class is looked beside needs its number
        return _found(
            facts, told=f" in this class{since and f', {since}'}.", rests=f"I{counted[1:]}"
        )
    most = since and f" Most of them are so {since}."
    return _found(facts, told=f": {counted}{most}", rests="")


def _find_around(facts: ClassFacts) -> Found | None:
    """Find maps that point at the object, though most of them lies around it."""
    if not len(facts.focus) or not facts.is_wide:
        return None
    known, spots = (one[np.isfinite(one)] for one in (facts.focus[-1], facts.pointing))
    return _found(
        facts,
        pointed=int(spots.sum()),
        spots=len(spots),
        count=int((known < INSIDE).sum()),
        focus=float(known.mean()),
        epoch=int(facts.epochs[-1]),
    )


def _find_box_chance(facts: ClassFacts) -> Found | None:
    """Find maps inside boxes so large that maps of anything would lie there."""
    now = facts.focus[-1]
    known = now[np.isfinite(now)]
    if len(known) < MIN_IMAGES or count_mostly(now, inside=False):
        return None
    told = Place(facts.box_area).describe_chance(float(known.mean()), facts.method)
    return _found(facts, name=quote(facts.name), told=told) if told else None


def _find_unlogged(facts: ClassFacts) -> Found | None:
    """Find whether focus is not that of the methods that a person chose."""
    if not facts.unlogged or not np.isfinite(facts.focus).any():
        return None
    return _found(facts, unlogged=join_words(facts.unlogged, MAX_NAMED))


def _find_change(facts: ClassFacts, changed: bool) -> Found | None:
    course, epochs = facts.course, facts.epochs
    steps = np.diff(course)
    if not np.isfinite(steps).any():
        return None
    low, high = np.nanmin(course), np.nanmax(course)
    if (high - low >= FOCUS_STEP) != changed:
        return None
    place = int(np.nanargmax(np.abs(steps)))
    object_place = Place(facts.box_area)
    known = np.flatnonzero(np.isfinite(course))
    arrival = (
        None  # its maps lie mostly inside at no epoch, but it looks there
        if facts.is_wide
        else find_arrival(facts.inside, epochs.tolist(), float(course[-1]), object_place)
    )
    arrived = describe_arrival(arrival, object_place, "this class's images", facts.of_all)
    return _found(
        facts,
        first_epoch=int(epochs[known[0]]),
        first=course[known[0]],
        last=course[known[-1]],
        changed_at=int(epochs[place + 1]),
        before=course[place],
        after=course[place + 1],
        low=low,
        high=high,
        arrived=f" {arrived}" if arrived else "",
    )


def _found(facts: ClassFacts, **numbers: object) -> Found:
    words = Place(facts.box_area).words
    focused = int(np.isfinite(facts.focus[-1]).sum()) if len(facts.focus) else 0
    known = {
        **words,
        "it_looks": begin_looking(
            "It",
            facts.checked,
            facts.doubted,
            facts.method,
        ),
        "method": facts.method,
        "name": quote(facts.name),
        "known": name_images(focused, len(facts.predicted)),
    }
    return Found({**known, **numbers}, Evidence("progression"))


BOX_CHANCE = "Whether it looks at the object its maps do not tell: in the class {name}, {told}."
COUNTED = (
    "in {count} of {known} most of the {method} map of {name} lies {where} "
    "(mean focus {focus:.2f} at epoch {epoch}{chance})."
)
ON_OBJECT, RESTS = "{it_looks} looks {at}{told}", "{rests}"
UNLOGGED = "class-method"
"""The rule that says that focus is of another method than the chosen ones."""
RECOGNIZED = "class-recognized"
"""The rule that says how many are right."""

CLASS_RULES: tuple[Rule[ClassFacts], ...] = (
    Rule(
        "class-outside",
        Severity.WARNING,
        lambda facts: _find_place(facts, Severity.WARNING),
        "{it_looks} looks beside the object{told}",
        detail=RESTS,
    ),
    Rule(
        "class-around",
        Severity.NOTE,
        _find_around,
        "{it_looks} looks {at} and around it: the {method} map's brightest spot lies {on} in "
        "{pointed} of {spots} images of {name}, most of the map around it in {count}.",
        detail="Mean focus is {focus:.2f} at epoch {epoch}, over {known}.",
    ),
    Rule(
        "class-inside",
        Severity.GOOD,
        lambda facts: _find_inside(facts, checked=True),
        ON_OBJECT,
        detail=RESTS,
    ),
    Rule(
        "class-inside, unchecked",
        Severity.NOTE,
        lambda facts: _find_inside(facts, checked=False),
        ON_OBJECT,
        detail=RESTS,
    ),
    Rule(
        "class-mixed",
        Severity.NOTE,
        lambda facts: _find_place(facts, Severity.NOTE),
        "{it_looks} looks partly {at}{told}",
        detail=RESTS,
    ),
    Rule("class-box", Severity.NOTE, _find_box_chance, BOX_CHANCE),
    Rule(
        RECOGNIZED,
        Severity.NOTE,
        _find_recognized,
        "{right} of {images} images are recognized{rest}.",
    ),
    Rule(
        UNLOGGED,
        Severity.NOTE,
        _find_unlogged,
        "Focus is that of {method} here: the run logged no maps of {unlogged} in this class.",
    ),
    Rule(
        "class-changed",
        Severity.NOTE,
        lambda facts: _find_change(facts, changed=True),
        "Mean focus of {method} "
        "over the class's {known} was {first:.2f} at epoch {first_epoch} and is "
        "{last:.2f}; it changed most at epoch {changed_at}, from {before:.2f} to {after:.2f}."
        "{arrived}",
    ),
    Rule(
        "class-unchanged",
        Severity.NOTE,
        lambda facts: _find_change(facts, changed=False),
        "Mean focus of {method} "
        "over the class's {known} hardly changed over the epochs: it stayed between "
        "{low:.2f} and {high:.2f}.{arrived}",
    ),
)
