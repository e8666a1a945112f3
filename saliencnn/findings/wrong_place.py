"""What the place at which networks look says of their mistakes on one image, as one sentence."""

from collections.abc import Sequence

import numpy as np

from saliencnn.common.sentences import join_words, say_range
from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.map_places import WIDEST, MapPlaces, Spot

NAMED = 3
CAUTION = "one image proves little"
EXPLAINS = {
    Spot.SAME: "does not explain",
    Spot.PARTLY: "may or may not explain",
    Spot.DIFFERENT: "may explain",
}
"""How far wrong networks look where a right one does -> what the place does to their mistakes."""


def conclude_from_places(facts: MapFacts) -> str:
    """Say whether wrong networks look where right ones do, and what that says of their mistakes.

    Args:
        facts: of several networks on one image; of others "" is said.
    """
    places = facts.places
    if places is None:
        return ""
    right = dict(zip(facts.names, facts.right.tolist(), strict=True))
    correct = [n for n, name in enumerate(places.names) if right.get(name)]
    wrong = [n for n, name in enumerate(places.names) if right.get(name) is False]
    if not correct or not wrong:
        where = places.summarize()
        alone = where and not any(right.values())
        why = "; without a right network to compare, that does not tell why they are wrong"
        return f"{where}{why if alone else ''}"
    groups: dict[Spot | None, list[int]] = {}
    for one in wrong:
        groups.setdefault(_find_spot(places, one, correct), []).append(one)
    told = [_say_group(places, spot, groups[spot], correct, len(groups) > 1) for spot in groups]
    of_each = f"of the {len(wrong)} wrong ones, " if len(groups) > 1 else ""
    said = f"{of_each}{'; '.join(told)}; {CAUTION}{facts.by and f' (maps{facts.by})'}"
    return f"{said[0].upper()}{said[1:]}"


def _find_spot(places: MapPlaces, one: int, correct: Sequence[int]) -> Spot | None:
    """Return how far a wrong network looks where any right one does; None where that is unknown."""
    found = {places.compare(one, other) for other in correct}
    return next((spot for spot in (Spot.SAME, None, Spot.PARTLY) if spot in found), Spot.DIFFERENT)


def _say_group(
    places: MapPlaces, spot: Spot | None, group: Sequence[int], correct: Sequence[int], part: bool
) -> str:
    """Say where some wrong networks look beside the right ones, and what that means.

    Args:
        places: of all.
        spot: how far they look where a right one does.
        group: these wrong networks.
        correct: the right ones.
        part: whether there are other wrong ones.
    """
    named, one = join_words([places.names[n] for n in group], NAMED), len(group) == 1
    whose = named if part else f"the wrong {'one' if one else 'ones'}, {named},"
    look, mistake = ("looks", "its mistake") if one else ("look", "their mistakes")
    rights = "the right one" if len(correct) == 1 else "the right ones"
    if spot is None:
        sizes = _say_sizes(places, group, correct)
        return (
            f"whether {whose} {look} at the same spot as {rights}{sizes} "
            "cannot be said, for a map is empty or its region takes more than "
            f"{WIDEST:.0%} of the image"
        )
    if spot is Spot.SAME:
        shared = [n for n in correct if any(places.compare(n, own) is spot for own in group)]
        of = "" if len(shared) == len(correct) else f"{len(shared)} of "
        where = f"at the same spot as {of}{rights}"
    elif spot is Spot.PARTLY:
        where = f"at partly the same spot as {rights}"
    else:
        at = {places.name_place(n) for n in group}
        where = f"elsewhere than {rights}{f', at {at.pop()}' if len(at) == 1 else ''}"
    size = _compare_sizes(places, group, correct, "but" if spot is Spot.SAME else "and")
    return f"{whose} {look} {where}, {size}, so the place {EXPLAINS[spot]} {mistake}"


def _compare_sizes(
    places: MapPlaces, group: Sequence[int], correct: Sequence[int], where_other: str
) -> str:
    """Say whether wrong networks look at more or less of the image than all right ones."""
    ours, theirs = np.round(places.sizes[[*group]], 2), np.round(places.sizes[[*correct]], 2)
    sizes = _say_sizes(places, group, correct)
    if ours.min() > theirs.max():
        return f"{where_other} at a larger part{sizes}"
    if ours.max() < theirs.min():
        return f"{where_other} at a smaller part{sizes}"
    return f"and at about as large a part{sizes}"


def _say_sizes(places: MapPlaces, group: Sequence[int], correct: Sequence[int]) -> str:
    """Say in brackets how large regions are; "" where no map has any on one of the sides."""
    sides = [places.sizes[[*side]] for side in (group, correct)]
    known = [side[np.isfinite(side)] for side in sides]
    if not all(map(len, known)):
        return ""
    shown, others = (say_range(side, ".0%") for side in known)
    return f" ({shown} of the image; the right {'one' if len(correct) == 1 else 'ones'} {others})"
