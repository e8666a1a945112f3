"""What a comparison task found, as sentences: who is right, how large regions are, who differs."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np

from saliencnn.common.sentences import join_words, list_some, quote, say_all, say_range
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.odd_one import say_odd
from saliencnn.findings.wrong_place import compare_sizes, differ_in_size, judge_places
from saliencnn.measures.groups import MIN_GROUP

NAMED, MAX_RIGHT, LISTED = 2, 3, 3
"""Wrong networks of one image that are named each, right ones where more are wrong, and wrong
predictions that are listed."""


def find_in_maps(facts: MapFacts) -> tuple[Finding, ...]:
    """Return what a task's maps and predictions say, the answer first."""
    return apply_rules(MAP_RULES, facts)


def _found(**numbers: object) -> Found:
    return Found(numbers, Evidence("compare"))


def _find_right(facts: MapFacts) -> Found:
    return _found(said=_say_images(facts) if facts.kind != "image" else _say_networks(facts))


def _find_like(facts: MapFacts) -> Found | None:
    """Find how networks do on all images of a class, of which one alone may be the hardest."""
    images, right = int(facts.like[0]), facts.right_on_like
    if facts.kind != "image" or images < 2:
        return None
    whose = "each network gets" if len(right) > 1 else "it gets"
    few = ", too few to rank them by" if len(right) > 1 and images < MIN_GROUP else ""
    return _found(
        said=f"Of {say_all(images)} images of {quote(facts.true[0])} {whose} "
        f"{say_range(right, 'd')} right{few}"
    )


def _say_networks(facts: MapFacts) -> str:
    """Say who is wrong on an image and whether where they look explains it: first the claim."""
    start = f"On {'this' if facts.like[0] > 1 else 'the only'} image of {quote(facts.true[0])},"
    if len(facts.names) == 1:
        says = f" (it says {quote(facts.predicted[0])})" if facts.wrong else ""
        return f"{start} {facts.names[0]} is {'wrong' if facts.wrong else 'right'}{says}"
    verdict, why = judge_places(facts)
    return f"{start} {', '.join(filter(None, [_say_wrong(facts), verdict]))}{why and f': {why}'}"


def _say_wrong(facts: MapFacts) -> str:
    """Say of several networks who is wrong; of more than two how many, and what they all say."""
    every, wrong = len(facts.names), facts.wrong
    networks = "networks shown" if facts.left_out else "networks"
    taken = Counter(facts.predicted[place] for place in wrong).most_common()
    if not wrong:
        return f"{say_all(every)} {networks} are right"
    if len(wrong) == 1:
        beside = f" of the {every} shown" if facts.left_out else ""
        return f"{facts.names[wrong[0]]} alone{beside} is wrong ({quote(taken[0][0])})"
    if len(taken) == 1:
        says = f"{'both' if len(wrong) == 2 else 'all'} say {quote(taken[0][0])}"
    elif len(wrong) == every:
        told = [f"{n} {'says' if n == 1 else 'say'} {quote(one)}" for one, n in taken]
        says = list_some(told, NAMED)
    else:
        says = ""
    if len(wrong) == every:
        return f"{say_all(every)} {networks} are wrong{_put_aside([says])}"
    if len(wrong) > NAMED:
        right = [name for n, name in enumerate(facts.names) if n not in wrong]
        are = "is" if len(right) == 1 else "are"
        told = [says, f"only {join_words(right)} {are} right" if len(right) <= MAX_RIGHT else ""]
        return f"{len(wrong)} of {every} {networks} are wrong{_put_aside(told)}"
    if says:
        return f"{join_words([facts.names[n] for n in wrong])} are wrong{_put_aside([says])}"
    told = [f"{facts.names[n]} ({quote(facts.predicted[n])})" for n in wrong]
    return f"{join_words(told)} are wrong"


def _put_aside(told: Sequence[str]) -> str:
    """Return what is known in brackets, as the end of a clause; "" for nothing."""
    known = ", ".join(filter(None, told))
    return f" ({known})" if known else ""


def _say_images(facts: MapFacts) -> str:
    count = len(facts.right)
    of = f" of {quote(facts.true[0])}" if facts.kind == "images" else ", one of each class"
    start = f"{facts.names[0]} is right on {int(facts.right.sum())} of {count} images{of}"
    if facts.kind == "images" and facts.like[0] > count:
        start += f" seen here ({facts.right_on_like[0]} of {say_all(int(facts.like[0]))})"
    if facts.kind == "images":
        taken = Counter(facts.predicted[place] for place in facts.wrong).most_common()
        told = [f"{n} for {quote(one)}" for one, n in taken]
    else:
        told = [f"{quote(facts.true[n])} for {quote(facts.predicted[n])}" for n in facts.wrong]
    return f"{start}; it takes {list_some(told, LISTED)}" if told else start


def _find_regions(facts: MapFacts) -> Found | None:
    """Find how large regions are; on one image, whether their size tells right from wrong.

    Of several networks the answer says it where it differs, and where they look.
    """
    known = np.isfinite(facts.regions)
    sides = [facts.regions[known & facts.right], facts.regions[known & ~facts.right]]
    if facts.kind != "image" or not all(map(len, sides)):
        several = facts.kind == "image" and len(facts.names) > 1
        return None if several else _find_range("regions", ".0%", "Region size{by}", facts)
    right, wrong = (side.round(2) for side in sides)
    ones = f"wrong {'one looks' if len(wrong) == 1 else 'ones look'}"
    if differ_in_size(facts):
        sizes = compare_sizes(facts)
        return _found(said=f"The {ones} {sizes}") if sizes else None
    ours, theirs = (say_range(side, ".0%") for side in (right, wrong))
    beside = f"the right {'one' if len(right) == 1 else 'ones'}"
    said = (
        f"How much they look at does not tell who is wrong: the {ones} at {theirs} of the image, "
    )
    return _found(said=f"{said}{beside} at {ours}")


def _find_unexplained(facts: MapFacts) -> Found | None:
    """Find that there are too few missed or correct images to ask of the maps why."""
    missed = facts.like - facts.right_on_like
    fewer = np.minimum(missed, facts.right_on_like)
    if facts.kind != "image" or fewer.max() >= MIN_GROUP or not missed.max():
        return None
    lacking = missed if missed.max() < MIN_GROUP else facts.right_on_like
    most = int(lacking.max())
    which = "missed" if lacking is missed else "correct"
    each = " for a network" if len(facts.names) > 1 else ""
    at_most = f"at most {most}" if len({*lacking.tolist()}) > 1 else str(most)
    return _found(
        few=f"Too few {which} images of {quote(facts.true[0])} ({at_most}{each})",
        it="the networks look" if len(facts.names) > 1 else "it looks",
    )


def _find_range(number: str, form: str, what: str, facts: MapFacts) -> Found | None:
    """Find where a number of the maps lies for right and for wrong predictions."""
    values, right = getattr(facts, number), facts.right
    known = np.isfinite(values)
    sides = [values[known & ~right], values[known & right]]
    if not known.any():
        return None
    what = what.format(by=facts.by, on=facts.on)
    if not all(map(len, sides)):
        return _found(said=f"{what}: {say_range(values[known], form)}")
    wrong, correct = (say_range(side, form) for side in sides)
    shift = facts.shifts[number]
    if not shift.enough:
        several = "networks" if facts.kind == "image" else "images"
        verdict = f"too few {several} to say whether it explains the errors"
    elif not shift.excludes(0):
        verdict = "no difference beyond chance"
    else:
        verdict = f"{'larger' if shift.value > 0 else 'smaller'} where wrong, by more than chance"
    return _found(said=f"{what}: {wrong} where wrong, {correct} where right; {verdict}")


def _find_odd(facts: MapFacts) -> Found | None:
    """Find whose map is least like the others', and whether that network is the one in error."""
    places = facts.places
    if places is None or facts.to_others is None or not {*places.names} <= {*facts.names}:
        return None
    rows = [facts.names.index(name) for name in places.names]
    said = say_odd(
        facts.to_others,
        [bool(facts.right[n]) for n in rows],
        [places.name_place(n) for n in range(len(rows))],
        places.sizes,
        facts.by,
        places.compare,
    )
    return _found(said=said) if said else None


def _find_least_alike(facts: MapFacts) -> Found | None:
    """Find where the two networks look whose maps are least similar, and if on the object."""
    if facts.least_similar is None or facts.places is None:
        return None
    places, focus = facts.places, dict(zip(facts.names, facts.focus.tolist(), strict=True))
    pair = [places.names.index(name) for name in facts.least_similar]
    where = [f"at {places.name_place(place)}" for place in pair]
    known = [focus.get(name, np.nan) for name in facts.least_similar]
    lies = [f" ({one:.0%} of its map {facts.on})" if np.isfinite(one) else "" for one in known]
    looks = zip(facts.least_similar, where, lies, strict=True)
    told = [f"{name} looks {at}{on}" for name, at, on in looks]
    both, sizes = where[0] == where[1] and not any(lies), places.compare_sizes(*pair)
    return _found(
        start="Least alike" if len(places.names) > 2 else "How alike",
        pair=join_words(facts.least_similar),
        likeness=facts.likeness,
        by=facts.by,
        told=f"both look {where[0]}" if both else join_words(told),
        sizes=f", {'but ' if both else ''}{sizes}" if sizes else "",
    )


def _find_unmarked(facts: MapFacts) -> Found | None:
    """Find that there are maps, of images of which nobody knows where the object is."""
    if not np.isfinite(facts.regions).any() or np.isfinite(facts.focus).any():
        return None
    what = "this image has" if facts.kind == "image" else "these images have"
    return _found(what=what)


def _find_same_place(facts: MapFacts) -> Found | None:
    said = facts.places.describe() if facts.places else ""
    return _found(said=said) if said else None


def _find_least_similar(facts: MapFacts) -> Found | None:
    if facts.least_similar is None:
        return None
    said = facts.similarity
    if len(facts.names) > 2:
        said += f", least those of {join_words(facts.least_similar)}"
    if facts.places:
        pair = (facts.places.names.index(name) for name in facts.least_similar)
        spot = facts.places.explain_dissimilarity(*pair)
        said += f": {spot}" if spot else ""
    return _found(said=said, by=facts.by)


MAP_RULES: tuple[Rule[MapFacts], ...] = (
    Rule("right", Severity.NOTE, _find_right, "{said}."),
    Rule("odd one", Severity.NOTE, _find_odd, "{said}."),
    Rule("like", Severity.NOTE, _find_like, "{said}."),
    Rule(
        "least alike",
        Severity.NOTE,
        _find_least_alike,
        "{start}: {pair} ({likeness}{by}); {told}{sizes}.",
    ),
    Rule(
        "unmarked",
        Severity.NOTE,
        _find_unmarked,
        "Whether the maps lie on the object, see the pictures: {what} no box or mask.",
    ),
    Rule("region size", Severity.NOTE, _find_regions, "{said}."),
    Rule(
        "focus",
        Severity.NOTE,
        partial(_find_range, "focus", ".2f", "Focus {on}{by}"),
        "{said}.",
    ),
    Rule("same place", Severity.NOTE, _find_same_place, "{said}."),
    Rule("least similar", Severity.NOTE, _find_least_similar, "Each two maps{by} are {said}."),
    Rule(
        "unexplained",
        Severity.NOTE,
        _find_unexplained,
        "{few} to say whether what {it} at explains the errors.",
    ),
)
"""Every sentence of a task's answer, in their order; a new one is one more row."""
